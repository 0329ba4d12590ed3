/** One of several estimates of the same: how far chance may have moved it, as a standard error. */
export type Candidate = { readonly value: number; readonly deviation: number };

/**
 * An estimate's interval is so many standard errors to either side. In the authors' experiments it is two: then a model that is wrong can make DRos far worse than DR (of 180 simulated logs up to 16 times its mean squared
 * error, in the worst tenth 5 times). With a quarter it is on average .81 of DR's and .63 of that of IPS, in the worst tenth 1.08 of DR's, at worst 1.4.
 */
const STANDARD_ERRORS = 0.25;

/**
 * Which of several estimates to believe, without knowing how biased each of them is: SLOPE (Su, Srinath & Krishnamurthy, "Adaptive estimator selection for off-policy evaluation", ICML 2020),
 * after Lepski. In the order of their bias, the least first, deviations fall: the last whose interval meets those of all before it has not shown that it is biased by more than chance explains. Its error is
 * within a constant of that of the best of them.
 * @param candidates at least one. A deviation counts at least as those that follow it.
 * @returns which one, from 0.
 */
export function slope(candidates: readonly Candidate[]): number {
  const widths = candidates.map(({ deviation }) => STANDARD_ERRORS * deviation);
  for (let i = widths.length - 2; i >= 0; i--) widths[i] = Math.max(widths[i]!, widths[i + 1]!);
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (const [i, { value }] of candidates.entries()) {
    low = Math.max(low, value - widths[i]!);
    high = Math.min(high, value + widths[i]!);
    if (low > high) return i - 1;
  }
  return candidates.length - 1;
}
