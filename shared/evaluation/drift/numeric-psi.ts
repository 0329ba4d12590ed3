import { psi } from "./psi.ts";

/**
 * Population stability index of a number (a feature, or a score) against a reference sample, in one pass: bins are the
 * sample's quantiles, with one more for missing values. Equal values are never split, so there may be fewer bins; of a sample that is all one value there are those of what is below and above it.
 */
export class NumericPsi {
  /** Ascending; bin i holds what is above edge i - 1 and at most edge i. */
  readonly #edges: number[];
  readonly #expected: Float64Array;
  readonly #actual: Float64Array;

  /**
   * @param reference null stands for a missing value.
   * @throws RangeError when the reference holds NaN, or `bins` is not a whole number above 0.
   */
  constructor(reference: readonly (number | null)[], bins = 10) {
    if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`${bins} is not a number of bins`);
    for (const value of reference) checkNumber(value);
    this.#edges = quantileEdges(
      reference.filter((value) => value !== null),
      bins,
    );
    this.#expected = new Float64Array(this.#edges.length + 2);
    this.#actual = new Float64Array(this.#edges.length + 2);
    for (const value of reference) this.#expected[this.#bin(value)]!++;
  }

  /**
   * @param value null when it is missing.
   * @throws RangeError for NaN. It does not count then.
   */
  update(value: number | null): void {
    checkNumber(value);
    this.#actual[this.#bin(value)]!++;
  }

  /** 0 or more; null before the first value, or without a reference. */
  get value(): number | null {
    return psi(this.#expected, this.#actual);
  }

  /** Forgets the values, not the reference. */
  reset(): void {
    this.#actual.fill(0);
  }

  #bin(value: number | null): number {
    return value === null ? this.#edges.length + 1 : binOf(value, this.#edges);
  }
}

/** Where the bins of a sample end: at its quantiles, none twice. Of one that is all one value, below and at it. */
export function quantileEdges(sample: readonly number[], bins: number): number[] {
  const sorted = sample.toSorted((a, b) => a - b);
  const quantiles = Array.from({ length: bins - 1 }, (_, i) => sorted[Math.ceil(((i + 1) * sorted.length) / bins) - 1]);
  const [only] = sorted;
  if (only !== undefined && only === sorted.at(-1)) return [before(only), only];
  // Nothing can be above an edge that is the largest value.
  return [...new Set(quantiles)].filter((edge) => edge !== undefined && edge !== sorted.at(-1)) as number[];
}

/** Bin i holds what is above edge i - 1 and at most edge i. */
export function binOf(value: number, edges: readonly number[]): number {
  let bin = 0;
  while (bin < edges.length && value > edges[bin]!) bin++;
  return bin;
}

function checkNumber(value: number | null): void {
  if (Number.isNaN(value)) throw new RangeError("NaN is not a value; a missing one is null");
}

/** The next number below. */
function before(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  if (value === 0) return -Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}
