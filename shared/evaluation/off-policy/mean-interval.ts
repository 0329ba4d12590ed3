import type { Wager } from "./betting-bound.ts";
import { HedgedLowerBound } from "./hedged-bound.ts";

/** An estimate with an interval that holds at every sample size at once. In reward units. */
export interface Estimate {
  /** null: there is nothing to estimate from. */
  readonly value: number | null;
  /** null: this estimator has no valid interval. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** A sentence that says why there is no value, or no interval. null when there are both. */
  readonly missing: string | null;
}

export interface IntervalOptions {
  /** Probability that the interval holds at all sample sizes at once, in (0, 1). */
  readonly confidence: number;
  /** The sample size at which the interval is tightest. */
  readonly horizon: number;
}

/** Why there is none where the two ends of an interval have crossed. */
export const CHANGED =
  "No value agrees with all of the log: what the policy earns changed within it (or the propensities are wrong), so there is no interval for it.";

/**
 * A confidence sequence for a mean in [0, 1]: a lower bound, and a lower bound of 1 - mean, each wrong with half of the
 * probability.
 */
export class MeanInterval {
  readonly #below: HedgedLowerBound;
  readonly #above: HedgedLowerBound;
  // As they were read last: several estimates may be told with one interval.
  #low: number | null = null;
  #high: number | null = null;

  /** @throws RangeError when confidence or horizon is out of range. */
  constructor(options: IntervalOptions) {
    const alpha = (1 - options.confidence) / 2;
    this.#below = new HedgedLowerBound(alpha, options.horizon);
    this.#above = new HedgedLowerBound(alpha, options.horizon);
  }

  /**
   * @param below a wager for the mean, @param above one for 1 - mean.
   * @param free both without what somebody has promised of them; left out where nothing is promised, of all values or of none.
   */
  update(below: Wager, above: Wager, free?: { below: Wager; above: Wager }): void {
    this.#below.update(below, free?.below);
    this.#above.update(above, free?.above);
    this.#low = null;
    this.#high = null;
  }

  /** In [0, 1]; 0 before there are values. Takes time in proportion to the values, as `high` does. */
  get low(): number {
    this.#low ??= this.#below.bound;
    return this.#low;
  }

  /** In [0, 1]; 1 before there are values. */
  get high(): number {
    this.#high ??= 1 - this.#above.bound;
    return this.#high;
  }

  /** The first sample size at which the interval did not hold `mean`; null if it always did. */
  firstWithout(mean: number): number | null {
    const below = this.#below.firstAbove(mean);
    const above = this.#above.firstAbove(1 - mean);
    return below === null || above === null ? (below ?? above) : Math.min(below, above);
  }
}
