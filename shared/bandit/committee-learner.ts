import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import type { LearnerSpec, Policy, Reduction } from "../contract/spec.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { AutoLearner, type AutoReport } from "../online/auto/auto-learner.ts";
import type { Learner } from "../online/learner.ts";
import type { Loss } from "../online/loss.ts";
import { makeLearner } from "../online/make-learner.ts";
import type { Beliefs } from "../policies/distribution.ts";
import { leastPropensity } from "../policies/least-propensity.ts";
import { draw } from "../policies/sample.ts";
import type { Choice, DecisionLearner, LearningSpec } from "./decision-learner.ts";
import type { BanditLearner } from "./reductions/bandit-learner.ts";
import type { LoggedDecision } from "./reductions/logged-decision.ts";
import { OnlineBootstrap } from "./reductions/online-bootstrap.ts";
import { OnlineCover } from "./reductions/online-cover.ts";
import { RegressionOnAll } from "./reductions/regression-on-all.ts";
import { RegressionOnChosen } from "./reductions/regression-on-chosen.ts";
import { chosenReward, DoublyRobust, inversePropensity, type RewardEstimates } from "./reductions/reward-estimates.ts";
import { scoresOf } from "./reductions/scored-policy.ts";

/** Whether a model needs a CommitteeLearner. */
export const isCommittee = ({ policy, reduction = "mtr" }: LearningSpec): boolean =>
  policy.type === "bagging" || policy.type === "cover" || reduction !== "mtr";

/**
 * Learns a rank model by reductions that take more than one learner: several heads (bagging, cover), or estimates of the rewards of all
 * actions (IPS, DR, DM). What bagging draws is fixed by the decision's id, so whoever learns the same log arrives at the same.
 *
 * Bagging says of an action what its heads say on average, cover what its first does.
 */
export class CommitteeLearner implements DecisionLearner {
  readonly #policy: Policy;
  readonly #loss: Loss;
  readonly #spec: LearnerSpec;
  /** All learners, in the order of the state. */
  readonly #learners: Learner[] = [];
  /** Those that score actions: one, or each that votes. */
  readonly #heads: Learner[] = [];
  readonly #regressions: RegressionOnChosen[] = [];
  readonly #bandit: { learn(decision: LoggedDecision): void };
  readonly #cover: OnlineCover | null = null;
  /** Whether more than the features of the chosen action is asked for. */
  readonly #all: boolean;
  readonly #features: FeatureBuffer[] = [];
  #id = "";
  #draws = 0;
  #examples = 0;

  constructor({ policy, learner, reduction = "mtr" }: LearningSpec, loss: Loss) {
    this.#policy = policy;
    this.#loss = loss;
    this.#spec = learner;
    this.#all = policy.type === "cover" || reduction !== "mtr";
    if (policy.type === "bagging") {
      const bags = Array.from({ length: policy.bags }, () => this.#regression(reduction));
      this.#bandit = new OnlineBootstrap(bags, policy.epsilon, () => draw(`${this.#id}\n${this.#draws++}`));
    } else if (policy.type === "cover") {
      const base = this.#regression(reduction);
      const learners = Array.from({ length: policy.policies - 1 }, () => this.#head());
      const estimates = reduction === "ips" ? inversePropensity : new DoublyRobust(this.#learner());
      this.#cover = new OnlineCover({ base, learners, estimates, epsilon: policy.epsilon, psi: policy.psi });
      this.#bandit = this.#cover;
    } else this.#bandit = this.#regression(reduction);
  }

  get examples(): number {
    return this.#examples;
  }

  /** Of the first head. */
  get report(): AutoReport | null {
    const [first] = this.#learners;
    return first instanceof AutoLearner ? first.report : null;
  }

  get heads(): Pick<SnapshotData, "weights" | "committee"> {
    const committee = this.#heads.map(({ weights }) => weights.slice());
    if (committee.length === 1) return { weights: committee[0]! };
    return { weights: this.#cover ? committee[0]!.slice() : mean(committee), committee };
  }

  beliefs(decision: HashedDecision): Beliefs {
    const { count } = decision;
    this.#expand(decision, null);
    const committee = this.#heads.map((head) => scoresOf(head, this.#features, count));
    if (committee.length === 1) return { scores: committee[0]! };
    const mean = (_: number, a: number) => committee.reduce((sum, scores) => sum + scores[a]!, 0) / committee.length;
    return { scores: this.#cover ? committee[0]! : new Float64Array(count).map(mean), committee };
  }

  learn(decision: HashedDecision, { id, chosen, propensity, importance = 1 }: Choice, value: number): number {
    if (!(propensity! > 0)) throw new RangeError(`propensity ${propensity} is not above 0`);
    const { count } = decision;
    const actions = this.#features;
    this.#expand(decision, this.#all ? null : chosen);
    const least = leastPropensity(this.#policy, count, this.#examples);
    const loss = this.#loss.value(this.#predict(actions[chosen]!), value);
    this.#id = id;
    this.#draws = 0;
    const counted = Math.max(propensity!, least);
    this.#bandit.learn({ actions, count, chosen, reward: value, propensity: counted, importance });
    this.#examples++;
    return loss;
  }

  /** @param only the one action that is asked for; null: all. */
  #expand(decision: HashedDecision, only: number | null): void {
    while (this.#features.length < decision.count) this.#features.push(new FeatureBuffer());
    for (let a = 0; a < decision.count; a++) if (only === null || a === only) decision.expand(a, this.#features[a]!);
  }

  #predict(x: FeatureBuffer): number {
    const heads = this.#cover ? this.#heads.slice(0, 1) : this.#heads;
    return heads.reduce((sum, head) => sum + head.predict(x), 0) / heads.length;
  }

  #regression(reduction: Reduction): BanditLearner {
    const head = this.#head();
    if (reduction !== "mtr") return new RegressionOnAll(head, this.#estimates(reduction));
    const regression = new RegressionOnChosen(head);
    this.#regressions.push(regression);
    return regression;
  }

  #estimates(reduction: Exclude<Reduction, "mtr">): RewardEstimates {
    if (reduction === "ips") return inversePropensity;
    return reduction === "dm" ? chosenReward : new DoublyRobust(this.#learner());
  }

  #head(): Learner {
    const head = this.#learner();
    this.#heads.push(head);
    return head;
  }

  #learner(): Learner {
    const learner = makeLearner(this.#spec, this.#loss);
    this.#learners.push(learner);
    return learner;
  }

  state(): Uint8Array {
    const writer = new ByteWriter();
    writer.float64(this.#examples);
    for (const { weights } of this.#regressions) weights.write(writer);
    for (const learner of this.#learners) writer.block(learner.state());
    return writer.finish();
  }

  restore(state: Uint8Array): void {
    const reader = new ByteReader(state, "model learner state");
    const examples = reader.finite("number of examples");
    if (!(Number.isSafeInteger(examples) && examples >= 0)) throw reader.error("its number of examples is none");
    for (const { weights } of this.#regressions) weights.read(reader);
    for (const learner of this.#learners) learner.restore(reader.block("learner state"));
    reader.expectEnd();
    this.#examples = examples;
    if (this.#cover) this.#cover.decisions = examples;
  }
}

/** Rounded to 32 bits once. */
function mean(tables: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(tables[0]!.length);
  for (let i = 0; i < result.length; i++) {
    let sum = 0;
    for (const table of tables) sum += table[i]!;
    result[i] = sum / tables.length;
  }
  return result;
}
