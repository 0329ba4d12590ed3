import type { ByteReader } from "../../artifact/byte-reader.ts";
import type { ByteWriter } from "../../artifact/byte-writer.ts";
import { FROM_ZERO } from "../../artifact/sparse-table.ts";
import { readParts, type StatePart } from "../../artifact/state-part.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { tablePart } from "../learner-state.ts";
import { clampFloat32, MAX_FLOAT32, magnitude } from "../magnitude.ts";
import { CANDIDATES } from "./candidates.ts";

/** Numbers an index in the two tables. */
const ALL = 4;
const SINGLE = 4;
/** The format of auto's state from which on the mixed weights are kept. */
export const MIXED_SINCE = 3;
const FORGET = CANDIDATES[1].decay;

/**
 * What the four candidates know of each index, and the loops that learn it. Candidates share each feature's scale and each example's
 * look-up, so the four cost less than four.
 *
 * An example is scored, accumulated and stepped, in this order.
 */
export class CandidateTables implements StatePart {
  /** The weights that are published, of raw values: each is mixed when its feature is learned, and all by `mix`. */
  readonly #mixed: Float32Array;
  readonly #size: number;
  /** What `accumulate` found: by how much an update of 1 changes each candidate's score. */
  readonly reach = new Float64Array(CANDIDATES.length);
  /** And the normalised squared length of the features that are seen. */
  readonly norms = { all: 0, straight: 0, single: 0, plain: 0 };
  /**
   * For each index: 1 over its scale, 0 while it has none; the weights of the two candidates that see all features; their mean sum of
   * squared gradients (one for both costs no accuracy, and saves a square root and a quarter of the memory that is gone through).
   */
  readonly #all: Float32Array;
  /** For each index: weight and sum of squared gradients of the two that see no interactions. */
  readonly #single: Float32Array;
  /** 1 for an index that has something in `#single`: of an interaction it mostly has not, and need not be looked up. */
  readonly #isSingle: Uint8Array;
  /** Values of the example over their scales. */
  #normalised = new Float64Array(256);
  /** Steps of the weights for an update of 1: of the candidates that see all features, and of the other two. */
  #steps = new Float64Array(256);
  #singleSteps = new Float64Array(256);
  #plainSteps = new Float64Array(256);

  /** @param mixed where the mixed weights go, one for each index. */
  constructor(mixed: Float32Array) {
    this.#mixed = mixed;
    this.#size = mixed.length;
    this.#all = new Float32Array(ALL * this.#size);
    this.#single = new Float32Array(SINGLE * this.#size);
    this.#isSingle = new Uint8Array(this.#size);
  }

  /** The candidates' scores, unclamped, and the values over their scales. */
  score(x: FeatureBuffer, scores: Float64Array): void {
    const { indices, values, length } = x;
    const singles = x.singles || length;
    const plain = x.plain || singles;
    const straight = x.straight || length;
    if (this.#normalised.length < length) {
      this.#normalised = new Float64Array(2 * length);
      this.#steps = new Float64Array(2 * length);
      this.#singleSteps = new Float64Array(2 * length);
      this.#plainSteps = new Float64Array(2 * length);
    }
    const normalised = this.#normalised;
    const all = this.#all;
    const single = this.#single;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    // Two loops: V8 is faster in small ones, and most features are interactions.
    for (let i = 0; i < singles; i++) {
      const at = ALL * indices[i]!;
      const to = SINGLE * indices[i]!;
      const ratio = values[i]! * all[at]!;
      normalised[i] = ratio;
      const u = atMostOne(ratio);
      s2 += all[at + 1]! * u;
      s3 += all[at + 2]! * u;
      s0 += single[to]! * u;
      if (i < plain) s1 += single[to + 2]! * u;
    }
    for (let i = singles; i < straight; i++) {
      const at = ALL * indices[i]!;
      const ratio = values[i]! * all[at]!;
      normalised[i] = ratio;
      const u = atMostOne(ratio);
      s2 += all[at + 1]! * u;
      s3 += all[at + 2]! * u;
    }
    for (let i = straight; i < length; i++) {
      const at = ALL * indices[i]!;
      const ratio = values[i]! * all[at]!;
      normalised[i] = ratio;
      s3 += all[at + 2]! * atMostOne(ratio);
    }
    scores[0] = s0;
    scores[1] = s1;
    scores[2] = s2;
    scores[3] = s3;
  }

  /**
   * Adds the example to the sums, and finds its steps, `reach` and `norms`.
   * @param squaredGradients of each candidate.
   * @param start what every sum of squared gradients begins with.
   */
  accumulate(x: FeatureBuffer, squaredGradients: Float64Array, start: number): void {
    const { indices, values, length } = x;
    const singles = x.singles || length;
    const plain = x.plain || singles;
    const straight = x.straight || length;
    const normalised = this.#normalised;
    const steps = this.#steps;
    const singleSteps = this.#singleSteps;
    const plainSteps = this.#plainSteps;
    const all = this.#all;
    const single = this.#single;
    const g0 = squaredGradients[0]!;
    const g1 = squaredGradients[1]!;
    let g = Math.min(0.5 * (squaredGradients[2]! + squaredGradients[3]!), MAX_FLOAT32);
    let norm = 0;
    let singleNorm = 0;
    let plainNorm = 0;
    let r0 = 0;
    let r1 = 0;
    let r = 0;
    for (let i = 0; i < singles; i++) {
      const index = indices[i]!;
      const at = ALL * index;
      const to = SINGLE * index;
      let u = normalised[i]!;
      if (!(u !== 0 && Math.abs(u) <= 1)) u = this.#grow(index, values[i]!);
      const square = u * u;
      norm += square;
      const sum = Math.min(all[at + 3]! + g * square, MAX_FLOAT32);
      all[at + 3] = sum;
      const step = u / Math.sqrt(sum + start);
      steps[i] = step;
      r += step * u;
      singleNorm += square;
      const singleSum = Math.min(single[to + 1]! + g0 * square, MAX_FLOAT32);
      single[to + 1] = singleSum;
      const singleStep = u / Math.sqrt(singleSum + start);
      singleSteps[i] = singleStep;
      r0 += singleStep * u;
      if (i >= plain) continue;
      plainNorm += square;
      const plainSum = Math.min(single[to + 3]! * FORGET + g1 * square, MAX_FLOAT32);
      single[to + 3] = plainSum;
      const plainStep = u / Math.sqrt(plainSum + start);
      plainSteps[i] = plainStep;
      r1 += plainStep * u;
    }
    let straightNorm = norm;
    let r2 = r;
    for (let i = singles; i < length; i++) {
      if (i === straight) [straightNorm, r2, g] = [norm, r, squaredGradients[3]!];
      // V8 checks the arrays once only before loops that are small and call nothing.
      const end = i < straight ? straight : length;
      for (; i < end; i++) {
        const at = ALL * indices[i]!;
        const u = normalised[i]!;
        if (!(u !== 0 && Math.abs(u) <= 1)) break;
        const square = u * u;
        norm += square;
        const sum = Math.min(all[at + 3]! + g * square, MAX_FLOAT32);
        all[at + 3] = sum;
        const step = u / Math.sqrt(sum + start);
        steps[i] = step;
        r += step * u;
      }
      if (i === end) {
        i--;
        continue;
      }
      const index = indices[i]!;
      const at = ALL * index;
      const u = this.#grow(index, values[i]!);
      const square = u * u;
      norm += square;
      const sum = Math.min(all[at + 3]! + g * square, MAX_FLOAT32);
      all[at + 3] = sum;
      const step = u / Math.sqrt(sum + start);
      steps[i] = step;
      r += step * u;
    }
    if (straight === length) [straightNorm, r2] = [norm, r];
    this.norms.all = norm;
    this.norms.straight = straightNorm;
    this.norms.single = singleNorm;
    this.norms.plain = plainNorm;
    const reach = this.reach;
    reach[0] = r0;
    reach[1] = r1;
    reach[2] = r2;
    reach[3] = r;
  }

  /**
   * Sets the feature's scale when the value is larger, and its sums of squares to the new unit.
   * @returns the value over its scale.
   */
  #grow(index: number, value: number): number {
    const all = this.#all;
    const single = this.#single;
    const before = all[ALL * index]!;
    if (value * before === 1) return 1;
    const size = magnitude(value);
    const inverse = Math.fround(1 / size);
    if (before === 0 || inverse < before) {
      const shrink = (inverse / before) * (inverse / before);
      all[ALL * index] = inverse;
      if (before > 0) {
        all[ALL * index + 3]! *= shrink;
        single[SINGLE * index + 1]! *= shrink;
        single[SINGLE * index + 3]! *= shrink;
      }
    }
    return atMostOne((value < 0 ? -size : size) * all[ALL * index]!);
  }

  /**
   * Moves the weights of each candidate by its update, and mixes what was moved.
   * @param mixture weights of the candidates.
   */
  step(x: FeatureBuffer, updates: Float64Array, mixture: Float64Array): void {
    const { indices, length } = x;
    const singles = x.singles || length;
    const plain = x.plain || singles;
    const straight = x.straight || length;
    const steps = this.#steps;
    const singleSteps = this.#singleSteps;
    const plainSteps = this.#plainSteps;
    const all = this.#all;
    const single = this.#single;
    const isSingle = this.#isSingle;
    const mixed = this.#mixed;
    const [u0, u1, u2, u3] = updates as unknown as Four;
    const [m0, m1, m2, m3] = mixture as unknown as Four;
    for (let i = 0; i < singles; i++) {
      const to = SINGLE * indices[i]!;
      single[to] = clampFloat32(single[to]! + u0 * singleSteps[i]!);
      if (i < plain) single[to + 2] = clampFloat32(single[to + 2]! + u1 * plainSteps[i]!);
      isSingle[indices[i]!] = 1;
    }
    for (let i = 0; i < singles; i++) {
      const index = indices[i]!;
      const at = ALL * index;
      const to = SINGLE * index;
      const step = steps[i]!;
      all[at + 1] = clampFloat32(all[at + 1]! + u2 * step);
      all[at + 2] = clampFloat32(all[at + 2]! + u3 * step);
      const sum = m0 * single[to]! + m1 * single[to + 2]! + m2 * all[at + 1]! + m3 * all[at + 2]!;
      mixed[index] = clampFloat32(sum * all[at]!);
    }
    for (let i = singles; i < length; i++) {
      const index = indices[i]!;
      const at = ALL * index;
      const step = steps[i]!;
      if (i < straight) all[at + 1] = clampFloat32(all[at + 1]! + u2 * step);
      all[at + 2] = clampFloat32(all[at + 2]! + u3 * step);
      // Most are of no single feature, and a look at that table would be a cache miss each.
      const to = SINGLE * index;
      let sum = m2 * all[at + 1]! + m3 * all[at + 2]!;
      if (isSingle[index] === 1) sum = m0 * single[to]! + m1 * single[to + 2]! + m2 * all[at + 1]! + m3 * all[at + 2]!;
      mixed[index] = clampFloat32(sum * all[at]!);
    }
  }

  /** 1 over the scale of an index; 0: it has none. */
  readonly inverse = (index: number): number => this.#all[ALL * index]!;

  /** Mixes the weights of one index. @param other what another candidate adds, which is mixed by now, of its value over its scale. */
  mixOne(index: number, mixture: Float64Array, other: number): void {
    const all = this.#all;
    const single = this.#single;
    const [m0, m1, m2, m3] = mixture as unknown as Four;
    const at = ALL * index;
    const to = SINGLE * index;
    const sum = m0 * single[to]! + m1 * single[to + 2]! + m2 * all[at + 1]! + m3 * all[at + 2]! + other;
    this.#mixed[index] = clampFloat32(sum * all[at]!);
  }

  /** Mixes the weights of all indices. */
  mix(mixture: Float64Array): void {
    const all = this.#all;
    const single = this.#single;
    const [m0, m1, m2, m3] = mixture as unknown as Four;
    for (let i = 0; i < this.#size; i++) {
      const at = ALL * i;
      const to = SINGLE * i;
      const inverse = all[at]!;
      if (inverse === 0) continue;
      const sum = m0 * single[to]! + m1 * single[to + 2]! + m2 * all[at + 1]! + m3 * all[at + 2]!;
      this.#mixed[i] = clampFloat32(sum * inverse);
    }
  }

  write(writer: ByteWriter): void {
    for (const part of this.#parts(true)) part.write(writer);
  }

  read(reader: ByteReader, format: number): () => void {
    const apply = readParts(reader, format, this.#parts(format >= MIXED_SINCE));
    return () => {
      apply();
      for (let i = 0; i < this.#size; i++) this.#isSingle[i] = Number(this.#knowsSingle(i));
    };
  }

  /** @param mixed with the mixed weights. */
  #parts(mixed: boolean): StatePart[] {
    const all = { name: "number", values: this.#all, each: ALL, ranges: [FROM_ZERO, null, null, FROM_ZERO] };
    const single = { name: "number", values: this.#single, each: SINGLE, ranges: [null, FROM_ZERO, null, FROM_ZERO] };
    const weights = { name: "mixed weight", values: this.#mixed };
    return [
      tablePart(this.#size, mixed ? [all, weights] : [all], (i) => this.#all[ALL * i]! > 0),
      tablePart(this.#size, [single], (i) => this.#knowsSingle(i)),
    ];
  }

  /** Whether a candidate without interactions knows anything of the index. */
  #knowsSingle(i: number): boolean {
    for (let c = 0; c < SINGLE; c++) if (this.#single[SINGLE * i + c] !== 0) return true;
    return false;
  }
}

type Four = [number, number, number, number];

/** A value over its scale: a larger one has not been scaled yet. */
const atMostOne = (u: number): number => Math.min(Math.max(u, -1), 1);
