/** A mean with weights, in one pass. */
export class WeightedMean {
  #sum = 0;
  #weight = 0;

  add(value: number, weight: number): void {
    this.#sum += weight * value;
    this.#weight += weight;
  }

  get weight(): number {
    return this.#weight;
  }

  /** null without weight. */
  get value(): number | null {
    return this.#weight === 0 ? null : this.#sum / this.#weight;
  }
}
