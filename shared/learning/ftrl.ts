import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { dot } from "../scoring/dot.ts";
import type { ScoringLearner } from "./learner.ts";
import type { Loss } from "./loss.ts";
import { checkImportance, clampFloat32, MAX_FLOAT32, MAX_IMPORTANCE, magnitude } from "./magnitude.ts";
import { SharedState } from "./shared-state.ts";
import { isCount, readState, type StateLayout, writeState } from "./table-state.ts";

/** What an FtrlLearner is made with. */
export type FtrlOptions = {
  bits: number;
  loss: Loss;
  /** Learning rate, and what keeps the first steps small. */
  alpha?: number;
  beta?: number;
  /** An index whose gradients sum to less than `l1` has weight 0. */
  l1?: number;
  l2?: number;
  /** Kept with other learners; without it the learner keeps its own. */
  shared?: SharedState;
};

/**
 * FTRL-Proximal (McMahan et al. 2013, "Ad click prediction: a view from the trenches"): adaptive rates, and weights that are
 * exactly 0 until L1 lets them go. An importance of h takes the gradient h times.
 */
export class FtrlLearner implements ScoringLearner {
  readonly weights: Float32Array;
  readonly #loss: Loss;
  readonly #alpha: number;
  readonly #beta: number;
  readonly #l1: number;
  readonly #l2: number;
  readonly #shared: SharedState;
  /** Sums of gradients, less what the weights already answer for, z. */
  readonly #gradients: Float32Array;
  /** Sums of squared gradients, n. */
  readonly #squares: Float32Array;
  readonly #layout: StateLayout;
  #examples = 0;
  #prediction = 0;

  constructor({ bits, loss, alpha = 0.5, beta = 1, l1 = 0, l2 = 0, shared }: FtrlOptions) {
    this.weights = new Float32Array(2 ** bits);
    this.#gradients = new Float32Array(2 ** bits);
    this.#squares = new Float32Array(2 ** bits);
    this.#loss = loss;
    this.#alpha = alpha;
    this.#beta = beta;
    this.#l1 = l1;
    this.#l2 = l2;
    this.#shared = shared ?? new SharedState(loss.range);
    this.#layout = {
      magic: "EWFL",
      format: 1,
      sums: ["lowest label", "highest label", "number of examples"],
      columns: [
        { name: "weight", values: this.weights },
        { name: "sum of gradients", values: this.#gradients },
        { name: "sum of squared gradients", values: this.#squares, valid: (n) => n >= 0 },
      ],
      touched: (i) => this.#squares[i]! > 0 || this.#gradients[i] !== 0,
    };
  }

  get examples(): number {
    return this.#examples;
  }

  get prediction(): number {
    return this.#prediction;
  }

  score(x: FeatureBuffer): number {
    return dot(this.weights, x);
  }

  predict(x: FeatureBuffer, base = 0): number {
    return this.#shared.clamp(this.score(x) + base);
  }

  learn(x: FeatureBuffer, label: number, importance: number, base = 0): number {
    const loss = this.#loss;
    const y = loss.label(label);
    checkImportance(importance);
    this.#shared.widen(y);
    this.#examples++;
    const p = this.predict(x, base);
    this.#prediction = p;
    const slope = loss.derivative(p, y) * Math.min(importance, MAX_IMPORTANCE);
    if (slope !== 0) this.#update(x, slope);
    return loss.value(p, y);
  }

  #update(x: FeatureBuffer, slope: number): void {
    const weights = this.weights;
    const gradients = this.#gradients;
    const squares = this.#squares;
    const alpha = this.#alpha;
    const { indices, values, length } = x;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const value = values[i]!;
      const gradient = slope * (value < 0 ? -magnitude(value) : magnitude(value));
      const before = squares[index]!;
      squares[index] = Math.min(before + gradient * gradient, MAX_FLOAT32);
      const root = Math.sqrt(squares[index]!);
      const sigma = (root - Math.sqrt(before)) / alpha;
      const z = Math.fround(clampFloat32(gradients[index]! + gradient - sigma * weights[index]!));
      gradients[index] = z;
      const excess = Math.abs(z) - this.#l1;
      const rate = 1 / (this.#l2 + (this.#beta + root) / alpha);
      weights[index] = excess > 0 ? (z > 0 ? -excess : excess) * rate : 0;
    }
  }

  state(): Uint8Array {
    return writeState(this.#layout, [this.#shared.lowest, this.#shared.highest, this.#examples]);
  }

  restore(state: Uint8Array): void {
    const [lowest, highest, examples] = readState(state, this.#layout, ([low, high, count]) =>
      low! <= high! && isCount(count!) ? null : "its sums are out of range",
    ) as [number, number, number];
    this.#shared.lowest = lowest;
    this.#shared.highest = highest;
    this.#examples = examples;
  }
}
