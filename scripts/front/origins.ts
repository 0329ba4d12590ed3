/**
 * Which pages may read answers: the Worker knows that by its keys, and the front by the Worker's answers. So a page that is sent away can read when to come again.
 */
export class Origins {
  readonly #limits: { most: number; age: number };
  readonly #now: () => number;
  readonly #allowed = new Map<string, number>();

  /** @param now ms. */
  constructor(limits: { most: number; age: number }, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** An answer said whose pages may read it. */
  allow(origin: string): void {
    this.#allowed.delete(origin);
    this.#allowed.set(origin, this.#now());
    if (this.#allowed.size > this.#limits.most) this.#allowed.delete(this.#allowed.keys().next().value!);
  }

  isAllowed(origin: string): boolean {
    const at = this.#allowed.get(origin);
    return at !== undefined && this.#now() - at < this.#limits.age;
  }
}
