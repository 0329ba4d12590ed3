import { log } from "../../math/log.ts";
import { checkValue, type DriftDetector } from "./drift-detector.ts";

export interface KswinOptions {
  /** Level of one test, in (0, 1). Tests follow each other at every value, so use a small one. Default .005. */
  readonly alpha?: number;
  /** Values in the window. Default 100. */
  readonly windowSize?: number;
  /** How many of them, the latest, are compared with as many sampled from the older ones. Default 30. */
  readonly statSize?: number;
  /** Numbers in [0, 1) to sample with. */
  readonly random: () => number;
}

/**
 * Kolmogorov-Smirnov windowing (Raab, Heusinger & Schleif, "Reactive soft prototype computing for concept drift streams",
 * Neurocomputing 2020): an alarm when the empirical distributions of the r latest values and of r sampled older ones are
 * further apart than sqrt(-ln(alpha) / r) anywhere. Sees changes of any kind, not of the mean only. After an alarm it keeps
 * the latest r values. Defaults are River's.
 */
export class Kswin implements DriftDetector {
  readonly #threshold: number;
  readonly #windowSize: number;
  readonly #statSize: number;
  readonly #random: () => number;
  #window: number[] = [];
  #count = 0;
  #alarms = 0;

  /** @throws RangeError when an option is out of range, or the window too short for two samples. */
  constructor(options: KswinOptions) {
    const { alpha = 0.005, windowSize = 100, statSize = 30, random } = options;
    if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha is ${alpha}: it must be between 0 and 1`);
    if (!(Number.isInteger(statSize) && statSize >= 1)) throw new RangeError(`statSize ${statSize} must be 1 or more`);
    if (!(Number.isInteger(windowSize) && windowSize >= 2 * statSize)) {
      throw new RangeError(`windowSize ${windowSize} must be at least twice statSize, which is ${statSize}`);
    }
    this.#threshold = Math.sqrt(-log(alpha) / statSize);
    this.#windowSize = windowSize;
    this.#statSize = statSize;
    this.#random = random;
  }

  get count(): number {
    return this.#count;
  }

  get alarms(): number {
    return this.#alarms;
  }

  get size(): number {
    return this.#window.length;
  }

  update(value: number): boolean {
    checkValue(value);
    this.#count++;
    this.#window.push(value);
    if (this.#window.length > this.#windowSize) this.#window.shift();
    if (this.#window.length < this.#windowSize) return false;
    const older = this.#window.slice(0, -this.#statSize);
    const latest = this.#window.slice(-this.#statSize);
    if (distance(this.#sample(older), latest) <= this.#threshold) return false;
    this.#window = latest;
    this.#alarms++;
    return true;
  }

  reset(): void {
    this.#window = [];
    this.#count = 0;
    this.#alarms = 0;
  }

  /** `statSize` of the values, none twice (the first steps of a Fisher-Yates shuffle, in place). */
  #sample(values: number[]): number[] {
    for (let i = 0; i < this.#statSize; i++) {
      const j = i + Math.floor(this.#random() * (values.length - i));
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
    return values.slice(0, this.#statSize);
  }
}

/** Kolmogorov-Smirnov distance of two samples: the largest difference of their empirical distributions. */
function distance(a: number[], b: number[]): number {
  a.sort((x, y) => x - y);
  const sorted = b.toSorted((x, y) => x - y);
  let largest = 0;
  for (let i = 0, j = 0; i < a.length && j < sorted.length; ) {
    const value = Math.min(a[i]!, sorted[j]!);
    while (i < a.length && a[i] === value) i++;
    while (j < sorted.length && sorted[j] === value) j++;
    largest = Math.max(largest, Math.abs(i / a.length - j / sorted.length));
  }
  return largest;
}
