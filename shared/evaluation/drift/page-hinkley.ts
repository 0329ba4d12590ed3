import { checkValue, type DriftDetector } from "./drift-detector.ts";

export interface PageHinkleyOptions {
  /** No alarm before this many values. Default 30. */
  readonly minInstances?: number;
  /** Changes of the mean up to it do not count. Default .005. */
  readonly delta?: number;
  /** The sum that raises the alarm. Default 50. */
  readonly threshold?: number;
  /** What a sum keeps of itself from value to value, in (0, 1]. Default 1 - .0001. */
  readonly alpha?: number;
  /** Which change of the mean to look for. Default both. */
  readonly mode?: "up" | "down" | "both";
}

/**
 * The Page-Hinkley test (Page, "Continuous inspection schemes", Biometrika 1954; Hinkley 1971): sums how far values are from
 * their running mean, and raises an alarm when the sum is further from its extreme than the threshold. Sums fade by alpha.
 * Defaults are River's. Starts afresh after an alarm.
 */
export class PageHinkley implements DriftDetector {
  readonly #minInstances: number;
  readonly #delta: number;
  readonly #threshold: number;
  readonly #alpha: number;
  readonly #up: boolean;
  readonly #down: boolean;
  /** Values since the last alarm. */
  #seen = 0;
  #mean = 0;
  #rise = 0;
  #lowestRise = 0;
  #fall = 0;
  #lowestFall = 0;
  #count = 0;
  #alarms = 0;

  /** @throws RangeError when an option is out of range. */
  constructor(options: PageHinkleyOptions = {}) {
    const { minInstances = 30, delta = 0.005, threshold = 50, alpha = 1 - 0.0001, mode = "both" } = options;
    if (!(threshold > 0)) throw new RangeError(`The threshold ${threshold} must be above 0`);
    if (!(delta >= 0)) throw new RangeError(`delta is ${delta}: it must be 0 or more`);
    if (!(alpha > 0 && alpha <= 1)) throw new RangeError(`alpha is ${alpha}: it must be above 0 and at most 1`);
    this.#minInstances = minInstances;
    this.#delta = delta;
    this.#threshold = threshold;
    this.#alpha = alpha;
    this.#up = mode !== "down";
    this.#down = mode !== "up";
  }

  get count(): number {
    return this.#count;
  }

  get alarms(): number {
    return this.#alarms;
  }

  get size(): number {
    return 5;
  }

  update(value: number): boolean {
    checkValue(value);
    this.#count++;
    this.#seen++;
    this.#mean += (value - this.#mean) / this.#seen;
    const deviation = value - this.#mean;
    this.#rise = this.#alpha * this.#rise + deviation - this.#delta;
    this.#fall = this.#alpha * this.#fall - deviation - this.#delta;
    this.#lowestRise = Math.min(this.#lowestRise, this.#rise);
    this.#lowestFall = Math.min(this.#lowestFall, this.#fall);
    const alarm =
      this.#seen >= this.#minInstances &&
      ((this.#up && this.#rise - this.#lowestRise > this.#threshold) ||
        (this.#down && this.#fall - this.#lowestFall > this.#threshold));
    if (alarm) {
      this.#alarms++;
      this.#startAfresh();
    }
    return alarm;
  }

  reset(): void {
    this.#startAfresh();
    this.#count = 0;
    this.#alarms = 0;
  }

  #startAfresh(): void {
    this.#seen = 0;
    this.#mean = 0;
    this.#rise = 0;
    this.#lowestRise = 0;
    this.#fall = 0;
    this.#lowestFall = 0;
  }
}
