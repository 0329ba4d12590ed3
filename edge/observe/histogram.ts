/** What a histogram has counted, as it travels between parts: one count a bound, one for what is above them all, and the sum of all values. */
export type Counted = { counts: number[]; sum: number };

/**
 * Counts values by bucket.
 * @example
 * const durations = new Histogram([0.1, 1]);
 * durations.add(0.3);
 * durations.counts; // [0, 1, 0]
 */
export class Histogram implements Counted {
  readonly #bounds: readonly number[];
  readonly counts: number[];
  sum = 0;

  /** @param bounds upper bounds of the buckets, rising; they belong to them. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  /** Counts a value `n` times. Of a clock that went back meanwhile a duration is none. */
  add(value: number, n = 1): void {
    const counted = Math.max(0, value);
    let bucket = 0;
    while (bucket < this.#bounds.length && counted > this.#bounds[bucket]!) bucket++;
    this.counts[bucket]! += n;
    this.sum += counted * n;
  }

  /** What it has counted by now. */
  get counted(): Counted {
    return { counts: [...this.counts], sum: this.sum };
  }
}
