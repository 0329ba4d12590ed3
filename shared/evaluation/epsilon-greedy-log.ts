/** How far a propensity may be from what epsilon gives, relative to it: logs round. */
const ROUNDING = 1e-3;

/**
 * Recognises a log of epsilon-greedy choices with one epsilon by the propensities of the chosen actions: each of them is
 * epsilon / K, or 1 - epsilon + epsilon / K, which are K - 1 and one share of 1. Then no action was less probable than the
 * former, though the log does not tell which was which.
 */
export class EpsilonGreedyLog {
  /** What epsilon may be; null before the first decision. */
  #candidates: number[] | null = null;
  #explored = 0;
  #exploited = 0;
  #largest = 1;

  update(propensity: number, count: number): void {
    if (count === 1) return;
    this.#candidates ??= [propensity * count, ((1 - propensity) * count) / (count - 1)].filter((e) => e > 0 && e < 1);
    this.#candidates = this.#candidates.filter(
      (epsilon) => near(propensity, low(epsilon, count)) || near(propensity, 1 - epsilon + low(epsilon, count)),
    );
    if (propensity < 1 / count) this.#explored++;
    else this.#exploited++;
    this.#largest = Math.max(this.#largest, count);
  }

  /** The least probability of any action; null when the log is of another kind, or does not show both kinds of choices. */
  get minPropensity(): number | null {
    const [epsilon] = this.#candidates ?? [];
    if (epsilon === undefined || this.#explored === 0 || this.#exploited === 0) return null;
    return low(epsilon, this.#largest) * (1 - 2 * ROUNDING);
  }
}

const low = (epsilon: number, count: number): number => epsilon / count;
const near = (a: number, b: number): boolean => Math.abs(a - b) <= ROUNDING * Math.min(a, b);
