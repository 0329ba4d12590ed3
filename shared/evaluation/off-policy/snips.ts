import type { Wager } from "./betting-bound.ts";
import type { Estimator } from "./estimator.ts";
import { atLeast, withoutPromise } from "./ips.ts";
import type { WeightedChoice } from "./logged-choice.ts";
import { type IntervalOptions, MeanInterval } from "./mean-interval.ts";

/**
 * Self-normalised IPS: the sum of weight * reward over the sum of weights (Swaminathan & Joachims, NeurIPS 2015). Biased
 * by O(1/n), with less variance than IPS. The interval bets on weight * (reward - value), whose expectation is 0 for the
 * true value, so it has no bias at all; where nobody knows how large a weight can be, it is that of IPS.
 */
export class Snips implements Estimator {
  readonly interval: MeanInterval;
  readonly missing = null;
  #rewards = 0;
  #weights = 0;

  constructor(options: IntervalOptions) {
    this.interval = new MeanInterval(options);
  }

  update(choice: WeightedChoice): void {
    const { reward, weight, largestWeight, importance } = choice;
    this.#rewards += importance * weight * reward;
    this.#weights += importance * weight;
    this.interval.update(
      weighted(reward, weight, largestWeight),
      weighted(1 - reward, weight, largestWeight),
      withoutPromise(choice),
    );
  }

  get value(): number | null {
    return this.#weights === 0 ? null : this.#rewards / this.#weights;
  }
}

function weighted(reward: number, weight: number, largestWeight: number): Wager {
  if (largestWeight === Number.POSITIVE_INFINITY) return atLeast(weight * reward, largestWeight);
  return {
    numerator: weight * reward,
    denominator: weight,
    mostNegative: 0,
    mostDenominator: Math.max(1, largestWeight),
    mostRatio: 1,
  };
}
