import type { Wager } from "./betting-bound.ts";
import type { Estimator } from "./estimator.ts";
import type { WeightedChoice } from "./logged-choice.ts";
import { type IntervalOptions, MeanInterval } from "./mean-interval.ts";

/**
 * Inverse propensity scoring: the mean of weight * reward (Horvitz & Thompson 1952). Unbiased; its variance grows with
 * the weights. Where nobody knows how large a weight can be, the upper end of the interval is that of 1 - the mean of
 * weight * (1 - reward), which is wider.
 */
export class Ips implements Estimator {
  readonly interval: MeanInterval;
  readonly missing = null;
  #sum = 0;
  #count = 0;

  constructor(options: IntervalOptions) {
    this.interval = new MeanInterval(options);
  }

  update(choice: WeightedChoice): void {
    this.#sum += choice.importance * choice.weight * choice.reward;
    this.#count += choice.importance;
    this.interval.update(ipsFromBelow(choice), ipsFromAbove(choice), withoutPromise(choice));
  }

  get value(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

/** The wagers on the policy's value and on 1 - it, without what was promised of a decision; undefined where nothing was. */
export function withoutPromise(choice: WeightedChoice): { below: Wager; above: Wager } | undefined {
  if (!choice.isPromise || choice.largestWeight === Number.POSITIVE_INFINITY) return undefined;
  const free = { ...choice, largestWeight: Number.POSITIVE_INFINITY };
  return { below: ipsFromBelow(free), above: ipsFromAbove(free) };
}

/** The wager on the mean of a value that is between 0 and `most`. */
export function atLeast(value: number, most: number): Wager {
  return { numerator: value, denominator: 1, mostNegative: 0, mostDenominator: 1, mostRatio: most };
}

/** The wager on 1 - the mean of a value that is between 0 and `most`. */
export function atMost(value: number, most: number): Wager {
  return {
    numerator: 1 - value,
    denominator: 1,
    mostNegative: Math.max(0, most - 1),
    mostDenominator: 1,
    mostRatio: 1,
  };
}

/** The wager on the policy's value. */
export const ipsFromBelow = ({ reward, weight, largestWeight }: WeightedChoice): Wager =>
  atLeast(weight * reward, largestWeight);

/** The wager on 1 - the policy's value: with weights of unknown size, on the mean of weight * (1 - reward). */
export const ipsFromAbove = ({ reward, weight, largestWeight }: WeightedChoice): Wager =>
  largestWeight < Number.POSITIVE_INFINITY
    ? atMost(weight * reward, largestWeight)
    : atLeast(weight * (1 - reward), Number.POSITIVE_INFINITY);
