import { psi } from "./psi.ts";

/**
 * Population stability index of a category against a reference sample, in one pass: one bin for each of its categories, and
 * one for all that it does not have.
 */
export class CategoricalPsi {
  readonly #bins = new Map<string, number>();
  readonly #expected: Float64Array;
  readonly #actual: Float64Array;

  constructor(reference: readonly string[]) {
    for (const category of reference) if (!this.#bins.has(category)) this.#bins.set(category, this.#bins.size);
    this.#expected = new Float64Array(this.#bins.size + 1);
    this.#actual = new Float64Array(this.#bins.size + 1);
    for (const category of reference) this.#expected[this.#bin(category)]!++;
  }

  update(category: string): void {
    this.#actual[this.#bin(category)]!++;
  }

  /** 0 or more; null before the first value, or without a reference. */
  get value(): number | null {
    return psi(this.#expected, this.#actual);
  }

  /** Forgets the values, not the reference. */
  reset(): void {
    this.#actual.fill(0);
  }

  #bin(category: string): number {
    return this.#bins.get(category) ?? this.#bins.size;
  }
}
