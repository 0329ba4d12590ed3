import type { Learner } from "../../online/learner.ts";
import type { MtrWeights } from "../mtr-weights.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import type { Regression } from "./regression.ts";

/** Importance-weighted regression on the chosen action (MTR): one update a decision, weighed by MtrWeights. */
export class RegressionOnChosen implements Regression {
  readonly #learner: Learner;
  readonly #weights: MtrWeights;
  readonly #countsOnce: boolean;

  /** @param countsOnce every decision counts 1, whatever its propensity; `weights` only count then. */
  constructor(learner: Learner, weights: MtrWeights, countsOnce = false) {
    this.#learner = learner;
    this.#weights = weights;
    this.#countsOnce = countsOnce;
  }

  /** @returns the loss of the learner's prediction, before it learned. */
  learn({ actions, count, chosen, reward, propensity, importance }: LoggedDecision): number {
    const weight = this.#weights.next(propensity, count);
    return this.#learner.learn(actions[chosen]!, reward, importance * (this.#countsOnce ? 1 : weight));
  }
}
