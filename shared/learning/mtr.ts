import type { Policy } from "../spec/model.ts";
import { leastPropensity } from "./least-propensity.ts";

/**
 * Importance-weighted regression on the chosen action (MTR, "multi-task regression", as Vowpal Wabbit's `--cb_type mtr`):
 * an example counts 1 / propensity, divided by the mean number of actions so far, so that the mean importance stays near 1.
 *
 * With Thompson sampling and SquareCB every example counts 1: a posterior counts what was seen, and SquareCB's guarantee is for an unweighted regression oracle (Foster & Rakhlin
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
    if (this.#policy.type === "squareCb" || this.#policy.type === "thompson") return 1;
    const least = leastPropensity(this.#policy, actions, this.events);
    return ((1 / Math.max(propensity, least)) * this.events) / this.actions;
  }
}
