import { log } from "../../math/log.ts";
import { checkValue, type DriftDetector } from "./drift-detector.ts";

export interface AdwinOptions {
  /** Probability of an alarm, at each check, while nothing changes; in (0, 1). Default .002. */
  readonly delta?: number;
  /** Checks every so many values. Default 32. */
  readonly clock?: number;
  /** Buckets of one size. More: finer places to cut, more memory. Default 5. */
  readonly maxBuckets?: number;
  /** Each side of a cut must be longer than it. Default 5. */
  readonly minWindowLength?: number;
  /** No check until the window is longer than it. Default 10. */
  readonly gracePeriod?: number;
}

/** All that it remembers, as JSON can hold it: buckets as count, sum and squares. */
export type AdwinState = { rows: WrittenBucket[][]; total: WrittenBucket; count: number; alarms: number };
type WrittenBucket = readonly [count: number, sum: number, squares: number];

/** Two parts of a window: the means of the older and of the newer, and how long that is. */
type Cut = { readonly from: number; readonly to: number; readonly newCount: number };

/** Values that were summed up together. */
interface Bucket {
  readonly count: number;
  readonly sum: number;
  /** Sum of squared differences from the bucket's mean. */
  readonly squares: number;
}

/**
 * ADWIN2 (Bifet & Gavalda, "Learning from time-changing data with adaptive windowing", SDM 2007): a window of the latest
 * values that gives up its oldest part whenever two parts of it have means that differ by more than chance allows. Kept as
 * an exponential histogram, in O(log of its length). Defaults are River's.
 */
export class Adwin implements DriftDetector {
  readonly #options: Required<AdwinOptions>;
  /** Entry i: the buckets of 2^i values, oldest first. */
  #rows: Bucket[][] = [];
  #total: Bucket = EMPTY;
  #count = 0;
  #alarms = 0;
  #lastCut: Cut | null = null;

  /** @throws RangeError when an option is out of range. */
  constructor(options: AdwinOptions = {}) {
    const { delta = 0.002, clock = 32, maxBuckets = 5, minWindowLength = 5, gracePeriod = 10 } = options;
    if (!(delta > 0 && delta < 1)) throw new RangeError(`delta is ${delta}: it must be between 0 and 1`);
    if (!(Number.isInteger(clock) && clock >= 1)) throw new RangeError(`The clock ${clock} must be 1 or more`);
    if (!(Number.isInteger(maxBuckets) && maxBuckets >= 2)) {
      throw new RangeError(`maxBuckets is ${maxBuckets}: it must be 2 or more`);
    }
    this.#options = { delta, clock, maxBuckets, minWindowLength, gracePeriod };
  }

  get count(): number {
    return this.#count;
  }

  get alarms(): number {
    return this.#alarms;
  }

  get size(): number {
    return this.#rows.reduce((sum, row) => sum + 3 * row.length, 0);
  }

  /** Length of the window. */
  get width(): number {
    return this.#total.count;
  }

  /** Mean of the window; null when it is empty. */
  get mean(): number | null {
    return this.#total.count === 0 ? null : this.#total.sum / this.#total.count;
  }

  update(value: number): boolean {
    checkValue(value);
    this.#count++;
    this.#insert({ count: 1, sum: value, squares: 0 });
    if (this.#count % this.#options.clock !== 0 || this.width <= this.#options.gracePeriod) return false;
    const first = this.#cut();
    if (first === null) return false;
    this.#lastCut = first;
    for (let cut: Cut | null = first; cut !== null; cut = this.#cut()) this.#dropOldest();
    this.#alarms++;
    return true;
  }

  /** What the mean was before the last alarm, and after; null before the first. */
  get change(): { readonly from: number; readonly to: number } | null {
    return this.#lastCut;
  }

  /** Forgets all that was before the change that the last alarm showed, and not only so much that what is left may be all alike. */
  forgetBefore(): void {
    if (this.#lastCut === null) return;
    while (this.width > this.#lastCut.newCount) this.#dropOldest();
  }

  /** `read` by one with the same options goes on bit for bit. */
  get state(): AdwinState {
    const written = ({ count, sum, squares }: Bucket): WrittenBucket => [count, sum, squares];
    const rows = this.#rows.map((row) => row.map(written));
    return { rows, total: written(this.#total), count: this.#count, alarms: this.#alarms };
  }

  read({ rows, total, count, alarms }: AdwinState): void {
    const bucket = ([count, sum, squares]: WrittenBucket): Bucket => ({ count, sum, squares });
    this.#rows = rows.map((row) => row.map(bucket));
    this.#total = bucket(total);
    this.#count = count;
    this.#alarms = alarms;
  }

  reset(): void {
    this.#rows = [];
    this.#total = EMPTY;
    this.#count = 0;
    this.#alarms = 0;
    this.#lastCut = null;
  }

  #insert(bucket: Bucket): void {
    this.#total = merge(this.#total, bucket);
    let carried: Bucket | null = bucket;
    for (let i = 0; carried !== null; i++) {
      this.#rows[i] ??= [];
      const row: Bucket[] = this.#rows[i]!;
      row.push(carried);
      carried = row.length > this.#options.maxBuckets ? merge(row.shift()!, row.shift()!) : null;
    }
  }

  #dropOldest(): void {
    const row = this.#rows.at(-1)!;
    this.#total = without(this.#total, row.shift()!);
    while (this.#rows.at(-1)?.length === 0) this.#rows.pop();
  }

  /** Where the window can be cut, between two buckets, into parts whose means differ most beyond what chance allows; null: nowhere. */
  #cut(): Cut | null {
    const { delta, minWindowLength } = this.#options;
    const { count, sum, squares } = this.#total;
    // The paper's delta / ln n, for the many places to cut.
    const confidence = log((2 * log(count)) / delta);
    const variance = squares / count;
    let oldCount = 0;
    let oldSum = 0;
    let most = 0;
    let cut: Cut | null = null;
    for (let i = this.#rows.length - 1; i >= 0; i--) {
      for (const bucket of this.#rows[i]!) {
        oldCount += bucket.count;
        oldSum += bucket.sum;
        const newCount = count - oldCount;
        if (newCount <= minWindowLength) return cut;
        if (oldCount <= minWindowLength) continue;
        const [from, to] = [oldSum / oldCount, (sum - oldSum) / newCount];
        const inverse = 1 / oldCount + 1 / newCount;
        const chance = Math.sqrt(2 * inverse * variance * confidence) + (2 / 3) * inverse * confidence;
        const beyond = Math.abs(from - to) - chance;
        if (beyond <= most) continue;
        most = beyond;
        cut = { from, to, newCount };
      }
    }
    return cut;
  }
}

const EMPTY: Bucket = { count: 0, sum: 0, squares: 0 };

function merge(a: Bucket, b: Bucket): Bucket {
  if (a.count === 0) return b;
  const difference = a.sum / a.count - b.sum / b.count;
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    squares: a.squares + b.squares + (difference * difference * a.count * b.count) / (a.count + b.count),
  };
}

/** The inverse of `merge`: what is left of `all` without `part`. */
function without(all: Bucket, part: Bucket): Bucket {
  const count = all.count - part.count;
  if (count === 0) return EMPTY;
  const sum = all.sum - part.sum;
  const difference = part.sum / part.count - sum / count;
  const squares = all.squares - part.squares - (difference * difference * part.count * count) / all.count;
  return { count, sum, squares: Math.max(0, squares) };
}
