import type { ProgressiveValidation } from "../shared/evaluation/progressive-validation.ts";
import type { FeatureBuffer } from "../shared/features/featurebuffer.ts";

export interface DelayedExample {
  readonly id: string;
  readonly x: FeatureBuffer;
  readonly askedAt: number;
  /** null: no answer ever came. */
  readonly answer: { readonly label: number; readonly at: number; readonly importance?: number } | null;
}

/**
 * Runs a finished log through progressive validation as it happened: questions and answers in order of time, whatever
 * their order in the log. At equal times answers come before questions, and otherwise the order of the log decides.
 * @throws RangeError when an answer is older than its question, or as `ProgressiveValidation` does.
 */
export function replayDelayed(validation: ProgressiveValidation, examples: readonly DelayedExample[]): void {
  const moments: { at: number; isAnswer: boolean; run: () => void }[] = [];
  for (const { id, x, askedAt, answer } of examples) {
    moments.push({ at: askedAt, isAnswer: false, run: () => validation.ask(id, x, askedAt) });
    if (answer === null) continue;
    if (!(answer.at >= askedAt)) throw new RangeError(`The answer to ${id} is older than the question`);
    // An answer at the time of its own question can only come after it.
    const isAnswer = answer.at > askedAt;
    moments.push({
      at: answer.at,
      isAnswer,
      run: () => validation.answer(id, answer.label, answer.at, answer.importance),
    });
  }
  moments.sort((a, b) => a.at - b.at || Number(b.isAnswer) - Number(a.isAnswer));
  for (const moment of moments) moment.run();
}
