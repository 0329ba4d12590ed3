import type { Policy } from "../spec/model.ts";

/**
 * Importance-weighted regression on the chosen action (MTR, "multi-task regression", as Vowpal Wabbit's `--cb_type mtr`):
 * an example counts 1 / propensity, divided by the mean number of actions so far, so that the mean importance stays near 1.
 *
 * With SquareCB every example counts 1: the method's guarantee is for an unweighted regression oracle (Foster & Rakhlin
 * 2020), and its propensities get so small that weights of 1 / propensity would drown the rest. (Vowpal Wabbit keeps the
 * division by the mean number of actions there, which only slows learning.)
 */
export class Mtr {
  readonly #policy: Policy;
  /** Decisions learned so far, and the sum of their numbers of actions. */
  events = 0;
  actions = 0;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  /**
   * Counts a decision, and tells how much it is to count.
   * @throws RangeError when the propensity is not above 0. The decision is not counted then.
   */
  importance(propensity: number, actions: number): number {
    if (!(propensity > 0)) throw new RangeError(`propensity ${propensity} is not above 0`);
    this.events++;
    this.actions += actions;
    if (this.#policy.type === "squareCb") return 1;
    // What an honest decision has at least: it bounds what a false claim can weigh.
    const least = (this.#policy.epsilon || 1) / actions;
    return ((1 / Math.max(propensity, least)) * this.events) / this.actions;
  }
}
