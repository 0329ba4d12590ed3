import { ABOVE_ZERO, FROM_ZERO } from "../artifact/sparse-table.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import type { JointState } from "./joint-state.ts";
import { fromZero, type StateColumn, type StateLayout, sumOf, sumsPart, tablePart } from "./learner-state.ts";
import { LinearLearner } from "./linear-learner.ts";
import type { Loss } from "./loss.ts";
import { clampFloat32, MAX_FLOAT32, magnitude } from "./magnitude.ts";

/** What a CoinBettingLearner is made with. */
export type CoinBettingOptions = {
  bits: number;
  loss: Loss;
  /** Wealth that every index begins with. */
  alpha?: number;
  /** The gradients of an index are taken to be at least so large. */
  beta?: number;
  /** Kept with other learners; without it the learner keeps its own. */
  joint?: JointState;
};

/** Keeps the mean norm above 0 (as in Vowpal Wabbit). */
const LEAST_NORM = 1e-6;

/**
 * Coin betting (Orabona & Tommasi 2017, "Training deep networks without learning rates through coin betting", COCOB): each
 * index bets part of its wealth on the sign of its next gradient. There is no learning rate to choose.
 */
export class CoinBettingLearner extends LinearLearner {
  readonly #alpha: number;
  readonly #beta: number;
  /** Negated sums of gradients. */
  readonly #gradients: Float32Array;
  /** Sums of the gradients' magnitudes. */
  readonly #magnitudes: Float32Array;
  /** Largest |x| seen. */
  readonly #scales: Float32Array;
  readonly #wealth: Float32Array;
  /** Largest derivative of the loss seen. */
  readonly #slopes: Float32Array;

  constructor({ bits, loss, alpha = 4, beta = 1, joint }: CoinBettingOptions) {
    super(bits, loss, joint);
    const column = () => new Float32Array(2 ** bits);
    this.#gradients = column();
    this.#magnitudes = column();
    this.#scales = column();
    this.#wealth = column();
    this.#slopes = column();
    this.#alpha = alpha;
    this.#beta = beta;
  }

  /** The prediction of the bets as they are now, which is a little newer than that of the weights. */
  protected override anticipate(x: FeatureBuffer, importance: number, base: number): number {
    if (importance === 0) return this.predict(x, base);
    const { indices, values, length } = x;
    let sum = 0;
    let norm = 0;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const value = values[i]!;
      const size = magnitude(value);
      const scale = Math.max(this.#scales[index]!, size);
      sum += this.#weight(index, scale) * (value < 0 ? -size : size);
      norm += (size / scale) * (size / scale);
    }
    this.joint.norms += importance * norm;
    this.joint.importance += importance;
    return this.joint.clamp(sum / this.#meanNorm() + base);
  }

  protected override update(x: FeatureBuffer, p: number, y: number, importance: number): void {
    const slope = this.loss.derivative(p, y) * importance;
    const { indices, values, length } = x;
    const meanNorm = this.#meanNorm();
    const steepness = Math.abs(slope);
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const value = values[i]!;
      const size = magnitude(value);
      if (size > this.#scales[index]!) this.#scales[index] = size;
      if (steepness > this.#slopes[index]!) this.#slopes[index] = Math.max(steepness, this.#beta);
      const weight = this.#weight(index, this.#scales[index]!);
      const gradient = slope * (value < 0 ? -size : size);
      this.#gradients[index] = clampFloat32(this.#gradients[index]! - gradient);
      this.#magnitudes[index] = Math.min(this.#magnitudes[index]! + Math.abs(gradient), MAX_FLOAT32);
      this.#wealth[index] = clampFloat32(this.#wealth[index]! - gradient * weight);
      this.weights[index] = clampFloat32(weight / meanNorm);
    }
  }

  #weight(index: number, scale: number): number {
    const most = this.#slopes[index]! * scale;
    if (!(most > 0)) return 0;
    return (
      ((this.#alpha + this.#wealth[index]!) / (most * (most + this.#magnitudes[index]!))) * this.#gradients[index]!
    );
  }

  #meanNorm(): number {
    return (this.joint.norms + LEAST_NORM) / this.joint.importance;
  }

  protected override layout(): StateLayout {
    const size = this.weights.length;
    const columns: StateColumn[] = [
      { name: "weight", values: this.weights },
      { name: "sum of gradients", values: this.#gradients },
      { name: "sum of magnitudes", values: this.#magnitudes, ranges: [FROM_ZERO] },
      { name: "scale", values: this.#scales, ranges: [ABOVE_ZERO] },
      { name: "wealth", values: this.#wealth },
      { name: "slope", values: this.#slopes, ranges: [FROM_ZERO] },
    ];
    return {
      magic: "EWCB",
      format: 1,
      size,
      parts: [
        sumsPart([
          ...this.labelSums(),
          sumOf(this.joint, "norms", "sum of norms", fromZero),
          sumOf(this.joint, "importance", "sum of importance", (sum, norms) => (norms > 0 ? sum > 0 : sum >= 0)),
        ]),
        tablePart(size, columns, (i) => this.#scales[i]! > 0),
      ],
    };
  }
}
