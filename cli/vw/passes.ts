import { Average } from "./average.ts";
import type { PassOptions } from "./options.ts";

/** Which examples are held out of learning, and for how long the file is read again: as VW's `--passes` and `--holdout_…` do it. */
export class Passes {
  readonly #options: PassOptions;
  /** Of all that was learned, in all passes. */
  readonly average = new Average();
  #heldOut = new Average();
  /** The least loss of what is held out, of any pass; null: nothing was. */
  leastHeldOut: number | null = null;
  #counted = 0;
  #done = 0;
  #withoutGain = 0;

  constructor(options: PassOptions) {
    this.#options = options;
  }

  /**
   * Counts an example, or an event of several lines.
   * @returns whether it is held out.
   */
  holdsOut(isEvent: boolean): boolean {
    const { holdout } = this.#options;
    this.#counted++;
    if (holdout === null) return false;
    if ("period" in holdout) return this.#counted % holdout.period === 0;
    // VW begins to count events at 0.
    return this.#counted - (isEvent ? 1 : 0) > holdout.after;
  }

  /** Where the loss of an example counts. */
  averageOf(heldOut: boolean): Average {
    return heldOut ? this.#heldOut : this.average;
  }

  /** @returns whether there is to be another pass. */
  end(): boolean {
    const { count, holdout, patience } = this.#options;
    this.#counted = 0;
    this.#done++;
    if (holdout !== null && this.#lasts(patience)) return false;
    return this.#done < count;
  }

  /** @returns whether so many passes in a row brought nothing. */
  #lasts(patience: number): boolean {
    const loss = this.#heldOut.value;
    this.#heldOut = new Average();
    if (Number.isNaN(loss)) return false;
    if (this.leastHeldOut === null || loss < this.leastHeldOut) {
      this.leastHeldOut = loss;
      this.#withoutGain = 0;
    } else this.#withoutGain++;
    return this.#withoutGain === patience;
  }
}
