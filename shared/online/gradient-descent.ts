import { ABOVE_ZERO, FROM_ZERO } from "../artifact/sparse-table.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { dot } from "../heads/dot.ts";
import { approximateInverseRoot } from "../math/inverse-root.ts";
import { power } from "../math/power.ts";
import type { JointState } from "./joint-state.ts";
import { fromZero, type StateColumn, type StateLayout, sumOf, sumsPart, tablePart } from "./learner-state.ts";
import { LinearLearner } from "./linear-learner.ts";
import type { Loss } from "./loss.ts";
import { clampFloat32, MAX_FLOAT32, magnitude, signedMagnitude } from "./magnitude.ts";
import { accumulate, accumulateIn32Bits, GRADIENTS, RATE, SCALE, step, stepIn32Bits, WIDTH } from "./rate-table.ts";
import { truncate } from "./truncate.ts";

const MAGIC = "EWAL";
/** The format of the default update's state, and that of any other configuration. */
const DEFAULT_FORMAT = 1;
const GENERAL_FORMAT = 2;
/** Updates this small are not regularised (as in Vowpal Wabbit). */
const NEGLIGIBLE = 1e-8;
/** Beyond these the regularisation that is due is applied, before 32 bits get too few for it. */
const LEAST_CONTRACTION = 1e-9;
const MOST_GRAVITY = 1e3;

const fround = Math.fround;

/** What a GradientDescentLearner is made with. The defaults are Vowpal Wabbit's. */
export type GradientDescentOptions = {
  bits: number;
  learningRate: number;
  loss: Loss;
  /** Rates of each index fall with the sum of its squared gradients (AdaGrad); else with the time, for all alike. */
  adaptive?: boolean;
  /** The scale of a feature does not matter. */
  normalized?: boolean;
  /** An importance of h is as h examples, however large h is; else the gradient is taken h times. */
  invariant?: boolean;
  /** How fast rates fall: as the sum (or time) to the power of -powerT. */
  powerT?: number;
  /** What the sums, and the time, begin with. 1 by default where the time alone decides, else 0. */
  initialT?: number;
  /** What the normalisation's sums begin with: `initialT` by default. */
  initialNorms?: number;
  /** Regularisation towards 0 by a constant and by a factor (truncated gradient, Langford, Li & Zhang 2009). */
  l1?: number;
  l2?: number;
  /** Rates come from the approximate square root that Vowpal Wabbit takes them from: only with its errors unstable runs agree. */
  asVowpalWabbit?: boolean;
  /** Kept with other learners; without it the learner keeps its own. */
  joint?: JointState;
};

/**
 * Vowpal Wabbit's gradient descent: adaptive (AdaGrad, Duchi, Hazan & Singer 2011), normalised (Ross, Mineiro & Langford
 * 2013, "Normalized online learning", arXiv:1305.6646) and importance-invariant (Karampatziakis & Langford 2011,
 * arXiv:1011.1576), each of which can be switched off: with none it is plain stochastic gradient descent.
 *
 * Each index has a weight of 32 bits, and but for plain gradient descent a place in the table of rates. All other
 * arithmetic is the same on every engine: 64 bits by default, Vowpal Wabbit's 32 in any other configuration. Learning
 * allocates nothing.
 */
export class GradientDescentLearner extends LinearLearner {
  readonly #rate: number;
  readonly #adaptive: boolean;
  readonly #normalized: boolean;
  readonly #invariant: boolean;
  readonly #powerT: number;
  /** What squared scales are raised to. */
  readonly #normPower: number;
  readonly #asVowpalWabbit: boolean;
  protected override readonly countsEmpty: boolean;
  /** Everything is as by default: the case to be fast in. */
  readonly #plain: boolean;
  readonly #l1: number;
  readonly #l2: number;
  /** What the sums of squared gradients begin with. */
  readonly #initial: number;
  /** See rate-table.ts; empty for plain gradient descent. */
  readonly #table: Float32Array;
  /** The bits of the table. */
  readonly #words: Uint32Array;
  /** What `accumulate` gives. */
  readonly #sums = new Float64Array(2);
  /** Sum over examples of importance times normalised squared length, N; and of importance, T. */
  readonly #norms: { sum: number; importance: number };

  constructor(options: GradientDescentOptions) {
    const { bits, loss, adaptive = true, normalized = true, powerT = 0.5, l1 = 0, l2 = 0 } = options;
    const timed = !adaptive && !normalized;
    const initialT = options.initialT ?? (timed ? 1 : 0);
    super(bits, loss, options.joint, initialT);
    this.#initial = adaptive ? initialT : 0;
    this.#table = new Float32Array(adaptive || normalized ? WIDTH * 2 ** bits : 0);
    this.#words = new Uint32Array(this.#table.buffer);
    if (this.#initial > 0)
      for (let at = GRADIENTS; at < this.#table.length; at += WIDTH) this.#table[at] = this.#initial;
    this.#rate = options.learningRate * (timed ? power(initialT, powerT) : 1);
    this.#adaptive = adaptive;
    this.#normalized = normalized;
    this.#invariant = options.invariant ?? true;
    this.#powerT = powerT;
    this.#normPower = fround(fround(powerT) - 1);
    this.#asVowpalWabbit = options.asVowpalWabbit ?? false;
    this.countsEmpty = this.#asVowpalWabbit;
    this.#l1 = l1;
    this.#l2 = l2;
    if (l1 > 0 || l2 > 0) this.joint.regularise(this.weights);
    const norms = options.initialNorms ?? initialT;
    this.#norms = { sum: norms, importance: norms };
    this.#plain =
      adaptive &&
      normalized &&
      this.#invariant &&
      powerT === 0.5 &&
      initialT === 0 &&
      norms === 0 &&
      l1 === 0 &&
      l2 === 0;
  }

  override score(x: FeatureBuffer): number {
    return this.#plain && !this.#asVowpalWabbit ? dot(this.weights, x) : this.#generalScore(x, 0);
  }

  override predict(x: FeatureBuffer, base = 0): number {
    const score = this.#plain && !this.#asVowpalWabbit ? dot(this.weights, x) + base : this.#generalScore(x, base);
    return this.joint.clamp(score);
  }

  protected override update(x: FeatureBuffer, p: number, y: number, h: number): void {
    const { loss } = this;
    if (loss.vanishes(p, y)) return;
    if (!this.#plain) {
      this.#generalUpdate(x, p, y, h);
      return;
    }
    const derivative = loss.derivative(p, y);
    const squaredGradient = h * (derivative * derivative);
    if (!(fround(squaredGradient) > 0)) return;
    const sums = this.#sums;
    if (this.#asVowpalWabbit) {
      this.#updateIn32Bits(x, p, y, fround(h), derivative);
      return;
    }
    accumulate(this.#table, this.weights, x, squaredGradient, sums);
    this.#norms.sum += h * sums[0]!;
    this.#norms.importance += h;
    const mean = Math.sqrt(this.#norms.importance / this.#norms.sum);
    step(this.#table, this.weights, x, loss.update(p, y, this.#rate * h, sums[1]! * mean) * mean);
  }

  /** The default update, each step rounded as Vowpal Wabbit rounds it. */
  #updateIn32Bits(x: FeatureBuffer, p: number, y: number, h: number, derivative: number): void {
    const sums = this.#sums;
    const slope = fround(derivative);
    accumulateIn32Bits(this.#table, this.#words, this.weights, x, fround(h * fround(slope * slope)), sums);
    this.#norms.sum += h * sums[0]!;
    this.#norms.importance += h;
    if (x.length === 0) return;
    const mean = this.#meanNorm(fround(this.#norms.importance), fround(this.#norms.sum));
    const update = fround(this.loss.update(p, y, fround(this.#rate * h), fround(sums[1]! * mean)));
    stepIn32Bits(this.#table, this.weights, x, fround(update * mean));
  }

  // What follows is for the other configurations. Some of them are unstable (plain gradient descent with a high rate), and there
  // only Vowpal Wabbit's own 32-bit steps, each rounded as it rounds, lead to its results.

  #generalScore(x: FeatureBuffer, base: number): number {
    const weights = this.weights;
    const { gravity, contraction } = this.joint;
    const { indices, values, length } = x;
    // Vowpal Wabbit contracts the base, too.
    const inside = this.#asVowpalWabbit ? base : 0;
    let sum = fround(inside);
    if (gravity === 0)
      for (let i = 0; i < length; i++) sum = fround(sum + fround(weights[indices[i]!]! * fround(values[i]!)));
    else
      for (let i = 0; i < length; i++)
        sum = fround(sum + fround(truncate(weights[indices[i]!]!, gravity) * fround(values[i]!)));
    const score = fround(fround(sum * fround(contraction)) + (base - inside));
    return Number.isNaN(score) ? 0 : clampFloat32(score);
  }

  #generalUpdate(x: FeatureBuffer, p: number, y: number, importance: number): void {
    const h = fround(importance);
    if (h === 0) return;
    const derivative = fround(this.loss.derivative(p, y));
    let mean = 1;
    let r: number;
    if (this.#adaptive || this.#normalized) {
      const squaredGradient = fround(h * fround(derivative * derivative));
      if (squaredGradient === 0) return;
      r = this.#generalAccumulate(x, squaredGradient, h);
      if (this.#normalized) mean = this.#meanNorm(fround(this.#norms.importance), fround(this.#norms.sum));
      r = fround(r * mean);
    } else r = squaredLength(x);
    const step = this.#step(h);
    // Of no reach, the flow is the plain gradient step.
    let update = fround(this.loss.update(p, y, step, this.#invariant ? r : 0));
    if (this.#l1 > 0 || this.#l2 > 0) update = this.#regularised(update, derivative);
    if (update !== 0 && Number.isFinite(update)) this.#generalStep(x, fround(update * mean));
    const { gravity, contraction } = this.joint;
    if (contraction < LEAST_CONTRACTION || gravity > MOST_GRAVITY) this.joint.settle();
  }

  /** How far the gradient is followed for an example of this importance. */
  #step(importance: number): number {
    const step = fround(this.#rate * importance);
    if (this.#adaptive) return step;
    return fround(step * fround(power(fround(this.joint.time + importance), -this.#powerT)));
  }

  /**
   * By how much the score of `x` would move, were its label `y` and its prediction `p`, for each unit of its importance and of the slope of the loss: 0 for what was
   * learned often. Nothing is learned.
   */
  sensitivity(x: FeatureBuffer, p: number, y: number): number {
    if (!this.#adaptive && !this.#normalized) return fround(this.#step(1) * squaredLength(x));
    const table = this.#table;
    const derivative = fround(this.loss.derivative(p, y));
    const squaredGradient = fround(derivative * derivative);
    let norm = 0;
    let r = 0;
    for (let i = 0; i < x.length; i++) {
      const at = WIDTH * x.indices[i]!;
      const size = fround(magnitude(x.values[i]!));
      const square = fround(size * size);
      const gradients = fround(table[at + GRADIENTS]! + fround(squaredGradient * square));
      const scale = Math.max(table[at + SCALE]!, size);
      norm = fround(norm + fround(square / fround(scale * scale)));
      r = fround(r + fround(square * this.#rateOf(gradients, scale)));
    }
    const { importance, sum } = this.#norms;
    if (this.#normalized) r = fround(r * this.#meanNorm(fround(fround(importance) + 1), fround(fround(sum) + norm)));
    return fround(this.#step(1) * r);
  }

  /** What is due besides the update, which is made larger by what the weights are to be contracted by later. */
  #regularised(update: number, derivative: number): number {
    const joint = this.joint;
    if (!(Math.abs(update) > NEGLIGIBLE)) return update;
    if (!(Math.abs(derivative) > NEGLIGIBLE)) return fround(update / fround(joint.contraction));
    const rate = -update / derivative;
    joint.contraction = Math.max(joint.contraction * (1 - this.#l2 * rate), Number.MIN_VALUE);
    joint.gravity += rate * this.#l1;
    return fround(update / fround(joint.contraction));
  }

  /** Correction of all rates by the mean norm of the examples: few features in an example are not to learn slower. */
  #meanNorm(importance: number, norms: number): number {
    const ratio = fround(importance / norms);
    if (this.#powerT !== 0.5) return fround(power(fround(norms / importance), this.#normPower));
    return this.#adaptive ? fround(Math.sqrt(ratio)) : ratio;
  }

  /** As `accumulate`, with what is switched off left out. @returns by how much an update of 1 changes the prediction. */
  #generalAccumulate(x: FeatureBuffer, squaredGradient: number, importance: number): number {
    const weights = this.weights;
    const table = this.#table;
    const adaptive = this.#adaptive;
    const normalized = this.#normalized;
    const { indices, values, length } = x;
    let norm = 0;
    let r = 0;
    for (let i = 0; i < length; i++) {
      const at = WIDTH * indices[i]!;
      const size = fround(magnitude(values[i]!));
      const square = fround(size * size);
      if (adaptive)
        table[at + GRADIENTS] = Math.min(table[at + GRADIENTS]! + fround(squaredGradient * square), MAX_FLOAT32);
      if (normalized) {
        const scale = table[at + SCALE]!;
        if (size > scale) {
          if (scale > 0) weights[indices[i]!]! *= this.#rescaling(size, scale);
          table[at + SCALE] = size;
        }
        norm = fround(norm + fround(square / fround(table[at + SCALE]! * table[at + SCALE]!)));
      }
      table[at + RATE] = this.#rateOf(table[at + GRADIENTS]!, table[at + SCALE]!);
      r = fround(r + fround(square * table[at + RATE]!));
    }
    if (normalized) {
      this.#norms.sum += importance * norm;
      this.#norms.importance += importance;
    }
    return r;
  }

  #generalStep(x: FeatureBuffer, update: number): void {
    const weights = this.weights;
    const table = this.#table;
    const rated = table.length > 0;
    const { indices, values, length } = x;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const size = fround(signedMagnitude(values[i]!));
      const step = rated ? fround(size * table[WIDTH * index + RATE]!) : size;
      weights[index] = clampFloat32(weights[index]! + fround(update * step));
    }
  }

  #rateOf(gradients: number, scale: number): number {
    let rate = 1;
    if (this.#adaptive) {
      if (!(gradients > 0)) return 0;
      rate =
        this.#asVowpalWabbit && this.#powerT === 0.5
          ? approximateInverseRoot(gradients)
          : fround(1 / power(gradients, this.#powerT));
    }
    return this.#normalized ? fround(rate * this.#normalizing(scale)) : rate;
  }

  /** scale^(2 powerT - 2), but scale^-2 where only the normalisation is on and powerT is the default (as in Vowpal Wabbit). */
  #normalizing(scale: number): number {
    if (this.#powerT !== 0.5) return fround(power(fround(scale * scale), this.#normPower));
    const inverse = fround(1 / scale);
    return this.#adaptive ? inverse : fround(inverse * inverse);
  }

  /** What a weight is multiplied with when the scale of its feature grows. */
  #rescaling(to: number, from: number): number {
    if (this.#powerT === 0.5) {
      const ratio = fround(from / to);
      return this.#adaptive ? ratio : fround(ratio * ratio);
    }
    const ratio = fround(to / from);
    return fround(power(fround(ratio * ratio), this.#normPower));
  }

  protected override layout(): StateLayout {
    const plain = this.#plain;
    const weights = this.weights;
    const table = this.#table;
    const initial = this.#initial;
    const columns: StateColumn[] = [{ name: "weight", values: weights }];
    const gradients = { values: table, stride: WIDTH, offset: GRADIENTS };
    if (this.#adaptive) columns.push({ name: "sum of gradients", ...gradients, ranges: [FROM_ZERO] });
    const scales = { values: table, stride: WIDTH, offset: SCALE };
    if (this.#normalized) columns.push({ name: "scale", ...scales, ranges: [plain ? ABOVE_ZERO : FROM_ZERO] });
    // An update gives every index a scale, if there are scales; and else mostly a weight, or a sum of gradients.
    const touched = this.#normalized
      ? (i: number) => table[WIDTH * i + SCALE]! > 0 || initial > 0
      : this.#adaptive
        ? (i: number) => table[WIDTH * i + GRADIENTS]! > 0
        : (i: number) => weights[i] !== 0;
    const sums = [
      sumOf(this.#norms, "sum", "sum of norms", fromZero),
      sumOf(this.#norms, "importance", "sum of importance", (sum, norms) => (norms > 0 ? sum > 0 : sum === 0)),
      ...this.labelSums(),
    ];
    if (!plain)
      sums.push(
        sumOf(this.joint, "time", "time", fromZero),
        sumOf(this.joint, "gravity", "gravity", fromZero),
        sumOf(this.joint, "contraction", "contraction", (value) => value > 0),
      );
    const format = plain ? DEFAULT_FORMAT : GENERAL_FORMAT;
    const size = weights.length;
    return { magic: MAGIC, format, size, parts: [sumsPart(sums), tablePart(size, columns, touched)] };
  }
}

function squaredLength(x: FeatureBuffer): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const size = fround(magnitude(x.values[i]!));
    sum = fround(sum + fround(size * size));
  }
  return sum;
}
