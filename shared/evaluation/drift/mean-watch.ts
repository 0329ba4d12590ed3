import { Adwin, type AdwinState } from "./adwin.ts";

/** A mean that is another one than before. */
export type MeanChange = { readonly from: number; readonly to: number };

export type MeanWatchOptions = {
  /** What values can be; null: anything. They are taken to be what the first ones were, and half as much to either side. */
  readonly range: readonly [number, number] | null;
  /** Which changes are to be told. The others are followed in silence. */
  readonly told: (change: MeanChange) => boolean;
};

export type MeanWatchState = { seen: number; low: number; high: number; quiet: number; adwin: AdwinState };

/**
 * ADWIN's level. So much below its usual .002 since a trainer checks for years: with it, 36 streams of 20,000 have less than a hundredth of a false alarm, also where values come in clumps
 * (bench/drift.ts). A rate that falls from 4 % to 1 % is told after some 2,000 values all the same.
 */
const DELTA = 1e-6;
/** The first values, by which the range is known, and in which a learner learns most. */
const SETTLING = 500;
/** For so many values after a change nothing is told: what has changed may take a while. */
const QUIET = 2000;

/** Tells when the mean of a stream has changed. In O(log of its length) memory. */
export class MeanWatch {
  readonly #options: MeanWatchOptions;
  readonly #adwin = new Adwin({ delta: DELTA });
  #seen = 0;
  #low = Number.POSITIVE_INFINITY;
  #high = Number.NEGATIVE_INFINITY;
  #quiet = 0;

  constructor(options: MeanWatchOptions) {
    this.#options = options;
  }

  /** One that is no finite number does not count. @returns a change that this value shows; null: none. */
  update(value: number): MeanChange | null {
    if (!Number.isFinite(value)) return null;
    if (this.#seen < SETTLING) {
      this.#settle(value);
      return null;
    }
    const [low, high] = [this.#low, this.#high];
    const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
    const isAlarm = this.#adwin.update(share);
    if (this.#quiet > 0) this.#quiet--;
    if (!isAlarm || this.#quiet > 0) return null;
    const { from, to } = this.#adwin.change!;
    const change = { from: low + from * (high - low), to: low + to * (high - low) };
    if (!this.#options.told(change)) return null;
    this.#quiet = QUIET;
    this.#adwin.forgetBefore();
    return change;
  }

  get state(): MeanWatchState {
    const [seen, low, high, quiet] = [this.#seen, this.#low, this.#high, this.#quiet];
    return { seen, ...(seen === 0 ? { low: 0, high: 0 } : { low, high }), quiet, adwin: this.#adwin.state };
  }

  read({ seen, low, high, quiet, adwin }: MeanWatchState): void {
    this.#seen = seen;
    if (seen > 0) [this.#low, this.#high] = [low, high];
    this.#quiet = quiet;
    this.#adwin.read(adwin);
  }

  #settle(value: number): void {
    this.#low = Math.min(this.#low, value);
    this.#high = Math.max(this.#high, value);
    if (++this.#seen < SETTLING) return;
    const margin = this.#low === this.#high ? 1 : (this.#high - this.#low) / 2;
    const [lowest, highest] = this.#options.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    this.#low = Math.max(lowest, this.#low - margin);
    this.#high = Math.min(highest, this.#high + margin);
  }
}
