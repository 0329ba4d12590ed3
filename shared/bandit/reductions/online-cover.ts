import type { Learner } from "../../online/learner.ts";
import { vote } from "../../policies/vote.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import type { Regression } from "./regression.ts";
import { learnAll } from "./regression-on-all.ts";
import type { RewardEstimates } from "./reward-estimates.ts";
import { scoresOf } from "./scores-of.ts";

/** What an OnlineCover is made with. */
export type OnlineCoverOptions = {
  /** The head of each policy that votes, the first one's first. */
  heads: readonly Learner[];
  /** How the first learns. */
  first: Regression;
  /** What the further ones learn from; asked once for each decision, before the first learns. */
  estimates: RewardEstimates;
  /** How much a policy is rewarded for what the policies before it leave out. */
  psi: number;
  /** The least probability of each of `count` actions, at present. */
  floor: (count: number) => number;
};

/**
 * Online cover (Agarwal et al. 2014, "Taming the monster", arXiv:1402.0555, section 5): policies that each learn from the estimated
 * rewards, plus a bonus for actions that those before it seldom take.
 */
export class OnlineCover implements Regression {
  readonly #options: OnlineCoverOptions;
  readonly #rewards: number[] = [];
  readonly #targets: number[] = [];

  constructor(options: OnlineCoverOptions) {
    this.#options = options;
  }

  learn(decision: LoggedDecision): void {
    const { heads, first, estimates, psi, floor } = this.#options;
    const [firstHead, ...others] = heads as [Learner, ...Learner[]];
    const { actions, count } = decision;
    const share = 1 / heads.length;
    const least = floor(count);
    const votes = new Float64Array(count);
    vote(scoresOf(firstHead, actions, count), share, votes);
    estimates.estimate(decision, this.#rewards);
    first.learn(decision);
    this.#targets.length = count;
    // The first vote counts in full, also where it is under the floor (as in Vowpal Wabbit).
    const firstSum = share + least * (count - 1) - flooredSum(votes, least);
    for (const head of others) {
      const sum = firstSum + flooredSum(votes, least);
      // The bonus is in proportion to 1 / the probability of an action under the policies so far.
      for (let i = 0; i < count; i++)
        this.#targets[i] = this.#rewards[i]! + (psi * least * sum) / Math.max(votes[i]!, least);
      vote(scoresOf(head, actions, count), share, votes);
      learnAll(head, decision, this.#targets);
    }
  }
}

function flooredSum(votes: Float64Array, least: number): number {
  let sum = 0;
  for (let i = 0; i < votes.length; i++) sum += Math.max(votes[i]!, least);
  return sum;
}
