/** Of a normal distribution, for an interval of 95 %. */
const STANDARD_ERRORS = 1.96;

/** A mean weight with its interval of 95 %, by approximation: for right propensities it holds 1. */
export type WeightMeanInterval = { mean: number; low: number; high: number };

/** The mean of the weights target / propensity of a log, whose expectation is 1 where the propensities are right. */
export class WeightMean {
  #sum = 0;
  #squares = 0;
  #counted = 0;
  /** With the squares of what each stands for, of which a mean of such scatters: these, these times the weights, and times their squares. */
  readonly #scatter = { ones: 0, weights: 0, squares: 0 };

  /** @param importance how many decisions it stands for. */
  update(weight: number, importance: number): void {
    this.#counted += importance;
    this.#sum += importance * weight;
    this.#squares += importance * weight * weight;
    this.#scatter.ones += importance ** 2;
    this.#scatter.weights += importance ** 2 * weight;
    this.#scatter.squares += importance ** 2 * weight ** 2;
  }

  /** How many decisions that stand for the same tell as much (Kish 1965). */
  get count(): number {
    return this.#counted === 0 ? 0 : this.#counted ** 2 / this.#scatter.ones;
  }

  get meanSquare(): number {
    return this.#squares / this.#counted;
  }

  /** Null before there is a weight. */
  get interval(): WeightMeanInterval | null {
    if (this.#counted === 0) return null;
    const mean = this.#sum / this.#counted;
    const { ones, weights, squares } = this.#scatter;
    const error =
      (STANDARD_ERRORS * Math.sqrt(Math.max(0, squares - 2 * mean * weights + mean * mean * ones))) / this.#counted;
    return { mean, low: mean - error, high: mean + error };
  }
}
