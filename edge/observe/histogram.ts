/** Upper bounds of the buckets in milliseconds: from a scoring alone to a request that somebody notices. */
export const BOUNDS = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];

/** Counts of durations by bucket. */
export class Histogram {
  /** One count a bound, and one for what is above them all. */
  readonly counts: number[] = new Array(BOUNDS.length + 1).fill(0);
  sum = 0;

  add(milliseconds: number): void {
    const bucket = BOUNDS.findIndex((bound) => milliseconds <= bound);
    this.counts[bucket < 0 ? BOUNDS.length : bucket]!++;
    this.sum += milliseconds;
  }
}
