/** What was used last, up to a size in all. */
export class Recent<V> {
  readonly #most: number;
  readonly #sizeOf: (value: V) => number;
  /** The one used last comes last. */
  readonly #kept = new Map<string, V>();
  #size = 0;

  /** @param most size in all, in the unit of `sizeOf`. */
  constructor(most: number, sizeOf: (value: V) => number) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  get(name: string): V | null {
    const value = this.#kept.get(name);
    if (value === undefined) return null;
    this.#kept.delete(name);
    this.#kept.set(name, value);
    return value;
  }

  /** Keeps a value, which is the only one that a name ever has, for as long as there is room; one that is larger than all of it is not kept. */
  put(name: string, value: V): void {
    const size = this.#sizeOf(value);
    if (size > this.#most || this.#kept.has(name)) return;
    this.#kept.set(name, value);
    this.#size += size;
    for (const [oldest, old] of this.#kept) {
      if (this.#size <= this.#most) return;
      this.#kept.delete(oldest);
      this.#size -= this.#sizeOf(old);
    }
  }
}
