import type { ByteReader } from "../../artifact/byte-reader.ts";
import type { ByteWriter } from "../../artifact/byte-writer.ts";
import type { Evidence } from "./prior-variance.ts";

/** Most features of a block. */
export const MOST_IN_BLOCK = 128;
/** A value that is so many times as large as any before begins anew: what was learned of it was of something else. */
const MOST_GROWTH = 8;
const FIRST_ROOM = 16;
/** An example changes all weights of a block a little; those of features that it has not are published with every so manieth. */
const UNTOLD = 8;

/** Where a row of the triangle begins. */
const rowOf = (at: number): number => (at * (at + 1)) / 2;

/** Features whose weights are known together: weights of values over their scales, and the covariances of their errors, in units of the labels' noise. */
export class RidgeBlock {
  readonly indices: number[] = [];
  /** The number of the example that had one of them last. */
  met = 0;
  /** How many examples it has learned since it told of all its weights. */
  #untold = 0;
  /** 1 over the scales. */
  #inverses = new Float64Array(FIRST_ROOM);
  #weights = new Float64Array(FIRST_ROOM);
  /** Variances of the weights before anything was known of them. */
  #priors = new Float64Array(FIRST_ROOM);
  /** Its lower triangle, row by row. */
  #covariance = new Float64Array(rowOf(FIRST_ROOM));
  /** The example's values over their scales, and the product of the covariance with them. */
  #values = new Float64Array(FIRST_ROOM);
  #gain = new Float64Array(FIRST_ROOM);

  get length(): number {
    return this.indices.length;
  }

  get isFull(): boolean {
    return this.length >= MOST_IN_BLOCK;
  }

  /** @returns its place. */
  add(index: number, inverse: number, variance: number): number {
    const at = this.length;
    if (at === this.#weights.length) this.#widen(2 * at);
    this.indices.push(index);
    this.#inverses[at] = inverse;
    this.#covariance[rowOf(at) + at] = variance;
    this.#priors[at] = variance;
    return at;
  }

  /** What the feature adds to a score. */
  product(at: number, value: number): number {
    return this.#weights[at]! * atMostOne(value * this.#inverses[at]!);
  }

  /** Begins an example. */
  meet(example: number): void {
    this.met = example;
    this.#values.fill(0);
    this.#gain.fill(0);
  }

  /** The scale has grown, or not: weight and covariances are of values over the new one. @param variance of a feature that begins anew. */
  rescale(at: number, inverse: number, variance: number): void {
    const growth = this.#inverses[at]! / inverse;
    if (!(growth > 1)) return;
    this.#inverses[at] = inverse;
    const factor = growth > MOST_GROWTH ? 0 : growth;
    const covariance = this.#covariance;
    this.#weights[at]! *= factor;
    for (let j = 0; j <= at; j++) covariance[rowOf(at) + j]! *= factor;
    for (let j = at; j < this.length; j++) covariance[rowOf(j) + at]! *= factor;
    this.#priors[at]! *= factor * factor;
    if (factor === 0) {
      covariance[rowOf(at) + at] = variance;
      this.#priors[at] = variance;
    }
  }

  /** Takes a feature of the example. */
  take(at: number, value: number): void {
    this.#values[at]! += atMostOne(value * this.#inverses[at]!);
  }

  /** Variance of what the block adds to the example's score. */
  spread(): number {
    const { length } = this;
    const values = this.#values;
    const gain = this.#gain;
    const covariance = this.#covariance;
    let sum = 0;
    for (let i = 0, row = 0; i < length; i++, row += i) {
      const u = values[i]!;
      let product = 0;
      for (let j = 0; j < i; j++) product += covariance[row + j]! * values[j]!;
      if (u !== 0) for (let j = 0; j < i; j++) gain[j]! += covariance[row + j]! * u;
      gain[i] = product + covariance[row + i]! * u;
    }
    for (let i = 0; i < length; i++) sum += values[i]! * gain[i]!;
    return sum;
  }

  /** One step of the filter. @param told the information of the example, over what is known of it by now. */
  learn(told: number, error: number): void {
    const { length } = this;
    const gain = this.#gain;
    const weights = this.#weights;
    const covariance = this.#covariance;
    for (let i = 0, row = 0; i < length; i++, row += i) {
      const g = told * gain[i]!;
      if (g === 0) continue;
      weights[i]! += g * error;
      for (let j = 0; j <= i; j++) covariance[row + j]! -= g * gain[j]!;
      if (covariance[row + i]! < 0) covariance[row + i] = 0;
    }
    this.#untold++;
  }

  /**
   * Takes the weights to have had another variance before anything was known of them. That a weight is 0, give or take its prior, is told like an example that has this feature alone; so what the old prior told
   * is taken back, and what the new one tells is learned.
   * @param isOwn whether a feature's variance is its own, and stays.
   */
  setPrior(variance: number, isOwn: (index: number) => boolean): void {
    const { length } = this;
    const gain = this.#gain;
    const covariance = this.#covariance;
    for (let k = 0; k < length; k++) {
      if (isOwn(this.indices[k]!)) continue;
      for (let j = 0; j < k; j++) gain[j] = covariance[rowOf(k) + j]!;
      for (let i = k; i < length; i++) gain[i] = covariance[rowOf(i) + k]!;
      const precision = 1 / variance - 1 / this.#priors[k]!;
      const divisor = 1 + precision * gain[k]!;
      // No weight can be known less than its prior says; but for rounding.
      if (!(divisor > 0)) continue;
      this.#priors[k] = variance;
      this.learn(precision / divisor, -this.#weights[k]!);
    }
  }

  /** Adds what its weights tell of their variance. @param isOwn as of `setPrior`. */
  addEvidence(evidence: Evidence, isOwn: (index: number) => boolean): void {
    for (let i = 0; i < this.length; i++) {
      if (isOwn(this.indices[i]!)) continue;
      evidence.squares += this.#weights[i]! ** 2;
      evidence.known += Math.max(1 - this.#covariance[rowOf(i) + i]! / this.#priors[i]!, 0);
    }
  }

  /** Whether it has learned so much that all its weights are to be told of. */
  get isDue(): boolean {
    return this.#untold >= UNTOLD;
  }

  weight(at: number): number {
    return this.#weights[at]!;
  }

  tell(each: (index: number) => void): void {
    this.#untold = 0;
    for (const index of this.indices) each(index);
  }

  #widen(room: number): void {
    const wider = (numbers: Float64Array, length: number) => {
      const result = new Float64Array(length);
      result.set(numbers);
      return result;
    };
    this.#covariance = wider(this.#covariance, rowOf(room));
    this.#inverses = wider(this.#inverses, room);
    this.#weights = wider(this.#weights, room);
    this.#values = wider(this.#values, room);
    this.#gain = wider(this.#gain, room);
    this.#priors = wider(this.#priors, room);
  }

  /** @param usual the prior variance of nearly all: only others are written. */
  write(writer: ByteWriter, usual: number): void {
    const own = this.indices.flatMap((_, i) => (this.#priors[i] === usual ? [] : [i]));
    writer.varint(this.length);
    writer.float64(this.met);
    writer.varint(2 * this.#untold + Number(own.length > 0));
    if (own.length > 0) writer.varint(own.length);
    for (const at of own) {
      writer.varint(at);
      writer.float64(this.#priors[at]!);
    }
    this.indices.forEach((index, i) => {
      writer.varint(index);
      writer.float64(this.#inverses[i]!);
      writer.finite(this.#weights[i]!, "weight of the ridge regression");
      for (let j = 0; j <= i; j++) writer.finite(this.#covariance[rowOf(i) + j]!, "covariance");
    });
  }

  /** Reads what `write` wrote, in a block that has nothing yet. */
  read(reader: ByteReader, usual: number): void {
    const count = reader.varint("number of features of a block");
    if (!(count > 0 && count <= MOST_IN_BLOCK)) throw reader.error("a block has too many features, or none");
    this.met = reader.finite("example of a block");
    const untold = reader.varint("number of examples since it was told of");
    this.#untold = Math.floor(untold / 2);
    const own = new Map<number, number>();
    for (let left = untold % 2 === 0 ? 0 : reader.varint("number of priors"); left > 0; left--) {
      const at = reader.varint("place of a prior");
      const prior = reader.finite("prior variance");
      if (!(at < count && prior > 0)) throw reader.error("a prior variance of its blocks is out of range");
      own.set(at, prior);
    }
    for (let i = 0; i < count; i++) {
      const index = reader.varint("index of a block");
      const inverse = reader.finite("scale of a block");
      if (!(inverse > 0)) throw reader.error("a scale of its blocks is out of range");
      this.add(index, inverse, own.get(i) ?? usual);
      this.#weights[i] = reader.finite("weight of a block");
      for (let j = 0; j <= i; j++) this.#covariance[rowOf(i) + j] = reader.finite("covariance");
      if (!(this.#covariance[rowOf(i) + i]! >= 0)) throw reader.error("a variance of its blocks is out of range");
    }
  }
}

/** A value over its scale: a larger one has not been scaled yet. */
const atMostOne = (u: number): number => Math.min(Math.max(u, -1), 1);
