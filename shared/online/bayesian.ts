import type { Beside } from "../artifact/snapshot.ts";
import { FROM_ZERO } from "../artifact/sparse-table.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { varianceTable } from "../heads/bayesian.ts";
import { logistic } from "../math/logistic.ts";
import { fromZero, type StateColumn, type StateLayout, sumOf, sumsPart, tablePart } from "./learner-state.ts";
import { LinearLearner } from "./linear-learner.ts";
import type { Loss } from "./loss.ts";
import { clampFloat32, magnitude } from "./magnitude.ts";

const LEAST_FLOAT32 = 2 ** -149;

/** What a BayesianLearner is made with. */
export type BayesianOptions = {
  bits: number;
  loss: Loss;
  /** Variance of every weight before anything was learned, for features over the largest value seen. */
  variance?: number;
  /** Share of what is known of a feature that each of its examples makes forgotten, 0 to 1: how fast the world may drift. */
  forgetting?: number;
};

/**
 * Bayesian linear regression over hashed features, one example at a time: a normal distribution for every weight, independent of the others
 * (diagonal covariance), so a score has a mean and a variance, as Thompson sampling needs them.
 *
 * Squared loss: the exact Gaussian update of the diagonal (Kalman filter), whose noise is estimated on the way. Logistic loss: the mode of
 * the posterior along the example's direction is found exactly, and the curvature there is what the example tells (Laplace's approximation;
 * Spiegelhalter & Lauritzen 1990, Chapelle & Li 2011, "An empirical evaluation of Thompson sampling", with its covariance kept online).
 * With `forgetting` the variance of a feature grows back towards its start, so new examples count more than old ones.
 *
 * Features are normalised by the largest value seen (Ross, Mineiro & Langford 2013). Learning allocates nothing.
 */
export class BayesianLearner extends LinearLearner {
  readonly #prior: number;
  readonly #forgetting: number;
  /** Largest |x| seen; 0: nothing was learned of the feature. */
  readonly #scales: Float32Array;
  /** Variance of the normalised weight. */
  readonly #variances: Float32Array;
  #normalised = new Float64Array(256);
  /** Sum of importance, and of importance times squared error over its expectation at noise 1. */
  readonly #noise = { importance: 0, errors: 0 };

  /** @throws RangeError when variance or forgetting are out of range. */
  constructor({ bits, loss, variance = 0.1, forgetting = 0 }: BayesianOptions) {
    super(bits, loss);
    if (!(variance > 0 && variance <= 1e6)) throw new RangeError(`variance ${variance} is not one from 0 to 1e6`);
    if (!(forgetting >= 0 && forgetting <= 1)) throw new RangeError(`forgetting ${forgetting} is not one from 0 to 1`);
    this.#prior = variance;
    this.#forgetting = forgetting;
    this.#scales = new Float32Array(2 ** bits);
    this.#variances = new Float32Array(2 ** bits).fill(variance);
  }

  /** The variances of raw values. What was learned of is never 0, so that it is told apart from what was not. */
  get beside(): Beside {
    const noise = this.#labelNoise;
    const values = this.#variances.map((variance, i) => {
      const scale = this.#scales[i]!;
      return scale === 0 ? 0 : Math.max(clampFloat32((noise * variance) / (scale * scale)), LEAST_FLOAT32);
    });
    return varianceTable(values, noise * this.#prior);
  }

  override score(x: FeatureBuffer): number {
    return this.#mean(x);
  }

  /**
   * Variance of the score of `x`: how unsure the learner is of its mean, noise of labels not included. Of log-odds with
   * logistic loss; with squared loss in squared units of the label, 0 before anything was learned is known of the noise.
   * @param from leaves the features before this one out.
   */
  variance(x: FeatureBuffer, from = 0): number {
    this.#mean(x);
    return this.#spread(x, from) * this.#labelNoise;
  }

  protected override update(x: FeatureBuffer, p: number, y: number, h: number): void {
    if (!(Math.fround(h) > 0)) return;
    if (this.#forgetting > 0) this.#forget(x);
    const spread = this.#spread(x);
    if (this.logistic) {
      const mode = logisticMode(p, y, h * spread);
      const chance = logistic(mode);
      this.#move(x, (y > 0 ? 1 - chance : -chance) * h, chance * (1 - chance) * h, spread);
    } else {
      this.#noise.importance += h;
      this.#noise.errors += (h * (y - p) * (y - p)) / (1 + spread);
      this.#move(x, (h * (y - p)) / (1 + h * spread), h, spread);
    }
  }

  /** What the labels vary by that the learner cannot know: mean squared error that is not its own uncertainty; 1 of log-odds. */
  get #labelNoise(): number {
    const { importance, errors } = this.#noise;
    if (this.logistic) return 1;
    return importance > 0 ? errors / importance : 0;
  }

  /** The mean of the score; keeps the values over their scales. */
  #mean(x: FeatureBuffer): number {
    const { indices, values, length } = x;
    if (this.#normalised.length < length) this.#normalised = new Float64Array(2 * length);
    const normalised = this.#normalised;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const value = values[i]!;
      const size = magnitude(value);
      const scale = this.#scales[index]!;
      const unit = size > scale ? 1 : size / scale;
      normalised[i] = value < 0 ? -unit : unit;
      sum += this.weights[index]! * scale * normalised[i]!;
    }
    return sum;
  }

  /** Variance of the score, at noise 1. */
  #spread(x: FeatureBuffer, from = 0): number {
    const { indices, length } = x;
    let sum = 0;
    for (let i = from; i < length; i++)
      sum += this.#variances[indices[i]!]! * this.#normalised[i]! * this.#normalised[i]!;
    return sum;
  }

  #forget(x: FeatureBuffer): void {
    for (let i = 0; i < x.length; i++) {
      const index = x.indices[i]!;
      this.#variances[index]! += this.#forgetting * (this.#prior - this.#variances[index]!);
    }
  }

  /** Moves each mean by its variance times value times `pull`, and takes from the variances what `information` tells. */
  #move(x: FeatureBuffer, pull: number, information: number, spread: number): void {
    const { indices, values, length } = x;
    const normalised = this.#normalised;
    const told = information / (1 + information * spread);
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const size = magnitude(values[i]!);
      if (size > this.#scales[index]!) {
        this.weights[index]! *= this.#scales[index]! / size;
        this.#scales[index] = size;
      }
      const step = this.#variances[index]! * normalised[i]!;
      this.weights[index] = clampFloat32(this.weights[index]! + (step * pull) / this.#scales[index]!);
      this.#variances[index] = Math.max(this.#variances[index]! - step * step * told, 0);
    }
  }

  protected override layout(): StateLayout {
    const size = this.weights.length;
    const columns: StateColumn[] = [
      { name: "weight", values: this.weights },
      { name: "scale", values: this.#scales, ranges: [FROM_ZERO] },
      { name: "variance", values: this.#variances, initial: this.#prior, ranges: [FROM_ZERO] },
    ];
    return {
      magic: "EWBL",
      format: 2,
      size,
      parts: [
        sumsPart([
          sumOf(this.#noise, "importance", "sum of importance", fromZero),
          sumOf(this.#noise, "errors", "sum of errors", fromZero),
          ...this.labelSums(),
        ]),
        tablePart(size, columns, (i) => this.#scales[i]! > 0),
      ],
    };
  }
}

const MAX_STEPS = 64;

/**
 * Log-odds m that are most likely after a label, when they were normal with mean p and variance v before: the m with
 * m = p + v (1[y > 0] - logistic(m)). Newton's method within the bracket that the label gives, halving where it leaves it.
 */
function logisticMode(p: number, y: number, v: number): number {
  const target = y > 0 ? 1 : 0;
  const first = p + v * (target - logistic(p));
  let [low, high] = y > 0 ? [p, first] : [first, p];
  let m = Math.min(Math.max(p + (v * (target - logistic(p))) / (1 + v * 0.25), low), high);
  for (let step = 0; step < MAX_STEPS; step++) {
    const chance = logistic(m);
    const error = m - p - v * (target - chance);
    if (error > 0) high = m;
    else low = m;
    const newton = m - error / (1 + v * chance * (1 - chance));
    const next = newton > low && newton < high ? newton : 0.5 * (low + high);
    if (Math.abs(next - m) <= 1e-12 * (1 + Math.abs(m))) return next;
    m = next;
  }
  return m;
}
