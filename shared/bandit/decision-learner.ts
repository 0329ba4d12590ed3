import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { votingTables } from "../heads/committee.ts";
import { hasWidths } from "../heads/widths.ts";
import { AutoLearner } from "../online/auto/auto-learner.ts";
import type { AutoReport } from "../online/auto/report.ts";
import { makeLearner } from "../online/learners.ts";
import type { Loss } from "../online/loss.ts";
import { policyOf } from "../policies/all-policies.ts";
import type { Beliefs, PolicyDefinition } from "../policies/policy.ts";
import { committeeOf, type Policy } from "../policies/policy-of.ts";
import { draw } from "../policies/sample.ts";
import { BanditLearner } from "./bandit-learner.ts";
import { countsOnce } from "./counts-once.ts";

/** What was chosen in a decision, and how: all that is learned of it beside its features and its feedback. */
export type Chosen = {
  /** The decision's id: it fixes what is drawn when it is learned. */
  id: string;
  /** Index of the chosen action; 0 of a prediction. */
  chosen: number;
  /** Probability of the chosen action; null of a prediction. */
  propensity: number | null;
  /** How many decisions it stands for: 1 when it is left out. */
  importance?: number;
};

/** What of a spec says how it is learned; without a task, actions are ranked. */
export type LearningSpec = Pick<ModelSpec, "policy" | "learner" | "reduction"> & Partial<Pick<ModelSpec, "task">>;

/**
 * Learns decisions of which the feedback is known, as policy, learner and reduction of a spec ask for. What a bootstrap draws is fixed by the
 * decision's id, so whoever learns the same log arrives at the same.
 */
export class DecisionLearner {
  readonly #policy: Policy;
  readonly #definition: PolicyDefinition<Policy>;
  readonly #loss: Loss;
  readonly #bandit: BanditLearner;
  readonly #features: FeatureBuffer[] = [];
  readonly #chosen = new FeatureBuffer();
  /** The chosen action's features wherever it was chosen, for who looks at no other. */
  readonly #chosenOnly: FeatureBuffer[] = [];
  #id = "";
  #draws = 0;

  constructor({ policy, learner, reduction = "mtr", task }: LearningSpec, loss: Loss) {
    this.#policy = policy;
    this.#loss = loss;
    this.#definition = policyOf(policy);
    const ranks = task?.type !== "predict";
    this.#bandit = new BanditLearner(
      { committee: committeeOf(policy), reduction, countsOnce: countsOnce(policy, learner) },
      () =>
        makeLearner(learner, loss, { ranks, widths: hasWidths({ task: task ?? { type: "rank" }, policy, learner }) }),
      () => draw(`${this.#id}\n${this.#draws++}`),
    );
  }

  get examples(): number {
    const { alone, learners, decisions } = this.#bandit;
    return alone ? learners[0]!.examples : decisions;
  }

  /** Of the learner `auto`, what it made of its candidates (of a committee the first head); else null. */
  get report(): AutoReport | null {
    const [head] = this.#bandit.heads;
    return head instanceof AutoLearner ? head.report : null;
  }

  /** What was learned, as a snapshot has it. */
  get learned(): Pick<SnapshotData, "weights" | "beside"> {
    const { heads, speakers } = this.#bandit;
    if (committeeOf(this.#policy) !== null)
      return {
        weights: mean(speakers.map(({ weights }) => weights)),
        beside: votingTables(heads.map(({ weights }) => weights.slice())),
      };
    const { weights, beside } = heads[0]!;
    return { weights: weights.slice(), ...(beside && { beside }) };
  }

  /** What it thinks of a decision's actions at present, not by a snapshot. A learner that keeps its scores to itself gives predictions. */
  beliefs(decision: HashedDecision): Beliefs {
    const { count } = decision;
    for (let a = 0; a < count; a++) decision.expand(a, this.#buffer(a));
    return this.#bandit.beliefs(this.#features, count);
  }

  /**
   * @param value the reward or label.
   * @returns the loss of the prediction for what was chosen, before it was learned.
   * @throws RangeError when the propensity is not above 0. Nothing was learned then.
   */
  learn(decision: HashedDecision, { id, chosen, propensity, importance = 1 }: Chosen, value: number): number {
    const { count } = decision;
    const bandit = this.#bandit;
    const x = this.#chosen;
    decision.expand(chosen, x);
    if (propensity === null) return bandit.learners[0]!.learn(x, value, importance);
    if (!(propensity > 0)) throw new RangeError(`propensity ${propensity} is not above 0`);
    if (bandit.looksAtAll) for (let a = 0; a < count; a++) decision.expand(a, this.#buffer(a));
    else this.#chosenOnly[chosen] = x;
    const least = this.#definition.leastPropensity(this.#policy, count, this.examples);
    const logged = {
      actions: bandit.looksAtAll ? this.#features : this.#chosenOnly,
      count,
      chosen,
      reward: value,
      propensity: Math.max(propensity, least),
      importance,
    };
    this.#id = id;
    this.#draws = 0;
    if (bandit.alone) return bandit.alone.learn(logged);
    const { speakers } = bandit;
    const prediction = speakers.reduce((sum, head) => sum + head.predict(x), 0) / speakers.length;
    const loss = this.#loss.value(prediction, value);
    bandit.learn(logged);
    return loss;
  }

  /** All that it knows, compactly. */
  state(): Uint8Array {
    return this.written().finish();
  }

  /** The same in parts. */
  written(): ByteWriter {
    const { alone, decisions, weights, learners } = this.#bandit;
    const writer = new ByteWriter();
    // One that is alone counts by itself.
    if (!alone) writer.float64(decisions);
    for (const each of weights) each.write(writer);
    for (const learner of learners) writer.block(learner.written());
    return writer;
  }

  /**
   * Reads what `state` gave.
   * @returns what makes the learner so; nothing is changed before that is called.
   * @throws Error saying what is wrong when the bytes are not a state of such a learner.
   */
  read(state: Uint8Array): () => void {
    const { alone, weights, learners } = this.#bandit;
    const reader = new ByteReader(state, "model learner state");
    const decisions = alone ? 0 : reader.finite("number of examples");
    if (!(Number.isSafeInteger(decisions) && decisions >= 0)) throw reader.error("its number of examples is none");
    const parts = [
      ...weights.map((each) => each.read(reader)),
      ...learners.map((learner) => learner.read(reader.block("learner state"))),
    ];
    reader.expectEnd();
    return () => {
      for (const apply of parts) apply();
      this.#bandit.decisions = decisions;
    };
  }

  #buffer(action: number): FeatureBuffer {
    this.#features[action] ??= new FeatureBuffer();
    return this.#features[action];
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
