import { checkExample, type Metric } from "./metric.ts";
import { WeightedMean } from "./weighted-mean.ts";

/** Mean squared difference of probability and label (Brier 1950), 0 (best) to 1. */
export class Brier implements Metric {
  readonly #mean = new WeightedMean();

  update(probability: number, label: number, importance = 1): void {
    checkExample(probability, label, importance);
    const error = probability - label;
    this.#mean.add(error * error, importance);
  }

  get value(): number | null {
    return this.#mean.value;
  }
}
