import { copyFeatures } from "../features/copy-features.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { Learner } from "../online/learner.ts";

export interface ProgressiveValidationOptions {
  /** How long after its question an answer still counts, in the unit of the times. Default: for ever. */
  readonly maxDelay?: number;
  /** What a question without an answer in time is taken to be answered with. Default: it is dropped. */
  readonly defaultLabel?: number;
  /** Told of every question that was answered, and learned: the place for metrics. */
  readonly onAnswer?: (answered: AnsweredQuestion) => void;
}

export interface AnsweredQuestion {
  readonly id: string;
  /** The learner's, as it was when the question was asked. */
  readonly prediction: number;
  readonly label: number;
  readonly importance: number;
  readonly askedAt: number;
  readonly answeredAt: number;
  /** No answer came in time: the label is the default one. */
  readonly isDefault: boolean;
}

/** What became of an answer: learned; too late; or of no question that is open (never asked, or answered already). */
export type AnswerOutcome = "learned" | "late" | "unknown";

interface Question {
  readonly x: FeatureBuffer;
  readonly prediction: number;
  readonly askedAt: number;
}

/**
 * Progressive validation (Blum, Kalai & Langford, COLT 1999) where labels come later than questions: each example is
 * predicted when it is asked, with what the learner knew then, and learned when its label is known, or its delay is over.
 * So the measured predictions are those that a served model would have made.
 *
 * Times must not go back; they may be of any unit. Memory grows with the open questions.
 */
export class ProgressiveValidation {
  readonly #learner: Pick<Learner, "predict" | "learn">;
  readonly #maxDelay: number;
  readonly #defaultLabel: number | null;
  readonly #onAnswer: (answered: AnsweredQuestion) => void;
  /** In the order they were asked, so in order of time. */
  readonly #open = new Map<string, Question>();
  #now = Number.NEGATIVE_INFINITY;
  #asked = 0;
  #answered = 0;
  #expired = 0;

  /** @throws RangeError when the longest delay is negative. */
  constructor(learner: Pick<Learner, "predict" | "learn">, options: ProgressiveValidationOptions = {}) {
    const { maxDelay = Number.POSITIVE_INFINITY, defaultLabel = null, onAnswer = () => {} } = options;
    if (!(maxDelay >= 0)) throw new RangeError(`The longest delay ${maxDelay} must be 0 or more`);
    this.#learner = learner;
    this.#maxDelay = maxDelay;
    this.#defaultLabel = defaultLabel;
    this.#onAnswer = onAnswer;
  }

  /** Questions so far. */
  get asked(): number {
    return this.#asked;
  }

  /** Answers that came in time. */
  get answered(): number {
    return this.#answered;
  }

  /** Questions whose answer did not come in time. */
  get expired(): number {
    return this.#expired;
  }

  /** Questions that may still be answered. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * @param x is copied: the caller may use it again.
   * @returns the prediction, which is the one that will be measured.
   * @throws RangeError when the id is open already, or the time goes back.
   */
  ask(id: string, x: FeatureBuffer, at: number): number {
    this.advance(at);
    if (this.#open.has(id)) throw new RangeError(`The question ${id} is open already`);
    const prediction = this.#learner.predict(x);
    // The caller's buffer is used again. Kept are no more features than there are.
    const kept = new FeatureBuffer(x.length);
    copyFeatures(x, kept);
    this.#open.set(id, { x: kept, prediction, askedAt: at });
    this.#asked++;
    return prediction;
  }

  /**
   * @param importance how many times the example counts; 1 unless said.
   * @throws RangeError when the time goes back, or the learner refuses the label: the question is open still then.
   */
  answer(id: string, label: number, at: number, importance = 1): AnswerOutcome {
    const late = this.#isLate(this.#open.get(id), at);
    this.advance(at);
    const question = this.#open.get(id);
    if (question === undefined) return late ? "late" : "unknown";
    this.#learn(id, question, { label, importance, at, isDefault: false });
    this.#answered++;
    return "learned";
  }

  /**
   * Lets time pass: questions whose delay is over at `at` are closed, with the default label if there is one. Asking and
   * answering do it, too; call it at the end of a log.
   * @throws RangeError when the time goes back, or is not a number.
   */
  advance(at: number): void {
    if (!(at >= this.#now)) throw new RangeError(`The time goes back from ${this.#now} to ${at}`);
    for (const [id, question] of this.#open) {
      if (!this.#isLate(question, at)) break;
      if (this.#defaultLabel === null) this.#open.delete(id);
      else {
        const end = question.askedAt + this.#maxDelay;
        this.#learn(id, question, { label: this.#defaultLabel, importance: 1, at: end, isDefault: true });
      }
      this.#expired++;
    }
    this.#now = at;
  }

  #isLate(question: Question | undefined, at: number): boolean {
    return question !== undefined && at - question.askedAt > this.#maxDelay;
  }

  #learn(
    id: string,
    { x, prediction, askedAt }: Question,
    { label, importance, at, isDefault }: { label: number; importance: number; at: number; isDefault: boolean },
  ): void {
    this.#learner.learn(x, label, importance);
    this.#open.delete(id);
    this.#onAnswer({ id, prediction, label, importance, askedAt, answeredAt: at, isDefault });
  }
}
