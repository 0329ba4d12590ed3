import type { LearnerSpec, ModelSpec } from "../../shared/contract/spec.ts";
import {
  PredictionEvaluation,
  type PredictionEvaluationReport,
} from "../../shared/evaluation/prediction-evaluation.ts";
import { checkFeedback } from "../../shared/versions/check-feedback.ts";
import { type LogSource, readPredictions } from "../log-files/read-log.ts";
import { noOutcome } from "./no-outcome.ts";

/** What a log says about predictions. */
export type PredictionReport = {
  log: { name: string; decisions: number; withoutOutcome: number };
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
  const evaluation = new PredictionEvaluation(spec, learners, log.decisions);
  await readPredictions(source, ({ record, label }) => {
    if (label !== null) evaluation.update(record, label);
  });
  return { log, ...evaluation.finish() };
}
