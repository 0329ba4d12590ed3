import { parseDuration } from "../contract/duration.ts";
import type { PredictDecision } from "../contract/record.ts";
import type { LearnerSpec, ModelSpec } from "../contract/spec.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { Featurizer } from "../features/featurizer.ts";
import { applyLink, linkOf } from "../heads/link.ts";
import { makeLearner } from "../online/learners.ts";
import { logisticLoss, squaredLoss } from "../online/loss.ts";
import { type DriftReport, LogDrift } from "./drift/log-drift.ts";
import { learnerName } from "./learner-name.ts";
import { type PredictionRow, PredictionScores } from "./prediction-scores.ts";
import { ProgressiveValidation } from "./progressive-validation.ts";

export type PredictionEvaluationReport = {
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
 * them for sure.
 */
export class PredictionEvaluation {
  readonly #wait: string;
  readonly #waitMs: number;
  readonly #logged: PredictionScores;
  readonly #drift: LogDrift;
  readonly #candidates: readonly Candidate[];
  readonly #open: { id: string; label: number; due: number }[] = [];
  #answered = 0;
  #now = 0;

  /** @param decisions with a label, that will come. */
  constructor(spec: ModelSpec, learners: readonly LearnerSpec[], decisions: number) {
    this.#wait = spec.reward.wait;
    this.#waitMs = parseDuration(spec.reward.wait);
    this.#logged = new PredictionScores("logged", linkOf(spec) === "logistic");
    this.#drift = new LogDrift(decisions);
    this.#candidates = learners.map((learner) => new Candidate({ ...spec, learner }));
  }

  /** @param record in the order of the log. */
  update(record: PredictDecision, label: number): void {
    this.#logged.update(record.value, label);
    this.#drift.update({ reward: label, score: record.value, values: () => record });
    // Clocks of several machines may differ by a little.
    this.#now = Math.max(this.#now, record.at);
    this.#answerUntil(this.#now);
    const id = String(this.#open.length);
    for (const candidate of this.#candidates) candidate.ask(id, record, this.#now);
    this.#open.push({ id, label, due: this.#now + this.#waitMs });
  }

  /** Learns what is left, and tells. Nothing can come after it. */
  finish(): PredictionEvaluationReport {
    const learnedInTime = this.#answered;
    this.#answerUntil(Number.POSITIVE_INFINITY);
    return {
      wait: this.#wait,
      learnedInTime,
      predictions: [this.#logged.row, ...this.#candidates.map(({ scores }) => scores.row)],
      drift: this.#drift.report,
    };
  }

  #answerUntil(time: number): void {
    for (; this.#answered < this.#open.length && this.#open[this.#answered]!.due <= time; this.#answered++) {
      const { id, label, due } = this.#open[this.#answered]!;
      for (const candidate of this.#candidates) candidate.answer(id, label, due);
    }
  }
}

class Candidate {
  readonly scores: PredictionScores;
  readonly #featurizer: Featurizer;
  readonly #validation: ProgressiveValidation;
  readonly #features = new FeatureBuffer();

  constructor(spec: ModelSpec) {
    const link = linkOf(spec);
    this.#featurizer = new Featurizer(spec);
    this.scores = new PredictionScores(learnerName(spec.learner), link === "logistic");
    const learner = makeLearner(spec.learner, link === "logistic" ? logisticLoss : squaredLoss);
    this.#validation = new ProgressiveValidation(learner, {
      onAnswer: ({ prediction, label }) => this.scores.update(applyLink(link, prediction), label),
    });
  }

  ask(id: string, record: PredictDecision, at: number): void {
    this.#featurizer.hashInPlace({ ...record, actions: [] }).expand(0, this.#features);
    this.#validation.ask(id, this.#features, at);
  }

  answer(id: string, label: number, at: number): void {
    this.#validation.answer(id, label, at);
  }
}
