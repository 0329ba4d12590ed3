import type { Learner } from "../../online/learner.ts";
import { vote } from "../../policies/vote.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import type { Regression } from "./regression.ts";
import { learnAll } from "./regression-on-all.ts";
import { asItIs, type RewardEstimates } from "./reward-estimates.ts";
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
  /** Each step of the arithmetic is rounded to 32 bits, and no estimate is too large for them (see BanditMethod). */
  in32Bits?: boolean;
  vote?: typeof vote;
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
    const { heads, first, estimates, psi, floor, in32Bits = false, vote: voted = vote } = this.#options;
    const round = in32Bits ? Math.fround : asItIs;
    const [firstHead, ...others] = heads as [Learner, ...Learner[]];
    const { actions, count } = decision;
    const share = round(1 / heads.length);
    const least = round(floor(count));
    const votes = new Float64Array(count);
    voted(scoresOf(firstHead, actions, count), share, votes);
    for (let i = 0; i < count; i++) votes[i] = round(votes[i]!);
    estimates.estimate(decision, this.#rewards);
    first.learn(decision);
    this.#targets.length = count;
    // The first vote counts in full, also where it is under the floor (as in Vowpal Wabbit).
    let sum = round(round(least * count) + round(share - least));
    for (const head of others) {
      // The bonus is in proportion to 1 / the probability of an action under the policies so far.
      for (let i = 0; i < count; i++) {
        const probability = round(Math.max(votes[i]!, least) / sum);
        this.#targets[i] = round(this.#rewards[i]! + round(round(psi * least) / probability));
      }
      const before = votes.slice();
      voted(scoresOf(head, actions, count), share, votes);
      for (let i = 0; i < count; i++) {
        const gain = round(votes[i]! - before[i]!);
        const missing = round(least - before[i]!);
        sum = round(sum + (missing > 0 ? Math.max(0, round(gain - missing)) : gain));
        votes[i] = round(votes[i]!);
      }
      learnAll(head, decision, this.#targets, in32Bits);
    }
  }
}
