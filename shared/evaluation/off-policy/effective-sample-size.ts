/**
 * Effective sample size of weighted decisions: (sum of weights)^2 / sum of squared weights (Kish 1965). As many decisions
 * logged by the target policy itself would tell about as much. With the largest weight, in one pass.
 */
export class EffectiveSampleSize {
  #sum = 0;
  #squares = 0;
  #largest = 0;

  update(weight: number): void {
    this.#sum += weight;
    this.#squares += weight * weight;
    this.#largest = Math.max(this.#largest, weight);
  }

  /** 0 without weights above 0. */
  get value(): number {
    return this.#squares === 0 ? 0 : (this.#sum * this.#sum) / this.#squares;
  }

  get largestWeight(): number {
    return this.#largest;
  }
}
