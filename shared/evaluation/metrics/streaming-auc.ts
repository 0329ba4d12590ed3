import { checkExample, type Metric } from "./metric.ts";

const BINS = 4096;

/**
 * Area under the ROC curve in one pass: scores fall into bins that are equally wide in probability, and those that share
 * a bin count as ties. The exact value (`auc`) is within `error` of this one, whatever the scores.
 */
export class StreamingAuc implements Metric {
  readonly #positives: Float64Array;
  readonly #negatives: Float64Array;

  /** @throws RangeError unless `bins` is a whole number above 0. */
  constructor(bins = BINS) {
    if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`${bins} is not a number of bins`);
    this.#positives = new Float64Array(bins);
    this.#negatives = new Float64Array(bins);
  }

  update(probability: number, label: number, importance = 1): void {
    checkExample(probability, label, importance);
    const bins = this.#positives.length;
    const bin = Math.min(bins - 1, Math.floor(probability * bins));
    (label === 1 ? this.#positives : this.#negatives)[bin]! += importance;
  }

  /** 0 to 1; null without both a positive and a negative. */
  get value(): number | null {
    return this.#count()?.auc ?? null;
  }

  /** The exact value is at most this far away: half of the pairs that share a bin. null like the value. */
  get error(): number | null {
    return this.#count()?.error ?? null;
  }

  #count(): { auc: number; error: number } | null {
    let below = 0;
    let won = 0;
    let tied = 0;
    let positives = 0;
    for (let bin = 0; bin < this.#positives.length; bin++) {
      won += this.#positives[bin]! * below;
      tied += this.#positives[bin]! * this.#negatives[bin]!;
      below += this.#negatives[bin]!;
      positives += this.#positives[bin]!;
    }
    const pairs = positives * below;
    return pairs === 0 ? null : { auc: (won + tied / 2) / pairs, error: tied / 2 / pairs };
  }
}
