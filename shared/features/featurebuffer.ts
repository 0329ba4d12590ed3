import type { FeaturePart } from "../contract/calls.ts";
import type { FeatureValue } from "../contract/values.ts";

/** Keeps what each feature of a buffer was made from, in their order: one value, or as many as interact (feature-parts.ts). */
export interface KeptParts {
  readonly list: (readonly FeaturePart[])[];
  /** One for another buffer. */
  another(): KeptParts;
  /**
   * Names the features that `value` has just added to a buffer, and to those that stand apart.
   * @param apart of a number that was treated, else null.
   */
  add(
    source: Pick<FeaturePart, "namespace" | "name">,
    value: FeatureValue | undefined,
    into: FeatureBuffer,
    apart?: { linear: FeatureBuffer; fine: FeatureBuffer } | null,
  ): void;
  /** Names features that were copied from another buffer, from `start` to before `end`. */
  append(from: KeptParts, start: number, end: number): void;
}

/**
 * The features of one action, ready for the head: index `indices[i]` has value `values[i]`, for `i < length`.
 * It is used again for every action, so scoring allocates nothing. Read the arrays anew after a push: they are replaced
 * when they grow.
 */
export class FeatureBuffer {
  indices: Uint32Array;
  values: Float64Array;
  length = 0;
  /** How many of the features, from the first, are no interactions of others; 0 when nobody has said. */
  singles = 0;
  /** How many of those, from the first, do without the finer features of numbers; 0 when nobody has said. */
  plain = 0;
  /** How many of the features, from the first, are no interactions, or such as are joined first (numeric.ts); 0 when nobody has said. */
  straight = 0;
  /** How many of the features, from the first, all actions of the decision have in common; 0 when nobody has said. */
  common = 0;
  /** What each feature was made from; null unless it was asked for. */
  parts: KeptParts | null = null;

  constructor(capacity = 256) {
    this.indices = new Uint32Array(capacity);
    this.values = new Float64Array(capacity);
  }

  push(index: number, value: number): void {
    this.reserve(1);
    this.indices[this.length] = index;
    this.values[this.length] = value;
    this.length++;
  }

  /** Makes room for `more` features after those that are there. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.indices.length) return;
    const capacity = Math.max(needed, 2 * this.indices.length);
    const { indices, values } = this;
    this.indices = new Uint32Array(capacity);
    this.values = new Float64Array(capacity);
    this.indices.set(indices);
    this.values.set(values);
  }

  clear(): void {
    this.length = this.singles = this.plain = this.straight = this.common = 0;
    this.parts = null;
  }
}
