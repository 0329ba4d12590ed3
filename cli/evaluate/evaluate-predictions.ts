import { parseDuration } from "../../shared/contract/duration.ts";
import type { LearnerSpec, ModelSpec } from "../../shared/contract/spec.ts";
import { StreamingAuc } from "../../shared/evaluation/metrics/streaming-auc.ts";
import { StreamingLogLoss } from "../../shared/evaluation/metrics/streaming-log-loss.ts";
import { WeightedMean } from "../../shared/evaluation/metrics/weighted-mean.ts";
import { ProgressiveValidation } from "../../shared/evaluation/progressive-validation.ts";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { Featurizer } from "../../shared/features/featurizer.ts";
import { applyLink, linkOf } from "../../shared/heads/link.ts";
import { logisticLoss, squaredLoss } from "../../shared/online/loss.ts";
import { makeLearner } from "../../shared/online/make-learner.ts";
import { checkFeedback } from "../../shared/versions/check-feedback.ts";
import { type LogSource, readPredictions } from "../log-files/read-log.ts";
import { learnerName } from "./learner-text.ts";
import { type DriftReport, LogDrift } from "./log-drift.ts";
import { noOutcome } from "./no-outcome.ts";

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
  /** How long after its question a label was learned. */
  wait: string;
  predictions: PredictionRow[];
  /** Labels that were learned before the last question. */
  learnedInTime: number;
  /** Of labels, what was answered, and features; null: the log is too short to tell. */
  drift: DriftReport | null;
};

/**
 * Learns the labels of a log by each of the learners on a spec's features. Every label is predicted with what was known when it was
 * asked for (progressive validation): labels are learned the spec's wait after their question, when the server would have known
 * them for sure. Reads the log twice, to know its length.
 * @throws UsageError naming the line that is wrong.
 */
export async function evaluatePredictions(
  source: LogSource,
  spec: ModelSpec,
  learners: readonly LearnerSpec[],
): Promise<PredictionReport> {
  const log = { name: source.name, decisions: 0, withoutOutcome: 0 };
  await readPredictions(source, ({ record, label }) => {
    if (label === null) {
      log.withoutOutcome++;
      return;
    }
    const problem = checkFeedback(spec, label);
    if (problem !== null) throw new RangeError(`the label ${label} of decision ${record.id} ${problem}`);
    log.decisions++;
  });
  if (log.decisions === 0) throw noOutcome(source.name, log.withoutOutcome);
  const logged = new Scores("logged", linkOf(spec) === "logistic");
  const drift = new LogDrift(log.decisions);
  const wait = parseDuration(spec.reward.wait);
  const candidates = learners.map((learner) => new Candidate({ ...spec, learner }));
  const open: { id: string; label: number; due: number }[] = [];
  let answered = 0;
  let now = 0;
  const answerUntil = (time: number) => {
    for (; answered < open.length && open[answered]!.due <= time; answered++) {
      const { id, label, due } = open[answered]!;
      for (const candidate of candidates) candidate.answer(id, label, due);
    }
  };
  await readPredictions(source, ({ record, label }) => {
    if (label === null) return;
    logged.update(record.value, label);
    drift.update({ reward: label, score: record.value, values: () => record });
    // Clocks of several machines may differ by a little.
    now = Math.max(now, record.at);
    answerUntil(now);
    const id = String(open.length);
    for (const candidate of candidates) candidate.ask(id, { ...record, actions: [] }, now);
    open.push({ id, label, due: now + wait });
  });
  const learnedInTime = answered;
  answerUntil(Number.POSITIVE_INFINITY);
  return {
    log,
    wait: spec.reward.wait,
    learnedInTime,
    predictions: [logged.row, ...candidates.map(({ scores }) => scores.row)],
    drift: drift.report,
  };
}

class Candidate {
  readonly scores: Scores;
  readonly #featurizer: Featurizer;
  readonly #validation: ProgressiveValidation;
  readonly #features = new FeatureBuffer();

  constructor(spec: ModelSpec) {
    const link = linkOf(spec);
    this.#featurizer = new Featurizer(spec);
    this.scores = new Scores(learnerName(spec.learner), link === "logistic");
    const learner = makeLearner(spec.learner, link === "logistic" ? logisticLoss : squaredLoss);
    this.#validation = new ProgressiveValidation(learner, {
      onAnswer: ({ prediction, label }) => this.scores.update(applyLink(link, prediction), label),
    });
  }

  ask(id: string, input: Parameters<Featurizer["hash"]>[0], at: number): void {
    this.#featurizer.hashInPlace(input).expand(0, this.#features);
    this.#validation.ask(id, this.#features, at);
  }

  answer(id: string, label: number, at: number): void {
    this.#validation.answer(id, label, at);
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
