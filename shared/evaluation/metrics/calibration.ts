import { checkExample, type Metric } from "./metric.ts";
import { WeightedMean } from "./weighted-mean.ts";

export interface CalibrationBin {
  /** Probabilities from `low` up to, but without, `high`; the last bin includes 1. */
  readonly low: number;
  readonly high: number;
  /** Sum of importances. */
  readonly count: number;
  /** null in an empty bin, as is `rate`. */
  readonly meanProbability: number | null;
  /** Share of label 1. */
  readonly rate: number | null;
}

/**
 * Reliability of probabilities, in equally wide bins. The value is the expected calibration error (Naeini, Cooper &
 * Hauskrecht, AAAI 2015): the mean over examples of |mean probability - share of label 1| in their bin, 0 (best) to 1.
 */
export class Calibration implements Metric {
  readonly #bins: { readonly probability: WeightedMean; readonly label: WeightedMean }[];

  /** @throws RangeError unless `bins` is a whole number above 0. */
  constructor(bins = 10) {
    if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`${bins} is not a number of bins`);
    this.#bins = Array.from({ length: bins }, () => ({ probability: new WeightedMean(), label: new WeightedMean() }));
  }

  update(probability: number, label: number, importance = 1): void {
    checkExample(probability, label, importance);
    const bin = this.#bins[Math.min(this.#bins.length - 1, Math.floor(probability * this.#bins.length))]!;
    bin.probability.add(probability, importance);
    bin.label.add(label, importance);
  }

  get bins(): CalibrationBin[] {
    return this.#bins.map(({ probability, label }, i) => ({
      low: i / this.#bins.length,
      high: (i + 1) / this.#bins.length,
      count: probability.weight,
      meanProbability: probability.value,
      rate: label.value,
    }));
  }

  get value(): number | null {
    const error = new WeightedMean();
    for (const { probability, label } of this.#bins) {
      if (probability.value !== null) error.add(Math.abs(probability.value - label.value!), probability.weight);
    }
    return error.value;
  }
}
