/**
 * Effective sample size of weighted decisions: (sum of weights)^2 / sum of squared weights (Kish 1965). As many decisions
 * logged by the target policy itself would tell about as much. With the largest weight, in one pass.
 */
export class EffectiveSampleSize {
  // In units of the largest weight and of its square, which may be beyond the range of numbers.
  #sum = 0;
  #squares = 0;
  #largest = 0;
  #largestWeight = 0;

  /** @param importance how many decisions it stands for. */
  update(weight: number, importance: number): void {
    if (weight === 0) return;
    this.#largestWeight = Math.max(this.#largestWeight, weight);
    const counted = importance * weight;
    if (counted > this.#largest) {
      const shrink = this.#largest / counted;
      this.#sum *= shrink;
      this.#squares *= shrink * shrink;
      this.#largest = counted;
    }
    const share = counted / this.#largest;
    this.#sum += share;
    this.#squares += share * share;
  }

  /** 0 without weights above 0. */
  get value(): number {
    return this.#squares === 0 ? 0 : (this.#sum * this.#sum) / this.#squares;
  }

  get largestWeight(): number {
    return this.#largestWeight;
  }
}
