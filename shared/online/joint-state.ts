import { truncate } from "./truncate.ts";

/**
 * What the learners of one problem keep together, such as the bags of a bootstrap (Vowpal Wabbit's "shared data"): the range
 * of labels, to which all clamp their predictions; the time, by which rates decay; and the regularisation that is
 * still to be applied to the weights.
 */
export class JointState {
  lowest: number;
  highest: number;
  /** Sum of the importance of the examples so far. */
  time: number;
  /** Every weight is to be moved by so much towards 0 (L1), and then multiplied by `contraction` (L2). */
  gravity = 0;
  contraction = 1;
  /** Coin betting: sum over examples of importance times normalised squared length, and of importance. */
  norms = 0;
  importance = 0;
  readonly #tables: Float32Array[] = [];

  /** @param range of predictions before any label was seen. */
  constructor(range: readonly [number, number], time = 0) {
    [this.lowest, this.highest] = range;
    this.time = time;
  }

  widen(label: number): void {
    if (label < this.lowest) this.lowest = label;
    if (label > this.highest) this.highest = label;
  }

  clamp(score: number): number {
    return Math.min(Math.max(score, this.lowest), this.highest);
  }

  /** These weights take part in regularisation. */
  regularise(weights: Float32Array): void {
    this.#tables.push(weights);
  }

  /** Applies the regularisation that is due to all the weights. */
  settle(): void {
    const { gravity, contraction } = this;
    for (const weights of this.#tables)
      for (let i = 0; i < weights.length; i++) {
        const weight = weights[i]!;
        if (weight !== 0) weights[i] = truncate(weight, gravity) * contraction;
      }
    this.gravity = 0;
    this.contraction = 1;
  }
}
