import { ByteReader } from "../../artifact/byte-reader.ts";
import { ByteWriter } from "../../artifact/byte-writer.ts";
import { type Column, FROM_ZERO, writeRows } from "../../artifact/sparse-table.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { Learner } from "../learner.ts";
import type { Loss } from "../loss.ts";
import { checkImportance, clampFloat32, MAX_FLOAT32, MAX_IMPORTANCE, magnitude } from "../magnitude.ts";
import { readRows, touchedIndices } from "../table-state.ts";
import { Mixture } from "./mixture.ts";

const MAGIC = "EWAU";
const FORMAT = 2;

/** One candidate: AdaGrad with this rate, on all features or on those that are no interactions. */
type Candidate = { name: string; features: "all" | "single" | "plain"; learningRate: number; decay: number };

/** Found by trying all fours of twelve on 15 streams of 350 to 15,000 examples, and confirmed on 97 others; see AutoLearner. */
const CANDIDATES = [
  { name: "steady", features: "single", learningRate: 0.4, decay: 1 },
  { name: "agile", features: "plain", learningRate: 2, decay: 0.999 },
  { name: "steady with interactions", features: "all", learningRate: 0.15, decay: 1 },
  { name: "agile with interactions", features: "all", learningRate: 0.6, decay: 1 },
] as const satisfies readonly Candidate[];

/**
 * Sum of squared gradients that every index begins with, in units of the first such gradient when nothing is known: a feature
 * that was seen once is not believed at once. From a third to double of it made no difference on 93 streams; 0 was worse on most.
 */
const START = 0.4;

/** What an AutoLearner made of its candidates, and why. */
export type AutoReport = {
  /** Decayed mean loss, over about the last 500 examples, of what is served; null before the first example. */
  recentLoss: number | null;
  candidates: {
    name: string;
    /** What it sees: all features, those that are no interactions, or those without the finer features of numbers. */
    features: "all" | "single" | "plain";
    learningRate: number;
    /** Share of the sum of squared gradients that an example lets a feature forget. */
    forgetting: number;
    /** Decayed mean loss of this candidate alone. */
    recentLoss: number | null;
    /** Weight of its score in what is served; the weights need not sum to 1. */
    weight: number;
  }[];
};

export type AutoOptions = { bits: number; loss: Loss };

/**
 * The learner that needs no tuning. Four candidates learn the same examples, with and without interactions, with low and
 * high learning rates, one forgetting; a Mixture of their scores is served, weighed by how they do. Each is AdaGrad (Duchi, Hazan & Singer
 * 2011) in normalised, importance-invariant form (Ross, Mineiro & Langford 2013; Karampatziakis & Langford 2011), as
 * AdaptiveLearner, with three differences: a feature that is larger than ever counts as large as it ever was when its scale grows (not
 * as absurdly many times as much, before it has been rescaled); with squared loss the rate is in units of the labels; and the sums of squared
 * gradients begin above 0 (START).
 *
 * Candidates share each feature's scale and each example's look-up, so the four cost less than four. What is published is one set of
 * weights, the mixture's: linear heads in a linear sum are a linear head.
 *
 * Which features are interactions, and which are finer features of numbers, is read from `FeatureBuffer`.
 *
 * Against the best of 24 fixed settings, log loss over one pass (bench/no-knobs.ts): online_shoppers .2337 to .2460 (AUC .9269), phishing .2113
 * to .2097, abrupt drift .310 to .349, slow drift .353 to .387, heavy tails .461 to .495, text .5724 to .5759; 2 to 4 times the time of one
 * AdaptiveLearner on the same features. On 10 of 120 streams, mostly of public tables, it was more than 1 % worse than the best; 7 of them
 * are of fewer than 500 examples: what it has to find out costs it some 2 to 5 nats, which shows where examples are few.
 */
export class AutoLearner implements Learner {
  readonly #loss: Loss;
  readonly #logistic: boolean;
  readonly #size: number;
  /**
   * For each index: 1 over its scale, 0 while it has none; the weights of the two candidates that see all features; their mean sum of
   * squared gradients (one for both costs no accuracy, and saves a square root and a quarter of the memory that is gone through).
   */
  readonly #all: Float32Array;
  /** For each index: weight and sum of squared gradients of the two that see no interactions. */
  readonly #single: Float32Array;
  readonly #mixture: Mixture;
  readonly #scores = new Float64Array(CANDIDATES.length);
  readonly #clamped = new Float64Array(CANDIDATES.length);
  readonly #updates = new Float64Array(CANDIDATES.length);
  readonly #reach = new Float64Array(CANDIDATES.length);
  /** Values of the example over their scales. */
  #normalised = new Float64Array(256);
  /** Steps of the weights for an update of 1: of the candidates that see all features, and of the other two. */
  #steps = new Float64Array(256);
  #singleSteps = new Float64Array(256);
  #plainSteps = new Float64Array(256);
  /** Sums over examples of importance times normalised squared length: all features, single ones. */
  #norms = 0;
  #singleNorms = 0;
  #plainNorms = 0;
  #importance = 0;
  /** Sum of importance times squared label. */
  #squares = 0;
  #lowest: number;
  #highest: number;
  #examples = 0;
  #prediction = 0;
  readonly #weights: Float32Array;
  #stale = false;

  constructor({ bits, loss }: AutoOptions) {
    this.#size = 2 ** bits;
    this.#weights = new Float32Array(this.#size);
    this.#all = new Float32Array(ALL * this.#size);
    this.#single = new Float32Array(SINGLE * this.#size);
    this.#loss = loss;
    this.#logistic = loss.range[0] < 0;
    this.#mixture = new Mixture(CANDIDATES.length, this.#logistic);
    [this.#lowest, this.#highest] = loss.range;
  }

  get examples(): number {
    return this.#examples;
  }

  get prediction(): number {
    return this.#prediction;
  }

  /** The mixture's weights, computed when they are asked for after learning. */
  get weights(): Float32Array {
    if (this.#stale) this.#mix();
    return this.#weights;
  }

  get report(): AutoReport {
    const { weights, recentLosses } = this.#mixture;
    const loss = (i: number) => (this.#importance > 0 ? recentLosses[i]! : null);
    return {
      recentLoss: loss(CANDIDATES.length),
      candidates: CANDIDATES.map(({ name, features, learningRate, decay }, i) => {
        return { name, features, learningRate, forgetting: 1 - decay, recentLoss: loss(i), weight: weights[i]! };
      }),
    };
  }

  score(x: FeatureBuffer): number {
    this.#score(x);
    return this.#mixture.sum(this.#scores);
  }

  predict(x: FeatureBuffer, base = 0): number {
    return this.#clamp(this.score(x) + base);
  }

  learn(x: FeatureBuffer, label: number, importance: number, base = 0): number {
    const loss = this.#loss;
    const y = loss.label(label);
    checkImportance(importance);
    if (y < this.#lowest) this.#lowest = y;
    if (y > this.#highest) this.#highest = y;
    this.#examples++;
    const h = Math.min(importance, MAX_IMPORTANCE);
    const p = this.predict(x, base);
    this.#prediction = p;
    if (x.length > 0 && Math.fround(h) > 0) this.#update(x, y, h, base);
    return loss.value(p, y);
  }

  #update(x: FeatureBuffer, y: number, h: number, base: number): void {
    const loss = this.#loss;
    const singles = x.singles || x.length;
    const plain = x.plain || singles;
    const clamped = this.#clamped;
    const updates = this.#updates;
    for (let c = 0; c < CANDIDATES.length; c++) {
      const p = this.#clamp(this.#scores[c]! + base);
      clamped[c] = p;
      const derivative = loss.derivative(p, y);
      updates[c] = loss.vanishes(p, y) ? 0 : Math.min(h * derivative * derivative, MAX_FLOAT32);
    }
    this.#importance += h;
    this.#squares += h * y * y;
    const unit = this.#logistic ? 1 : Math.sqrt(this.#squares / this.#importance);
    // The derivative of logistic loss begins at 1/2, that of squared loss at twice the label.
    this.#accumulate(x, plain, singles, h, START * (this.#logistic ? 0.25 : 4 * unit * unit) || 1);
    for (let c = 0; c < CANDIDATES.length; c++) {
      const { learningRate, features } = CANDIDATES[c]!;
      const norms = features === "all" ? this.#norms : features === "single" ? this.#singleNorms : this.#plainNorms;
      const mean = Math.sqrt(this.#importance / norms);
      updates[c] =
        Math.fround(updates[c]!) > 0
          ? loss.update(clamped[c]!, y, learningRate * unit * h, this.#reach[c]! * mean) * mean
          : 0;
      clamped[c]! -= base;
    }
    this.#step(x, plain, singles);
    this.#mixture.learn(clamped, base, y);
    this.#stale = true;
  }

  /** The candidates' scores, unclamped, and the values over their scales. */
  #score(x: FeatureBuffer): void {
    const { indices, values, length } = x;
    const singles = x.singles || length;
    const plain = x.plain || singles;
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
    for (let i = singles; i < length; i++) {
      const at = ALL * indices[i]!;
      const ratio = values[i]! * all[at]!;
      normalised[i] = ratio;
      const u = atMostOne(ratio);
      s2 += all[at + 1]! * u;
      s3 += all[at + 2]! * u;
    }
    const scores = this.#scores;
    scores[0] = s0;
    scores[1] = s1;
    scores[2] = s2;
    scores[3] = s3;
  }

  /**
   * Adds the example to the sums; `reach` gets by how much an update of 1 changes each candidate's score.
   * @param start what every sum of squared gradients begins with.
   */
  #accumulate(x: FeatureBuffer, plain: number, singles: number, h: number, start: number): void {
    const { indices, values, length } = x;
    const normalised = this.#normalised;
    const steps = this.#steps;
    const singleSteps = this.#singleSteps;
    const plainSteps = this.#plainSteps;
    const all = this.#all;
    const single = this.#single;
    const g0 = this.#updates[0]!;
    const g1 = this.#updates[1]!;
    const g = Math.min(0.5 * (this.#updates[2]! + this.#updates[3]!), MAX_FLOAT32);
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
    for (let i = singles; i < length; i++) {
      // V8 checks the arrays once only before loops that are small and call nothing.
      for (; i < length; i++) {
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
      if (i === length) break;
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
    this.#norms += h * norm;
    this.#singleNorms += h * singleNorm;
    this.#plainNorms += h * plainNorm;
    const reach = this.#reach;
    reach[0] = r0;
    reach[1] = r1;
    reach[2] = r;
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

  #step(x: FeatureBuffer, plain: number, singles: number): void {
    const { indices, length } = x;
    const steps = this.#steps;
    const singleSteps = this.#singleSteps;
    const plainSteps = this.#plainSteps;
    const all = this.#all;
    const single = this.#single;
    const u0 = this.#updates[0]!;
    const u1 = this.#updates[1]!;
    const u2 = this.#updates[2]!;
    const u3 = this.#updates[3]!;
    for (let i = 0; i < singles; i++) {
      const to = SINGLE * indices[i]!;
      single[to] = clampFloat32(single[to]! + u0 * singleSteps[i]!);
      if (i < plain) single[to + 2] = clampFloat32(single[to + 2]! + u1 * plainSteps[i]!);
    }
    for (let i = 0; i < length; i++) {
      const at = ALL * indices[i]!;
      const step = steps[i]!;
      all[at + 1] = clampFloat32(all[at + 1]! + u2 * step);
      all[at + 2] = clampFloat32(all[at + 2]! + u3 * step);
    }
  }

  #mix(): void {
    const [m0, m1, m2, m3] = this.#mixture.weights as unknown as [number, number, number, number];
    const all = this.#all;
    const single = this.#single;
    for (let i = 0; i < this.#size; i++) {
      const inverse = all[ALL * i]!;
      if (inverse === 0) this.#weights[i] = 0;
      else {
        const sum =
          m0 * single[SINGLE * i]! + m1 * single[SINGLE * i + 2]! + m2 * all[ALL * i + 1]! + m3 * all[ALL * i + 2]!;
        this.#weights[i] = clampFloat32(sum * inverse);
      }
    }
    this.#stale = false;
  }

  #clamp(score: number): number {
    return Math.min(Math.max(score, this.#lowest), this.#highest);
  }

  state(): Uint8Array {
    const writer = new ByteWriter();
    writer.ascii(MAGIC);
    writer.byte(FORMAT);
    writer.varint(this.#size);
    for (const value of [this.#norms, this.#singleNorms, this.#plainNorms]) writer.float64(value);
    for (const value of [this.#importance, this.#squares]) writer.float64(value);
    for (const value of [this.#lowest, this.#highest, this.#examples]) writer.float64(value);
    this.#mixture.write(writer);
    const [all, single] = this.#columns();
    const seen = touchedIndices(this.#size, (i) => this.#all[ALL * i]! > 0);
    writeRows(writer, seen, [all]);
    writeRows(
      writer,
      touchedIndices(this.#size, (i) => this.#touched(i)),
      [single],
    );
    return writer.finish();
  }

  #columns(): [all: Column, single: Column] {
    return [
      { name: "number", values: this.#all, each: ALL, ranges: [FROM_ZERO, null, null, FROM_ZERO] },
      { name: "number", values: this.#single, each: SINGLE, ranges: [null, FROM_ZERO, null, FROM_ZERO] },
    ];
  }

  /** Whether a candidate without interactions knows anything of the index. */
  #touched(i: number): boolean {
    for (let c = 0; c < SINGLE; c++) if (this.#single[SINGLE * i + c] !== 0) return true;
    return false;
  }

  restore(state: Uint8Array): void {
    const reader = new ByteReader(state, "learner state");
    reader.expectHeader(MAGIC, FORMAT);
    const itsSize = reader.varint("size of the table");
    if (itsSize !== this.#size) throw reader.error(`its table has ${itsSize} weights, this learner's ${this.#size}`);
    const norms = reader.finite("sum of norms");
    const singleNorms = reader.finite("sum of single norms");
    const plainNorms = reader.finite("sum of plain norms");
    const importance = reader.finite("sum of importance");
    const squares = reader.finite("sum of squares");
    const [lowest, highest, examples] = [
      reader.finite("lowest label"),
      reader.finite("highest label"),
      reader.finite("number of examples"),
    ];
    if (!(norms >= 0 && singleNorms >= 0 && plainNorms >= 0 && importance >= 0 && squares >= 0 && lowest <= highest))
      throw reader.error("its sums are out of range");
    if (!(Number.isSafeInteger(examples) && examples >= 0)) throw reader.error("its number of examples is none");
    const mixture = this.#mixture.read(reader);
    const tables = this.#columns().map((column) => readRows(reader, this.#size, [column]));
    reader.expectEnd();
    mixture();
    for (const table of tables) table();
    this.#norms = norms;
    this.#singleNorms = singleNorms;
    this.#plainNorms = plainNorms;
    this.#importance = importance;
    this.#squares = squares;
    this.#lowest = lowest;
    this.#highest = highest;
    this.#examples = examples;
    this.#stale = true;
  }
}

/** Numbers an index in the two tables. */
const ALL = 4;
const SINGLE = 4;
const FORGET = CANDIDATES[1].decay;

/** A value over its scale: a larger one has not been scaled yet. */
const atMostOne = (u: number): number => Math.min(Math.max(u, -1), 1);
