import { StreamingAuc } from "../../shared/evaluation/metrics/streaming-auc.ts";
import { StreamingLogLoss } from "../../shared/evaluation/metrics/streaming-log-loss.ts";
import { WeightedMean } from "../../shared/evaluation/metrics/weighted-mean.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { Featurizer } from "../../shared/features/featurizer.ts";
import { checkFeedback } from "../../shared/learning/check-feedback.ts";
import type { Learner } from "../../shared/learning/learner.ts";
import { logisticLoss, squaredLoss } from "../../shared/learning/loss.ts";
import { makeLearner } from "../../shared/learning/make-learner.ts";
import { applyLink, linkOf } from "../../shared/scoring/link.ts";
import type { LearnerSpec, ModelSpec } from "../../shared/spec/model.ts";
import { UsageError } from "../command.ts";
import { type LogSource, readPredictions } from "../logs/read-log.ts";
import { learnerName } from "./learner-text.ts";

/** How good predictions were; those of a model of values have a squared error only. */
export type PredictionRow = {
  /** `logged`: what was answered when the log was made. */
  learner: string;
  squaredError: number | null;
  logLoss: number | null;
  auc: number | null;
};

/** What a log says about predictions. */
export type PredictionReport = {
  log: { name: string; decisions: number; withoutOutcome: number };
  predictions: PredictionRow[];
};

/**
 * Learns the labels of a log in its order, by each of the learners on a spec's features: every label is predicted before it is
 * learned (progressive validation), and known at once, other than when the log was made.
 * @throws UsageError naming the line that is wrong.
 */
export async function evaluatePredictions(
  source: LogSource,
  spec: ModelSpec,
  learners: readonly LearnerSpec[],
): Promise<PredictionReport> {
  const binary = linkOf(spec) === "logistic";
  const logged = new Scores("logged", binary);
  const candidates = learners.map((learner) => new Candidate({ ...spec, learner }));
  const log = { name: source.name, decisions: 0, withoutOutcome: 0 };
  await readPredictions(source, ({ record, label }) => {
    if (label === null) {
      log.withoutOutcome++;
      return;
    }
    const problem = checkFeedback(spec, label);
    if (problem !== null) throw new RangeError(`the label ${label} of decision ${record.id} ${problem}`);
    log.decisions++;
    logged.update(record.value, label);
    for (const candidate of candidates) candidate.update({ ...record, actions: [] }, label);
  });
  if (log.decisions === 0)
    throw new UsageError(`${source.name} has no decision with an outcome (${log.withoutOutcome} without).`);
  return { log, predictions: [logged.row, ...candidates.map(({ scores }) => scores.row)] };
}

class Candidate {
  readonly scores: Scores;
  readonly #spec: ModelSpec;
  readonly #featurizer: Featurizer;
  readonly #learner: Learner;
  readonly #features = new FeatureBuffer();

  constructor(spec: ModelSpec) {
    const link = linkOf(spec);
    this.#spec = spec;
    this.#featurizer = new Featurizer(spec);
    this.#learner = makeLearner(spec.learner, link === "logistic" ? logisticLoss : squaredLoss);
    this.scores = new Scores(learnerName(spec.learner), link === "logistic");
  }

  update(input: Parameters<Featurizer["hash"]>[0], label: number): void {
    this.#featurizer.hash(input).expand(0, this.#features);
    this.scores.update(applyLink(linkOf(this.#spec), this.#learner.predict(this.#features)), label);
    this.#learner.learn(this.#features, label, 1);
  }
}

class Scores {
  readonly #name: string;
  readonly #binary: boolean;
  readonly #squaredError = new WeightedMean();
  readonly #logLoss = new StreamingLogLoss();
  readonly #auc = new StreamingAuc();

  constructor(name: string, binary: boolean) {
    this.#name = name;
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
      learner: this.#name,
      squaredError: this.#squaredError.value,
      logLoss: this.#logLoss.value,
      auc: this.#auc.value,
    };
  }
}
