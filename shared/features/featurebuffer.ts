import type { FeaturePart } from "../contract/calls.ts";

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
  /** How many of the features, from the first, all actions of the decision have in common; 0 when nobody has said. */
  common = 0;
  /** What each feature was made from, in their order: one value, or as many as interact; null unless it was asked for. */
  parts: (readonly FeaturePart[])[] | null = null;

  constructor(capacity = 256) {
    this.indices = new Uint32Array(capacity);
    this.values = new Float64Array(capacity);
  }

  push(index: number, value: number): void {
    if (this.length === this.indices.length) this.reserve(1);
    this.indices[this.length] = index;
    this.values[this.length] = value;
    this.length++;
  }

  /** Makes room for `more` features after those that are there. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.indices.length) return;
    const capacity = Math.max(needed, 2 * this.indices.length);
    const indices = new Uint32Array(capacity);
    const values = new Float64Array(capacity);
    indices.set(this.indices.subarray(0, this.length));
    values.set(this.values.subarray(0, this.length));
    this.indices = indices;
    this.values = values;
  }

  /** Replaces what is here with the features of another, and what is known of their order; not with their parts. */
  copy({ indices, values, length, singles, plain, common }: FeatureBuffer): void {
    this.clear();
    this.reserve(length);
    this.indices.set(indices.subarray(0, length));
    this.values.set(values.subarray(0, length));
    Object.assign(this, { length, singles, plain, common });
  }

  clear(): void {
    this.length = 0;
    this.singles = 0;
    this.plain = 0;
    this.common = 0;
    this.parts = null;
  }
}
