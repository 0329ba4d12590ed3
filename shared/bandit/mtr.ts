import type { Policy } from "../contract/spec.ts";
import { countsOnce } from "../policies/counts-once.ts";
import { leastPropensity } from "../policies/least-propensity.ts";
import { MtrWeights } from "./mtr-weights.ts";

/**
 * How much a decision of a policy counts: as MtrWeights says, with propensities no less than the policy gives; or once, where every
 * example of the policy does.
 */
export class Mtr {
  readonly #policy: Policy;
  readonly weights = new MtrWeights();

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /**
   * Counts a decision, and tells how much it is to count.
   * @throws RangeError when the propensity is not above 0. The decision is not counted then.
   */
  importance(propensity: number, actions: number): number {
    if (!(propensity > 0)) throw new RangeError(`propensity ${propensity} is not above 0`);
    const least = leastPropensity(this.#policy, actions, this.weights.decisions + 1);
    const weight = this.weights.next(Math.max(propensity, least), actions);
    return countsOnce(this.#policy) ? 1 : weight;
  }
}
