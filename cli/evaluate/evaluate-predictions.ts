import type { LearnerSpec, ModelSpec } from "../../shared/contract/spec.ts";
import {
  PredictionEvaluation,
  type PredictionEvaluationReport,
} from "../../shared/evaluation/prediction-evaluation.ts";
import { checkFeedback } from "../../shared/versions/check-feedback.ts";
import { InputError } from "../files/input-error.ts";
import type { Unusable } from "../files/line-problems.ts";
import type { LoggedPrediction } from "../log-files/edgewise-events.ts";
import { type LogSource, readPredictions } from "../log-files/read-log.ts";
import { noOutcome } from "./no-outcome.ts";

/** What a log says about predictions. */
export type PredictionReport = {
  log: { name: string; decisions: number; withoutOutcome: number; unusable: Unusable };
  /** What to know when reading the figures. */
  notes: readonly string[];
} & PredictionEvaluationReport;

/**
 * Tells how good the predictions of each of the learners would have been on a log. Reads the log twice, to know its length.
 * @throws UsageError naming the line that is wrong.
 */
export async function evaluatePredictions(
  source: LogSource,
  spec: ModelSpec,
  learners: readonly LearnerSpec[],
): Promise<PredictionReport> {
  const log = { name: source.name, decisions: 0, withoutOutcome: 0 };
  const problems = await readPredictions(source, (prediction) => {
    if (labelOf(spec, prediction) === null) log.withoutOutcome++;
    else log.decisions++;
  });
  if (log.decisions === 0) throw noOutcome(source.name, log.withoutOutcome, problems);
  const evaluation = new PredictionEvaluation(spec, learners, { decisions: log.decisions, wait: spec.reward.wait });
  await readPredictions(source, (prediction) => {
    const label = labelOf(spec, prediction);
    if (label !== null) evaluation.update(prediction.record, label);
  });
  return { log: { ...log, unusable: problems.unusable }, notes: problems.notes, ...evaluation.finish() };
}

/** Null: nobody said it. @throws InputError when it is none that the spec takes. */
function labelOf(spec: ModelSpec, { record, label }: LoggedPrediction): number | null {
  const problem = label === null ? null : checkFeedback(spec, label);
  if (problem !== null) throw new InputError(`the label ${label} of decision ${record.id} ${problem}`);
  return label;
}
