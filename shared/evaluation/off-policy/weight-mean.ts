/** Of a normal distribution, for an interval of 95 %. */
const STANDARD_ERRORS = 1.96;

/** A mean weight with its interval of 95 %, by approximation: for right propensities it holds 1. */
export type WeightMeanInterval = { mean: number; low: number; high: number };

/** The mean of the weights target / propensity of a log, whose expectation is 1 where the propensities are right. */
export class WeightMean {
  #sum = 0;
  #squares = 0;
  #counted = 0;
  #count = 0;

  /** @param importance how many decisions it stands for. */
  update(weight: number, importance: number): void {
    this.#count++;
    this.#counted += importance;
    this.#sum += importance * weight;
    this.#squares += importance * weight * weight;
  }

  get meanSquare(): number {
    return this.#squares / this.#counted;
  }

  /** Null before there is a weight. */
  get interval(): WeightMeanInterval | null {
    if (this.#count === 0) return null;
    const mean = this.#sum / this.#counted;
    const error = STANDARD_ERRORS * Math.sqrt(Math.max(0, this.meanSquare - mean * mean) / this.#count);
    return { mean, low: mean - error, high: mean + error };
  }
}
