import { checkExample, type Metric } from "./metric.ts";

/** Halvings from 1/2 on: probabilities nearer to 0 or 1 than 2^-21 share a bin. */
const OCTAVES = 20;
const MOST_PRECISION = 16;

/** To read the exponent and the first digits of a number. */
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/**
 * Area under the ROC curve in one pass: scores fall into bins, and those that share a bin count as ties. Bins are equally wide in
 * each halving of the distance to 0, or to 1, so that rare labels' small probabilities are told apart, too. The exact value
 * (`auc`) is within `error` of this one, whatever the scores.
 */
export class StreamingAuc implements Metric {
  /** Digits of a probability that a bin tells. */
  readonly #precision: number;
  readonly #positives: Float64Array;
  readonly #negatives: Float64Array;

  /**
   * @param precision 2^precision bins in each halving. The default takes 640 KiB.
   * @throws RangeError unless it is a whole number from 0 to 16.
   */
  constructor(precision = 10) {
    if (!Number.isInteger(precision) || precision < 0 || precision > MOST_PRECISION)
      throw new RangeError(`The precision ${precision} is not a whole number from 0 to ${MOST_PRECISION}`);
    this.#precision = precision;
    const bins = 2 * (OCTAVES * 2 ** precision + 1);
    this.#positives = new Float64Array(bins);
    this.#negatives = new Float64Array(bins);
  }

  update(probability: number, label: number, importance = 1): void {
    checkExample(probability, label, importance);
    const bin =
      probability < 0.5 ? this.#fromEnd(probability) : this.#positives.length - 1 - this.#fromEnd(1 - probability);
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

  /** Bin of a distance to an end, from 0 to 1/2. */
  #fromEnd(distance: number): number {
    const shift = 23 - this.#precision;
    single[0] = 2 ** -OCTAVES / 2;
    const first = bits[0]! >>> shift;
    single[0] = distance;
    return Math.max(0, (bits[0]! >>> shift) - first);
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
