import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { Learner } from "../../online/learner.ts";
import { committeeFloor } from "../../policies/committee-floor.ts";
import { enforceFloor } from "../../policies/floor.ts";
import { vote } from "../../policies/vote.ts";
import type { BanditLearner } from "./bandit-learner.ts";
import type { Explorer } from "./explorer.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import { learnAll } from "./regression-on-all.ts";
import type { RewardEstimates } from "./reward-estimates.ts";
import { scoresOf } from "./scored-policy.ts";

/** What an OnlineCover is made with. */
export type OnlineCoverOptions = {
  /** The first policy. */
  base: BanditLearner;
  /** One for each further policy. */
  learners: readonly Learner[];
  /** What the further policies learn from; asked once for each decision, before the base learns. */
  estimates: RewardEstimates;
  /** Exploration of all actions; null: as little as the number of decisions asks for. */
  epsilon: number | null;
  /** How much a policy is rewarded for what the policies before it leave out. */
  psi?: number;
};

/**
 * Online cover (Agarwal et al. 2014, "Taming the monster", arXiv:1402.0555, section 5): policies that each learn from the estimated
 * rewards, plus a bonus for actions that those before it seldom take. Each has a vote, and every action a least probability.
 */
export class OnlineCover implements Explorer {
  readonly #base: BanditLearner;
  readonly #learners: readonly Learner[];
  readonly #estimates: RewardEstimates;
  readonly #epsilon: number | null;
  readonly #psi: number;
  readonly #rewards: number[] = [];
  readonly #targets: number[] = [];
  /** How many decisions were learned. */
  decisions = 0;

  constructor({ base, learners, estimates, epsilon, psi = 1 }: OnlineCoverOptions) {
    this.#base = base;
    this.#learners = learners;
    this.#estimates = estimates;
    this.#epsilon = epsilon;
    this.#psi = psi;
  }

  distribution(actions: readonly FeatureBuffer[], count: number): Float64Array {
    const share = 1 / (1 + this.#learners.length);
    const result = new Float64Array(count);
    vote(scoresOf(this.#base, actions, count), share, result);
    for (const learner of this.#learners) vote(scoresOf(learner, actions, count), share, result);
    enforceFloor(result, this.#leastProbability(count) * count);
    return result;
  }

  learn(decision: LoggedDecision): void {
    const { actions, count } = decision;
    const share = 1 / (1 + this.#learners.length);
    const least = this.#leastProbability(count);
    const votes = new Float64Array(count);
    vote(scoresOf(this.#base, actions, count), share, votes);
    this.#estimates.estimate(decision, this.#rewards);
    this.#base.learn(decision);
    this.#targets.length = count;
    // The first vote counts in full, also where it is under the floor (as in Vowpal Wabbit).
    const first = share + least * (count - 1) - flooredSum(votes, least);
    for (const learner of this.#learners) {
      const sum = first + flooredSum(votes, least);
      // The bonus is in proportion to 1 / the probability of an action under the policies so far.
      for (let i = 0; i < count; i++)
        this.#targets[i] = this.#rewards[i]! + (this.#psi * least * sum) / Math.max(votes[i]!, least);
      vote(scoresOf(learner, actions, count), share, votes);
      learnAll(learner, decision, this.#targets);
    }
    this.decisions++;
  }

  #leastProbability(count: number): number {
    return committeeFloor(this.#epsilon, count, this.decisions);
  }
}

function flooredSum(votes: Float64Array, least: number): number {
  let sum = 0;
  for (let i = 0; i < votes.length; i++) sum += Math.max(votes[i]!, least);
  return sum;
}
