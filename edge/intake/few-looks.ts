/** What strangers can make an isolate look into the store for, so many times a second and no more. */
export class FewLooks {
  readonly #most: number;
  #looks = { second: 0, n: 0 };

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there may be one more. It is counted. */
  may(): boolean {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#looks.second) this.#looks = { second, n: 0 };
    return this.#looks.n++ < this.#most;
  }
}
