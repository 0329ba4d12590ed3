import { FROM_ZERO } from "../../artifact/sparse-table.ts";
import { readParts, type StatePart } from "../../artifact/state-part.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { isStraight } from "../../features/straight-features.ts";
import { fromZero, sumOf, sumsPart, tablePart } from "../learner-state.ts";
import { MAX_FLOAT32 } from "../magnitude.ts";

/**
 * Least variance of a score before anything is known of any of its features, in units of the labels' noise. They share it: an action that has many features is not less known than one that has few. With so
 * much for each feature, actions that were new and had a dozen were tried far too often; and with a hundredth, what one number decides alone was not found out.
 */
const UNKNOWN = 0.5;
/** What is published keeps two bits of its mantissa: a width need not be exact, and what changes with each example would fill every delta. */
const KEPT_BITS = 0xffe00000;
/** Of what is known a variance is never 0, so that it is told from what is not: the least normal number of 32 bits. */
const LEAST = 2 ** -126;

/**
 * How much the examples tell of each feature by itself: the sum of its squared values, by which a regression on it alone knows its weight. So the width of a score, what it may be wrong by, is that
 * of features that are independent (the diagonal of LinUCB's matrix; Li, Chu, Langford & Schapire 2010). It is kept of what tells an action from others (straight-features.ts).
 */
export class Information implements StatePart {
  readonly #sums: Float32Array;
  /** Of the examples, and of the squared lengths of what they have, over the features' scales. */
  readonly #known = { importance: 0, length: 0 };
  readonly #parts: readonly StatePart[];
  readonly #prior: () => number;

  /** @param prior variance that the weights of features over their scales have shown to have: none is taken to be known better before it was met. */
  constructor(size: number, prior: () => number) {
    this.#prior = prior;
    this.#sums = new Float32Array(size);
    const sums = sumsPart([
      sumOf(this.#known, "importance", "sum of importance of what tells actions apart", fromZero),
      sumOf(this.#known, "length", "sum of lengths of what tells actions apart", fromZero),
    ]);
    const column = { name: "information", values: this.#sums, ranges: [FROM_ZERO] };
    this.#parts = [sums, tablePart(size, [column], (i) => this.#sums[i]! > 0)];
  }

  /** Variance that a feature has of which nothing is known, over its scale. */
  get unknown(): number {
    const { importance, length } = this.#known;
    const shared = UNKNOWN / Math.max(length / importance || 1, 1);
    return rounded(Float32Array.of(Math.max(shared, this.#prior())))[0]!;
  }

  /**
   * @param importance above 0.
   * @param inverse gives 1 over an index's scale, the largest value that it had.
   */
  learn(x: FeatureBuffer, importance: number, inverse: (index: number) => number): void {
    const { indices, values, common, straight, length } = x;
    const end = straight || length;
    for (let i = common; i < end; i++) {
      if (!isStraight(x, i)) continue;
      const index = indices[i]!;
      const value = values[i]!;
      this.#sums[index] = Math.min(this.#sums[index]! + importance * value * value, MAX_FLOAT32);
      this.#known.length += importance * Math.min((value * inverse(index)) ** 2, 1);
    }
    this.#known.importance += importance;
  }

  /** The variance of each index's weight of raw values, in units of the labels' noise; 0 of one of which nothing is known. @param inverse as of `learn`. */
  variances(inverse: (index: number) => number): Float32Array {
    const { unknown } = this;
    return rounded(this.#sums.map((sum, index) => (sum > 0 ? variance(sum, inverse(index), unknown) : 0)));
  }

  /** What a score of these features may be wrong by, in units of the labels' noise. @param inverse as of `learn`. */
  width(x: FeatureBuffer, inverse: (index: number) => number): number {
    const { indices, values, common, straight, length } = x;
    const { unknown } = this;
    const end = straight || length;
    let width = 0;
    for (let i = common; i < end; i++) {
      const value = values[i]!;
      if (value === 0 || !isStraight(x, i)) continue;
      const sum = this.#sums[indices[i]!]!;
      width += sum > 0 ? variance(sum, inverse(indices[i]!), unknown) * value * value : unknown;
    }
    return Math.sqrt(Math.min(width, Number.MAX_VALUE));
  }

  write: StatePart["write"] = (writer) => {
    for (const part of this.#parts) part.write(writer);
  };
  read: StatePart["read"] = (reader, format) => readParts(reader, format, this.#parts);
}

/** @param sum of squared values. */
function variance(sum: number, inverse: number, unknown: number): number {
  const scale = 1 / inverse;
  return Math.max(1 / (Math.min(scale * scale, MAX_FLOAT32) / unknown + sum), LEAST);
}

function rounded(numbers: Float32Array): Float32Array {
  const bits = new Uint32Array(numbers.buffer);
  for (let i = 0; i < bits.length; i++) bits[i]! &= KEPT_BITS;
  return numbers;
}
