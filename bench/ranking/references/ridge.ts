/** Ridge regression online: the inverse of its matrix is kept by Sherman and Morrison's formula. */
export class Ridge {
  readonly #size: number;
  readonly #inverse: Float64Array;
  readonly #sums: Float64Array;
  readonly #weights: Float64Array;
  readonly #product: Float64Array;
  readonly #keep: number;
  #stale = false;

  /** @param keep what remains of all that is known after each example: 1 forgets nothing. */
  constructor(size: number, keep = 1) {
    this.#size = size;
    this.#keep = keep;
    this.#inverse = new Float64Array(size * size);
    for (let i = 0; i < size; i++) this.#inverse[i * size + i] = 1;
    this.#sums = new Float64Array(size);
    this.#weights = new Float64Array(size);
    this.#product = new Float64Array(size);
  }

  score(x: ArrayLike<number>): number {
    if (this.#stale) this.#solve();
    let sum = 0;
    for (let i = 0; i < this.#size; i++) sum += this.#weights[i]! * x[i]!;
    return sum;
  }

  /** x' A^-1 x. */
  spread(x: ArrayLike<number>): number {
    this.#multiply(x);
    let sum = 0;
    for (let i = 0; i < this.#size; i++) sum += this.#product[i]! * x[i]!;
    return Math.max(sum, 0);
  }

  learn(x: ArrayLike<number>, y: number): void {
    const size = this.#size;
    const inverse = this.#inverse;
    if (this.#keep < 1) {
      for (let i = 0; i < inverse.length; i++) inverse[i]! /= this.#keep;
      for (let i = 0; i < size; i++) {
        this.#sums[i]! *= this.#keep;
        // What is long forgotten is as unknown as at first, and no more.
        if (inverse[i * size + i]! > 1) this.#shrink(i, Math.sqrt(1 / inverse[i * size + i]!));
      }
    }
    const scale = 1 / (1 + this.spread(x));
    const product = this.#product;
    for (let i = 0; i < size; i++) {
      const row = product[i]! * scale;
      for (let j = 0; j < size; j++) inverse[i * size + j]! -= row * product[j]!;
    }
    for (let i = 0; i < size; i++) this.#sums[i]! += x[i]! * y;
    this.#stale = true;
  }

  #shrink(i: number, by: number): void {
    for (let j = 0; j < this.#size; j++) {
      this.#inverse[i * this.#size + j]! *= by;
      this.#inverse[j * this.#size + i]! *= by;
    }
  }

  #solve(): void {
    this.#multiply(this.#sums);
    this.#weights.set(this.#product);
    this.#stale = false;
  }

  #multiply(x: ArrayLike<number>): void {
    const size = this.#size;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += this.#inverse[i * size + j]! * x[j]!;
      this.#product[i] = sum;
    }
  }
}
