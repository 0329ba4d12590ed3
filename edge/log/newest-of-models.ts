/** The newest row of each model, as far as this object knows. What was there when it started may be of any. */
export class NewestOfModels {
  readonly #before: number;
  readonly #newest = new Map<string, number>();

  /** @param newest offset of the newest row at the start. */
  constructor(newest: number) {
    this.#before = newest;
  }

  /** Rows of these models were appended, the last at an offset. */
  appended(models: ReadonlySet<string>, newest: number): void {
    for (const model of models) this.#newest.set(model, newest);
  }

  /** `before`: of every model that is not listed no row is newer. */
  get all(): { before: number; models: Record<string, number> } {
    return { before: this.#before, models: Object.fromEntries(this.#newest) };
  }
}
