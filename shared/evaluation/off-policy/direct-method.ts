import type { Estimator } from "./estimator.ts";
import type { WeightedChoice } from "./logged-choice.ts";

/**
 * The direct method: what the model predicts for the target policy, on average. As wrong as the model is, which the log
 * cannot bound: there is no interval.
 */
export class DirectMethod implements Estimator {
  readonly interval = null;
  #sum = 0;
  #count = 0;
  #complete = true;

  update({ actions }: WeightedChoice): void {
    const expected = actions?.predictions == null ? null : expectedReward(actions.targets, actions.predictions);
    if (expected === null) this.#complete = false;
    else this.#sum += expected;
    this.#count++;
  }

  /** null, too, when a decision came without predictions. */
  get value(): number | null {
    return this.#count === 0 || !this.#complete ? null : this.#sum / this.#count;
  }
}

/** The target policy's reward if the predictions were true. */
export function expectedReward(targets: ArrayLike<number>, predictions: ArrayLike<number>): number {
  let sum = 0;
  for (let a = 0; a < targets.length; a++) sum += targets[a]! * predictions[a]!;
  return sum;
}
