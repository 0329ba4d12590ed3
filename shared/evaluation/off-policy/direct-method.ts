import type { Estimator } from "./estimator.ts";
import type { WeightedChoice } from "./logged-choice.ts";

/**
 * The direct method: what the model predicts for the target policy, on average. As wrong as the model is, which only the
 * rewards can tell: DR is the direct method corrected by them, and its interval is the one to read. One around this estimate
 * would be for what the model says of the policy, not for what the policy would earn, so there is none.
 */
export class DirectMethod implements Estimator {
  readonly interval = null;
  #sum = 0;
  #count = 0;
  #complete = true;

  update({ actions, importance }: WeightedChoice): void {
    const expected = actions?.predictions == null ? null : expectedReward(actions.targets, actions.predictions);
    if (expected === null) this.#complete = false;
    else this.#sum += importance * expected;
    this.#count += importance;
  }

  get missing(): string {
    return this.#complete
      ? "The direct method is as wrong as its model, by an amount that it cannot tell: see the interval of DR."
      : NO_PREDICTIONS;
  }

  /** null, too, when a decision came without predictions. */
  get value(): number | null {
    return this.#count === 0 || !this.#complete ? null : this.#sum / this.#count;
  }
}

/** Why model-based estimators have nothing to say of a log. */
export const NO_PREDICTIONS =
  "There is none without the probabilities and a model's predictions of all actions, in every decision.";

/** The target policy's reward if the predictions were true. */
export function expectedReward(targets: ArrayLike<number>, predictions: ArrayLike<number>): number {
  let sum = 0;
  for (let a = 0; a < targets.length; a++) sum += targets[a]! * predictions[a]!;
  return sum;
}
