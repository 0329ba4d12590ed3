/** Average loss, as VW reports it: over the importance of what had a label. */
export class Average {
  /** Examples or events, with a label or not. */
  count = 0;
  #sum = 0;
  #weight = 0;

  add(loss: number, weight: number): void {
    this.#sum += loss;
    this.#weight += weight;
  }

  /** NaN before anything had a label. */
  get value(): number {
    return this.#sum / this.#weight;
  }
}
