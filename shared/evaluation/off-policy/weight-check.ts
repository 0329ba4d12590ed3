/** What is known of the weights target / propensity of a log. */
export interface WeightSums {
  readonly count: number;
  readonly mean: number;
  /** Mean of their squares. */
  readonly meanSquare: number;
  readonly largest: number;
  /** No weight can be above it; infinite when nobody knows. */
  readonly bound: number;
}

/** So often may a log with right propensities be called wrong. */
const LOG_ERROR = Math.log(1e4);
/** Where nobody knows how large a weight could have been: so many times the largest there was. */
const BEYOND = 3;
/** So far above 1, in standard errors. */
const FAR = 4;
const FEWEST = 30;

/**
 * Whether the mean weight is further from 1, its expectation, than chance explains: then the logged propensities are not those of what chose, or actions were never chosen that the policy
 * would choose. From below by the lower tail of values that are not negative, P(mean <= 1 - d) <= exp(-n d^2 / (2 E w^2)) (Maurer, "A bound on the deviation probability for sums of
 * non-negative random variables", 2003), where E w^2 is at most the bound of the weights; from above by the standard error.
 */
export function isFarFromOne({ count, mean, meanSquare, largest, bound }: WeightSums): "below" | "above" | null {
  if (count < FEWEST) return null;
  const short = 1 - mean;
  const most = Math.min(bound, BEYOND * largest);
  if (short > 0 && count * short * short > 2 * most * LOG_ERROR) return "below";
  const error = Math.sqrt(Math.max(0, meanSquare - mean * mean) / count);
  return mean - 1 > FAR * error + 1e-6 ? "above" : null;
}
