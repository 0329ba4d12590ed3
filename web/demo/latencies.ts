/** The last of some durations and their median, in ms. */
export class Latencies {
  readonly #values: number[] = [];
  #last: number | null = null;
  readonly #capacity: number;

  /** @param capacity How many durations the median is taken over. */
  constructor(capacity = 200) {
    this.#capacity = capacity;
  }

  add(ms: number): void {
    this.#last = ms;
    this.#values.push(ms);
    if (this.#values.length > this.#capacity) this.#values.shift();
  }

  get count(): number {
    return this.#values.length;
  }

  get last(): number | null {
    return this.#last;
  }

  get median(): number | null {
    if (this.#values.length === 0) return null;
    const sorted = [...this.#values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  }
}
