import { StreamingAuc } from "./metrics/streaming-auc.ts";
import { StreamingLogLoss } from "./metrics/streaming-log-loss.ts";
import { WeightedMean } from "./metrics/weighted-mean.ts";

/** How good predictions were; those of a model of values have a squared error only. */
export type PredictionRow = {
  /** `logged`: what was answered when the log was made. */
  learner: string;
  squaredError: number | null;
  logLoss: number | null;
  auc: number | null;
};

/** Holds predictions against their labels. */
export class PredictionScores {
  readonly #learner: string;
  readonly #binary: boolean;
  readonly #squaredError = new WeightedMean();
  readonly #logLoss = new StreamingLogLoss();
  readonly #auc = new StreamingAuc();

  constructor(learner: string, binary: boolean) {
    this.#learner = learner;
    this.#binary = binary;
  }

  update(prediction: number, label: number): void {
    this.#squaredError.add((prediction - label) ** 2, 1);
    if (!this.#binary) return;
    this.#logLoss.update(prediction, label);
    this.#auc.update(prediction, label);
  }

  get row(): PredictionRow {
    return {
      learner: this.#learner,
      squaredError: this.#squaredError.value,
      logLoss: this.#logLoss.value,
      auc: this.#auc.value,
    };
  }
}
