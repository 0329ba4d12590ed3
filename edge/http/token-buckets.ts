/** So many a second in the long run, and at most `burst` at once. */
export type Rate = { perSecond: number; burst: number };

type Bucket = { tokens: number; at: number };

/**
 * Token buckets by name: each is filled at a rate, and what is asked for takes from it (the token bucket of RFC 2697, without colours). There are
 * at most `most`: the one that was used longest ago is forgotten, and is full when it comes again.
 */
export class TokenBuckets {
  readonly #most: number;
  /** The one used last stands last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Takes `n` tokens, or none. More than the burst are given where the bucket is full, and leave it in debt.
   * @param now ms. @returns 0 when they were taken, else after how many seconds they can be.
   */
  take(name: string, n: number, { perSecond, burst }: Rate, now: number): number {
    const known = this.#buckets.get(name);
    // A clock that went back gives nothing.
    const filled = known ? known.tokens + (Math.max(0, now - known.at) / 1000) * perSecond : burst;
    const tokens = Math.min(burst, filled);
    const needed = Math.min(n, burst);
    const wait = tokens >= needed ? 0 : (needed - tokens) / perSecond;
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: wait === 0 ? tokens - n : tokens, at: now });
    if (this.#buckets.size > this.#most) this.#buckets.delete(this.#buckets.keys().next().value!);
    return wait;
  }
}
