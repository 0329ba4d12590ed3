import { parseDuration } from "../contract/duration.ts";
import type { LearnerSpec, ModelSpec } from "../contract/spec.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { Featurizer } from "../features/featurizer.ts";
import type { FeaturizerInput } from "../features/hashed-decision.ts";
import "../features/other-operators.ts";
import { applyLink, linkOf } from "../heads/link.ts";
import { makeLearner } from "../online/learners.ts";
import { logisticLoss, squaredLoss } from "../online/loss.ts";
import { type DriftReport, LogDrift } from "./drift/log-drift.ts";
import { learnerName } from "./learner-name.ts";
import { type PredictionRow, PredictionScores } from "./prediction-scores.ts";
import { ProgressiveValidation } from "./progressive-validation.ts";

export type PredictionEvaluationReport = {
  /** How long after its question a label was learned; null: at once. */
  wait: string | null;
  predictions: PredictionRow[];
  /** Labels that were learned before the last question. */
  learnedInTime: number;
  /** Of labels, what was answered, and features; null: the log is too short to tell. */
  drift: DriftReport | null;
};

/** A question of a log. */
type Question = Omit<FeaturizerInput, "actions"> & {
  /** What was answered; null: it was not asked then. */
  value: number | null;
};

/** What is known of a log before it is read. */
type PredictionLog = {
  /** With a label. */
  decisions: number;
  /** How long after its question a label was known; null: at once. */
  wait: string | null;
};

/**
 * Learns the labels of a log by each of the learners on a spec's features. Every label is predicted with what was known when it was
 * asked for (progressive validation): labels are learned some time after their question, when the server would have known them for sure.
 */
export class PredictionEvaluation {
  readonly #wait: string | null;
  readonly #waitMs: number;
  readonly #logged: PredictionScores;
  readonly #drift: LogDrift;
  readonly #candidates: readonly Candidate[];
  readonly #open: { id: string; label: number; due: number }[] = [];
  #wasAsked = false;
  #answered = 0;
  #now = 0;

  constructor(spec: ModelSpec, learners: readonly LearnerSpec[], { decisions, wait }: PredictionLog) {
    this.#wait = wait;
    this.#waitMs = wait === null ? 0 : parseDuration(wait);
    this.#logged = new PredictionScores("logged", linkOf(spec) === "logistic");
    this.#drift = new LogDrift(decisions);
    this.#candidates = learners.map((learner) => new Candidate({ ...spec, learner }));
  }

  /** @param question in the order of the log. */
  update(question: Question, label: number): void {
    const { value } = question;
    if (value !== null) {
      this.#wasAsked = true;
      this.#logged.update(value, label);
    }
    const input = { ...question, actions: [] };
    this.#drift.update({ reward: label, score: value ?? undefined, values: () => input });
    // Clocks of several machines may differ by a little.
    this.#now = Math.max(this.#now, question.at);
    this.#answerUntil(this.#now);
    const id = String(this.#open.length);
    for (const candidate of this.#candidates) candidate.ask(id, input, this.#now);
    this.#open.push({ id, label, due: this.#now + this.#waitMs });
  }

  /** Learns what is left, and tells. Nothing can come after it. */
  finish(): PredictionEvaluationReport {
    const learnedInTime = this.#answered;
    this.#answerUntil(Number.POSITIVE_INFINITY);
    return {
      wait: this.#wait,
      learnedInTime,
      predictions: [...(this.#wasAsked ? [this.#logged.row] : []), ...this.#candidates.map(({ scores }) => scores.row)],
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

  ask(id: string, input: FeaturizerInput, at: number): void {
    this.#featurizer.hashInPlace(input).expand(0, this.#features);
    this.#validation.ask(id, this.#features, at);
  }

  answer(id: string, label: number, at: number): void {
    this.#validation.answer(id, label, at);
  }
}
