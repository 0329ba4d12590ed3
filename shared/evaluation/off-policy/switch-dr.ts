import { expectedReward, NO_PREDICTIONS } from "./direct-method.ts";
import { type Estimator, type EstimatorOptions, negligible } from "./estimator.ts";
import { ipsFromAbove, ipsFromBelow, withoutPromise } from "./ips.ts";
import type { WeightedChoice } from "./logged-choice.ts";
import { MeanInterval } from "./mean-interval.ts";

/**
 * Doubly robust with a switch (Wang, Agarwal & Dudik, ICML 2017): the model's expectation, corrected by
 * weight * (reward - prediction) where the weight is at most the threshold. An infinite threshold gives plain DR (Dudik,
 * Langford & Li, ICML 2011): unbiased, with less variance the better the model. The interval is one for the policy's
 * value: actions left to the model may earn anything from nothing to the highest reward, and where these are too many to leave
 * that open, the interval bets on plain DR. So the estimate may be outside of it: the model is wrong. Where only the chosen
 * action's weight is known, half of it bets on plain DR, by what somebody has promised of weights, and half on IPS
 * (hedged-bound.ts); where nobody has, all of it on IPS, as a correction could be of any size.
 */
export class SwitchDr implements Estimator {
  readonly #interval: MeanInterval;
  readonly #threshold: number;
  readonly #negligible: number;
  #sum = 0;
  #count = 0;
  #complete = true;

  constructor(options: EstimatorOptions) {
    this.#interval = new MeanInterval(options);
    this.#threshold = options.threshold;
    this.#negligible = negligible(options);
  }

  update(choice: WeightedChoice): void {
    const { reward, weight, largestWeight, actions, importance } = choice;
    if (actions === null || actions.predictions === null) {
      this.#complete = false;
      return;
    }
    const { chosen, targets, weights, predictions } = actions;
    const expected = expectedReward(targets, predictions);
    const residual = reward - predictions[chosen]!;
    this.#sum += importance * (expected + (weight <= this.#threshold ? weight * residual : 0));
    this.#count += importance;
    if (weights === null && largestWeight === Number.POSITIVE_INFINITY) {
      this.#interval.update(ipsFromBelow(choice), ipsFromAbove(choice));
      return;
    }

    const weightOf = (a: number) => (weights === null ? (targets[a]! > 0 ? largestWeight : 0) : weights[a]!);
    let untested = 0;
    for (let a = 0; a < targets.length; a++) if (weightOf(a) > this.#threshold) untested += targets[a]!;
    const threshold = weights === null || untested > this.#negligible ? Number.POSITIVE_INFINITY : this.#threshold;
    // How far the correction could have gone either way, and what is left to the model: known without the draw.
    let down = 0;
    let up = 0;
    let least = expected;
    let left = 0;
    for (let a = 0; a < targets.length; a++) {
      const largest = weightOf(a);
      if (largest > threshold) {
        left += targets[a]!;
        least -= targets[a]! * predictions[a]!;
      } else {
        down = Math.max(down, largest * predictions[a]!);
        up = Math.max(up, largest * (1 - predictions[a]!));
      }
    }
    const correction = weight <= threshold ? weight * residual : 0;
    const most = least + left;
    this.#interval.update(
      {
        numerator: least + correction,
        denominator: 1,
        mostNegative: Math.max(0, down - least),
        mostDenominator: 1,
        mostRatio: least + up,
      },
      {
        numerator: 1 - (most + correction),
        denominator: 1,
        mostNegative: Math.max(0, most + up - 1),
        mostDenominator: 1,
        mostRatio: 1 - most + down,
      },
      withoutPromise(choice),
    );
  }

  /** null, too, when a decision came without predictions. */
  get value(): number | null {
    return this.#count === 0 || !this.#complete ? null : this.#sum / this.#count;
  }

  get missing(): string | null {
    return this.#complete ? null : NO_PREDICTIONS;
  }

  get interval(): MeanInterval | null {
    return this.#complete ? this.#interval : null;
  }
}
