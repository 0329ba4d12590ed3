import { log } from "../../math/log.ts";
import { checkExample, type Metric } from "./metric.ts";
import { WeightedMean } from "./weighted-mean.ts";

/** Probabilities are kept this far from 0 and 1, as in `logLoss`, so that one sure mistake does not count infinitely. */
const CLIP = 1e-15;

/** Mean of -ln(probability of the label), in nats: `logLoss` in one pass, and the same on every engine. */
export class StreamingLogLoss implements Metric {
  readonly #mean = new WeightedMean();

  update(probability: number, label: number, importance = 1): void {
    checkExample(probability, label, importance);
    const clipped = Math.min(1 - CLIP, Math.max(CLIP, probability));
    this.#mean.add(-log(label === 1 ? clipped : 1 - clipped), importance);
  }

  get value(): number | null {
    return this.#mean.value;
  }
}
