import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import { readIndices, writeIndices } from "../artifact/sparse-indices.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { dot } from "../scoring/dot.ts";
import type { Learner } from "./learner.ts";
import type { Loss } from "./loss.ts";

/** Features are taken as at least and at most this large, so that their squares fit 32-bit floats (the least is VW's). */
const SMALLEST = 1.0842021724855044e-19;
const LARGEST = 1e18;
const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;
/** A larger importance counts as this; beyond it the accumulators could overflow in a lifetime. */
const MAX_IMPORTANCE = 1e9;

const MAGIC = "EWAL";
const FORMAT = 1;

/** What an AdaptiveLearner is made with. */
export type AdaptiveOptions = { bits: number; learningRate: number; loss: Loss };

/**
 * Vowpal Wabbit's default update: adaptive (AdaGrad, Duchi, Hazan & Singer 2011), normalised (Ross, Mineiro & Langford
 * 2013, "Normalized online learning", arXiv:1305.6646) and importance-invariant (arXiv:1011.1576).
 *
 * Each index has three 32-bit numbers: weight, sum of squared gradients, largest magnitude of its feature. All other
 * arithmetic has 64 bits and is the same on every engine. Learning allocates nothing.
 */
export class AdaptiveLearner implements Learner {
  readonly weights: Float32Array;
  readonly #loss: Loss;
  readonly #rate: number;
  /** Sums of squared gradients, G. */
  readonly #gradients: Float32Array;
  /** Largest |x| seen, s. */
  readonly #scales: Float32Array;
  /** Sum over examples of importance times normalised squared length, N. */
  #norms = 0;
  /** Sum of importance, T. */
  #importance = 0;
  /** Range of the labels seen, to which predictions are clamped. */
  #lowest: number;
  #highest: number;
  #examples = 0;

  constructor({ bits, learningRate, loss }: AdaptiveOptions) {
    this.weights = new Float32Array(2 ** bits);
    this.#gradients = new Float32Array(2 ** bits);
    this.#scales = new Float32Array(2 ** bits);
    this.#rate = learningRate;
    this.#loss = loss;
    [this.#lowest, this.#highest] = loss.range;
  }

  get examples(): number {
    return this.#examples;
  }

  predict(x: FeatureBuffer): number {
    return this.#clamp(dot(this.weights, x));
  }

  learn(x: FeatureBuffer, label: number, importance: number): number {
    const loss = this.#loss;
    const y = loss.label(label);
    if (!(importance >= 0 && importance < Number.POSITIVE_INFINITY))
      throw new RangeError(`importance ${importance} is not a number from 0`);
    if (y < this.#lowest) this.#lowest = y;
    if (y > this.#highest) this.#highest = y;
    this.#examples++;
    const p = this.predict(x);
    const h = Math.min(importance, MAX_IMPORTANCE);
    const squaredGradient = h * loss.squaredGradient(p, y);
    if (x.length > 0 && !loss.vanishes(p, y) && Math.fround(squaredGradient) > 0) {
      const r = this.#accumulate(x, squaredGradient, h);
      const mean = Math.sqrt(this.#importance / this.#norms);
      this.#step(x, loss.update(p, y, this.#rate * h, r * mean) * mean);
    }
    return loss.value(p, y);
  }

  /**
   * Adds the example to the sums and rescales weights whose feature has outgrown its scale.
   * @returns by how much an update of 1 changes the prediction, before the correction by the mean norm.
   */
  #accumulate(x: FeatureBuffer, squaredGradient: number, importance: number): number {
    const weights = this.weights;
    const gradients = this.#gradients;
    const scales = this.#scales;
    const { indices, values, length } = x;
    let norm = 0;
    let r = 0;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const size = magnitude(values[i]!);
      const square = size * size;
      const gradient = Math.fround(Math.min(gradients[index]! + squaredGradient * square, MAX_FLOAT32));
      gradients[index] = gradient;
      let scale = scales[index]!;
      if (size > scale) {
        if (scale > 0) weights[index]! *= scale / size;
        scales[index] = size;
        scale = scales[index]!;
      }
      norm += square / (scale * scale);
      if (gradient > 0) r += square / (Math.sqrt(gradient) * scale);
    }
    this.#norms += importance * norm;
    this.#importance += importance;
    return r;
  }

  #step(x: FeatureBuffer, update: number): void {
    const weights = this.weights;
    const gradients = this.#gradients;
    const scales = this.#scales;
    const { indices, values, length } = x;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const gradient = gradients[index]!;
      const value = values[i]!;
      const size = value < 0 ? -magnitude(value) : magnitude(value);
      if (gradient > 0) weights[index]! += (update * size) / (Math.sqrt(gradient) * scales[index]!);
    }
  }

  #clamp(score: number): number {
    return Math.min(Math.max(score, this.#lowest), this.#highest);
  }

  state(): Uint8Array {
    const writer = new ByteWriter();
    writer.ascii(MAGIC);
    writer.byte(FORMAT);
    writer.varint(this.weights.length);
    for (const value of [this.#norms, this.#importance, this.#lowest, this.#highest, this.#examples])
      writer.float64(value);
    const touched = this.#touched();
    writeIndices(writer, touched);
    for (const index of touched) writer.float32(this.weights[index]!);
    for (const index of touched) writer.float32(this.#gradients[index]!);
    for (const index of touched) writer.float32(this.#scales[index]!);
    return writer.finish();
  }

  restore(state: Uint8Array): void {
    const size = this.weights.length;
    const reader = new ByteReader(state, "learner state");
    reader.expectHeader(MAGIC, FORMAT);
    const itsSize = reader.varint("size of the table");
    if (itsSize !== size) throw reader.error(`its table has ${itsSize} weights, this learner's ${size}`);
    const finite = (field: string): number => {
      const value = reader.float64(field);
      if (!Number.isFinite(value)) throw reader.error(`its ${field} is not a finite number`);
      return value;
    };
    const norms = finite("sum of norms");
    const importance = finite("sum of importance");
    const lowest = finite("lowest label");
    const highest = finite("highest label");
    const examples = finite("number of examples");
    const sums = norms > 0 ? importance > 0 : norms === 0 && importance === 0;
    if (!(sums && lowest <= highest && Number.isSafeInteger(examples) && examples >= 0))
      throw reader.error("its sums are out of range");
    const indices = readIndices(reader, size, 12);
    const column = (field: string): Float32Array => {
      const values = new Float32Array(indices.length);
      for (let i = 0; i < values.length; i++) {
        values[i] = reader.float32(field);
        if (!Number.isFinite(values[i])) throw reader.error(`a ${field} is not a finite number`);
      }
      return values;
    };
    const columns = [column("weight"), column("sum of gradients"), column("scale")] as const;
    if (!columns[1].every((g) => g >= 0)) throw reader.error("a sum of gradients is negative");
    if (!columns[2].every((s) => s > 0)) throw reader.error("a scale is not above 0");
    reader.expectEnd();
    [this.weights, this.#gradients, this.#scales].forEach((array, c) => {
      array.fill(0);
      indices.forEach((index, i) => {
        array[index] = columns[c]![i]!;
      });
    });
    this.#norms = norms;
    this.#importance = importance;
    this.#lowest = lowest;
    this.#highest = highest;
    this.#examples = examples;
  }

  /** Indices that anything is known of: an update gives every index a scale. */
  #touched(): Uint32Array {
    const scales = this.#scales;
    let count = 0;
    for (let i = 0; i < scales.length; i++) if (scales[i]! > 0) count++;
    const indices = new Uint32Array(count);
    let n = 0;
    for (let i = 0; i < scales.length; i++) if (scales[i]! > 0) indices[n++] = i;
    return indices;
  }
}

/** |value| within the range whose squares fit. */
function magnitude(value: number): number {
  return Math.min(Math.max(Math.abs(value), SMALLEST), LARGEST);
}
