import { FROM_ZERO } from "../artifact/sparse-table.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { dot, dotIn32Bits } from "../heads/dot.ts";
import type { JointState } from "./joint-state.ts";
import { type StateColumn, type StateLayout, sumsPart, tablePart } from "./learner-state.ts";
import { LinearLearner } from "./linear-learner.ts";
import type { Loss } from "./loss.ts";
import { clampFloat32, MAX_FLOAT32, signedMagnitude } from "./magnitude.ts";

const fround = Math.fround;

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
  /** Scores, too, are added up in 32 bits: only so unstable runs agree with Vowpal Wabbit. */
  asVowpalWabbit?: boolean;
  /** Kept with other learners; without it the learner keeps its own. */
  joint?: JointState;
};

/**
 * FTRL-Proximal (McMahan et al. 2013, "Ad click prediction: a view from the trenches"): adaptive rates, and weights that are
 * exactly 0 until L1 lets them go. An importance of h takes the gradient h times.
 */
export class FtrlLearner extends LinearLearner {
  readonly #alpha: number;
  readonly #beta: number;
  readonly #l1: number;
  readonly #l2: number;
  readonly #asVowpalWabbit: boolean;
  /** Sums of gradients, less what the weights already answer for, z. */
  readonly #gradients: Float32Array;
  /** Sums of squared gradients, n. */
  readonly #squares: Float32Array;

  constructor({ bits, loss, alpha = 0.5, beta = 1, l1 = 0, l2 = 0, asVowpalWabbit = false, joint }: FtrlOptions) {
    super(bits, loss, joint);
    this.#gradients = new Float32Array(2 ** bits);
    this.#squares = new Float32Array(2 ** bits);
    this.#alpha = alpha;
    this.#beta = beta;
    this.#l1 = l1;
    this.#l2 = l2;
    this.#asVowpalWabbit = asVowpalWabbit;
  }

  override score(x: FeatureBuffer): number {
    return this.#asVowpalWabbit ? dotIn32Bits(this.weights, x, 0) : dot(this.weights, x);
  }

  override predict(x: FeatureBuffer, base = 0): number {
    return this.joint.clamp(this.#asVowpalWabbit ? dotIn32Bits(this.weights, x, base) : dot(this.weights, x) + base);
  }

  /** In 32 bits, each step rounded as Vowpal Wabbit rounds it. */
  protected override update(x: FeatureBuffer, p: number, y: number, importance: number): void {
    const slope = fround(fround(this.loss.derivative(p, y)) * fround(importance));
    if (slope === 0) return;
    const weights = this.weights;
    const gradients = this.#gradients;
    const squares = this.#squares;
    const alpha = this.#alpha;
    const { indices, values, length } = x;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const gradient = fround(slope * fround(signedMagnitude(values[i]!)));
      const before = squares[index]!;
      squares[index] = Math.min(before + fround(gradient * gradient), MAX_FLOAT32);
      const root = fround(Math.sqrt(squares[index]!));
      const sigma = fround(fround(root - fround(Math.sqrt(before))) / alpha);
      const z = fround(clampFloat32(gradients[index]! + fround(gradient - fround(sigma * weights[index]!))));
      gradients[index] = z;
      const excess = fround(Math.abs(z) - this.#l1);
      const rate = fround(1 / fround(this.#l2 + fround(fround(this.#beta + root) / alpha)));
      weights[index] = excess > 0 ? (z > 0 ? -excess : excess) * rate : 0;
    }
  }

  protected override layout(): StateLayout {
    const size = this.weights.length;
    const columns: StateColumn[] = [
      { name: "weight", values: this.weights },
      { name: "sum of gradients", values: this.#gradients },
      { name: "sum of squared gradients", values: this.#squares, ranges: [FROM_ZERO] },
    ];
    return {
      magic: "EWFL",
      format: 1,
      size,
      parts: [
        sumsPart(this.labelSums()),
        tablePart(size, columns, (i) => this.#squares[i]! > 0 || this.#gradients[i] !== 0),
      ],
    };
  }
}
