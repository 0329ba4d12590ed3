import { BanditLearner, type BanditMethod } from "../../shared/bandit/bandit-learner.ts";
import type { LoggedDecision } from "../../shared/bandit/reductions/logged-decision.ts";
import type { DoublyRobust } from "../../shared/bandit/reductions/reward-estimates.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import type { GradientDescentLearner } from "../../shared/online/gradient-descent.ts";
import { policyOf } from "../../shared/policies/all-policies.ts";
import { bestScore } from "../../shared/policies/best.ts";
import { enforceFloor } from "../../shared/policies/floor.ts";
import { tauFirst } from "../../shared/policies/policies.ts";
import type { Beliefs, Committee } from "../../shared/policies/policy.ts";
import { committeeOf, type Policy } from "../../shared/policies/policy-of.ts";
import { isTied } from "../../shared/policies/ties.ts";
import { vote } from "../../shared/policies/vote.ts";
import { InputError } from "../files/input-error.ts";
import type { BanditOptions, CostType } from "./bandit-options.ts";
import { byCostRanges, type CostRanges, squareCbOfVw } from "./cost-ranges.ts";
import type { Example, ObservedCost } from "./example.ts";
import { Expander } from "./expander.ts";
import type { Exploration } from "./exploration-options.ts";
import { bitsOfModels, indexOfAction } from "./index-of-action.ts";
import { Learners } from "./learners.ts";
import { merand48 } from "./merand48.ts";
import type { VwOptions } from "./options.ts";
import { RegressionOnSoftmax } from "./regression-on-softmax.ts";

const fround = Math.fround;

/** What --cb evaluates: the first of the actions of the least cost. */
const GREEDY: Exploration = {
  policy: tauFirst({ tau: 0, epsilon: 0 }),
  floor: 0,
  firstOnly: false,
  onlyChosen: false,
  ranges: null,
};

/** How probable each action of a decision is, and in which order VW has them when it samples one. */
export type Distribution = { probabilities: Float64Array; order(): number[] };

/** The model of a command line's bandit: the policies and reductions that pages and trainers run, over VW's features. */
export class BanditModel {
  readonly #expander: Expander;
  readonly #learners: Learners;
  readonly #exploration: Exploration;
  readonly #committee: Committee | null;
  readonly #bandit: BanditLearner;
  readonly #features: FeatureBuffer[] = [];
  /** Draws from [0, 1). */
  readonly draw: () => number;

  constructor(options: VwOptions, bandit: BanditOptions) {
    const models = modelsOf(bandit);
    const actionIndex = bandit.actions === null ? undefined : indexOfAction(bandit.actions, models);
    const bits = options.bits - bitsOfModels(models, actionIndex !== undefined);
    if (bits < 1)
      throw new InputError(`a table of 2^${options.bits} has no room for ${models} models: give a larger -b`);
    this.#expander = new Expander({ bits, features: options.features, ...(actionIndex && { actionIndex }) });
    this.#learners = new Learners(options, bits);
    this.#exploration = bandit.exploration ?? GREEDY;
    this.#committee = committeeIn32Bits(this.#exploration.policy);
    const { firstOnly } = this.#exploration;
    this.draw = merand48(BigInt(options.randomSeed));
    this.#bandit = new BanditLearner(
      {
        committee: this.#committee,
        ...reductionOf(bandit.costType),
        countsOnce: false,
        in32Bits: true,
        ...(firstOnly && { vote: (scores, share, votes) => vote(firstOfTied(scores), share, votes) }),
      },
      () => this.#learners.next(),
      this.draw,
    );
  }

  /** The model of the costs of all actions; null: there is none. */
  get costModel(): DoublyRobust | null {
    return this.#bandit.rewardModel;
  }

  /** Takes the features of an action of the next decision. @param line the same for all where they are told apart by their number. */
  take(action: number, line: Example, shared: Example | null): void {
    let buffer = this.#features[action];
    if (buffer === undefined) {
      buffer = new FeatureBuffer();
      this.#features[action] = buffer;
    }
    this.#expander.expand(line, shared, action, buffer);
  }

  /** From now on slots of decisions are told apart. */
  addSlotIds(): void {
    this.#expander.interactions.addSlotIds();
  }

  /** Of the first `count` actions that were taken. */
  distribution(count: number): Distribution {
    const beliefs = this.#bandit.beliefs(this.#features, count);
    const probabilities = this.#probabilities(beliefs, count);
    return { probabilities, order: () => orderOf(probabilities, beliefs) };
  }

  #probabilities(beliefs: Beliefs, count: number): Float64Array {
    const { policy, floor, firstOnly, onlyChosen, ranges } = this.#exploration;
    const examples = this.#bandit.decisions;
    if (ranges !== null) return this.#byRanges(ranges, beliefs, examples);
    if (policy.type === "squareCb") {
      const costs = costsOf(beliefs);
      const probabilities = squareCbOfVw(policy, costs, cheapestFirst(costs), examples);
      enforceFloor(probabilities, floor);
      return probabilities;
    }
    const believed = firstOnly ? untied(beliefs) : beliefs;
    if (onlyChosen && policy.type === "cover" && this.#committee?.by === "cover") {
      const votes = policyOf(policy).distribution({ ...policy, epsilon: 0 }, believed, { examples });
      return withFloorOfChosen(votes, this.#committee.floor(count, examples) * count);
    }
    const probabilities = policyOf(policy).distribution(policy, believed, { examples });
    enforceFloor(probabilities, floor);
    return probabilities;
  }

  #byRanges(ranges: CostRanges, beliefs: Beliefs, examples: number): Float64Array {
    // Only gradient descent is taken with them (readOptions).
    const learner = this.#bandit.heads[0] as GradientDescentLearner;
    const { scores } = beliefs;
    const costs = costsOf(beliefs);
    const sensitivity = (action: number, cost: number): number =>
      learner.sensitivity(this.#features[action]!, scores[action]!, -cost);
    return byCostRanges(ranges, costs, cheapestFirst(costs), sensitivity, examples);
  }

  /** A decision among the first `count` actions that were taken. */
  decision(count: number, { action, cost, probability }: ObservedCost, importance: number): LoggedDecision {
    return { actions: this.#features, count, chosen: action, reward: -cost, propensity: probability, importance };
  }

  learn(decision: LoggedDecision): void {
    this.#bandit.learn(this.#counted(decision));
    this.#learners.joint.time += decision.importance;
  }

  endPass(): void {
    this.#learners.endPass();
  }

  /** With SquareCB VW learns every decision as if it had been certain, but not where the last action was chosen. */
  #counted(decision: LoggedDecision): LoggedDecision {
    const { countsOnce } = policyOf(this.#exploration.policy);
    return countsOnce && decision.chosen < decision.count - 1 ? { ...decision, propensity: 1 } : decision;
  }
}

const costsOf = ({ scores }: Beliefs): Float32Array => Float32Array.from(scores, (score) => -score);

const cheapestFirst = (costs: Float32Array): number[] =>
  [...costs.keys()].sort((a, b) => costs[a]! - costs[b]! || a - b);

/** How decisions are learned: by a reduction that everybody has, or by that which is VW's alone. */
const reductionOf = (costType: CostType): Pick<BanditMethod, "reduction" | "regressionOf"> =>
  costType === "sm"
    ? { reduction: "ips", regressionOf: (head) => new RegressionOnSoftmax(head) }
    : { reduction: costType };

/** How many models there are in VW's table: this decides how much of it each one has. */
function modelsOf({ costType, exploration }: BanditOptions): number {
  const own = costType === "dr" ? 2 : 1;
  const committee = exploration && committeeOf(exploration.policy);
  if (!committee) return own;
  return committee.by === "bootstrap" ? committee.heads * own : (committee.heads + 1) * (costType === "ips" ? 1 : 2);
}

/** Without ties: of several actions tied with the best only the first is left. */
const untied = ({ scores, committee }: Beliefs): Beliefs => ({
  scores: firstOfTied(scores),
  ...(committee && { committee: committee.map(firstOfTied) }),
});

function firstOfTied(scores: ArrayLike<number>): Float64Array {
  const best = bestScore(scores);
  const first = Array.prototype.indexOf.call(scores, best);
  return Float64Array.from(scores, (score, a) =>
    a !== first && isTied(score, best) ? Number.NEGATIVE_INFINITY : score,
  );
}

/** Only the actions that have a probability keep a least one. */
function withFloorOfChosen(probabilities: Float64Array, epsilon: number): Float64Array {
  const chosen = [...probabilities.keys()].filter((a) => probabilities[a]! > 0);
  const floored = Float64Array.from(chosen, (a) => probabilities[a]!);
  enforceFloor(floored, epsilon);
  chosen.forEach((a, i) => {
    probabilities[a] = floored[i]!;
  });
  return probabilities;
}

/** The best first; where several vote, those with more votes before. */
function orderOf(probabilities: Float64Array, { scores, committee }: Beliefs): number[] {
  const sums = Float32Array.from(scores, (score, a) =>
    committee ? committee.reduce((sum, head) => fround(sum + head[a]!), 0) : score,
  );
  const votes = (a: number): number => (committee ? fround(probabilities[a]!) : 0);
  return [...probabilities.keys()].sort((a, b) => votes(b) - votes(a) || sums[b]! - sums[a]! || a - b);
}

/** The heads that vote, with the floor of a cover rounded as VW rounds it. */
function committeeIn32Bits(policy: Policy): Committee | null {
  const committee = committeeOf(policy);
  if (committee?.by !== "cover") return committee;
  const epsilon = "epsilon" in policy ? policy.epsilon : null;
  const floor = (count: number, examples: number): number =>
    epsilon === null
      ? Math.min(fround(1 / count), fround(1 / fround(Math.sqrt(examples * count))))
      : fround(epsilon / count);
  return { ...committee, floor };
}
