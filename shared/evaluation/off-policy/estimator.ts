import type { WeightedChoice } from "./logged-choice.ts";
import type { IntervalOptions, MeanInterval } from "./mean-interval.ts";

/** Estimates in one pass what the target policy would have earned, on rewards mapped to [0, 1]. */
export interface Estimator {
  /** Every weight must be finite. */
  update(choice: WeightedChoice): void;
  /** null: nothing to estimate from. */
  readonly value: number | null;
  /** Holds at every sample size at once, while the target policy's value stays the same. null: none is valid. */
  readonly interval: MeanInterval | null;
  /** A sentence for the reader of the report: why there is no value, or no interval. null when there are both. */
  readonly missing: string | null;
}

export interface EstimatorOptions extends IntervalOptions {
  /** Weights above it are clipped (clipped IPS), or left to the model (switch-DR). */
  readonly threshold: number;
}

/** How much of a policy an interval may leave open without being noticeably wider for it: a tenth of its scale. */
export const negligible = ({ horizon }: IntervalOptions): number => 0.1 / Math.sqrt(horizon);
