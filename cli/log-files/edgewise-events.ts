import { z } from "zod";
import { FormatError } from "../../shared/contract/format.ts";
import { readDecision } from "../../shared/contract/read-record.ts";
import type { DecisionRecord, PredictDecision } from "../../shared/contract/record.ts";
import { isFallback } from "../../shared/decide/fallback.ts";
import { InputError } from "../files/input-error.ts";
import { JsonReader } from "../vw/json.ts";
import { dsjsonLine } from "./dsjson.ts";
import type { FileEntry } from "./file-entry.ts";

/** A prediction with its label; null: nobody said it. */
export type LoggedPrediction = { record: PredictDecision; label: number | null };

/** Reads a rank decision of what `edgewise export` writes: `{"decision": the record, "value": its reward or null}`. */
export function edgewiseEvents(): (line: string) => FileEntry {
  const reader = new JsonReader("bandit", true);
  return (line) => {
    const { record, value } = readRecord(line);
    if (record.task !== "rank")
      throw new InputError(
        `decision ${record.id} is of ${record.model}, which predicts: give its spec with --spec, or export one model with --model`,
      );
    const { head, actions } = reader.readDecision(dsjsonLine(record, null, record.at));
    const sum = record.probabilities.reduce((a, b) => a + b, 0);
    const probabilities = Float64Array.from(record.probabilities, (probability) => probability / sum);
    const { chosen } = record;
    return {
      id: record.id,
      // What no version decided tells nothing of a policy.
      outcome:
        value === null || isFallback(record)
          ? null
          : { chosen, propensity: probabilities[chosen]!, reward: value, importance: 1 },
      probabilities,
      score: record.scores[chosen],
      count: actions.length,
      shared: head,
      actions,
      values: () => record,
    };
  };
}

/** Reads a prediction of what `edgewise export` writes. */
export function readPrediction(line: string): LoggedPrediction {
  const { record, value } = readRecord(line);
  if (record.task !== "predict")
    throw new InputError(`decision ${record.id} is of ${record.model}, which ranks: export one model with --model`);
  return { record, label: value };
}

function readRecord(line: string): { record: DecisionRecord; value: number | null } {
  const { decision, value } = parse(line);
  const record = recordOf(decision);
  if (value !== null && !(typeof value === "number" && Number.isFinite(value)))
    throw new InputError(`the value of decision ${record.id} must be a number or null`);
  return { record, value };
}

function recordOf(decision: unknown): DecisionRecord {
  try {
    return readDecision(decision);
  } catch (error) {
    if (error instanceof FormatError) throw new InputError(error.message);
    if (!(error instanceof z.ZodError)) throw error;
    const [issue] = error.issues;
    throw new InputError(`the decision is not valid: ${issue!.path.join(".")}: ${issue!.message}`);
  }
}

function parse(line: string): { decision?: unknown; value?: unknown } {
  try {
    const object: unknown = JSON.parse(line);
    if (typeof object === "object" && object !== null) return object;
  } catch (error) {
    throw new InputError(`it is not JSON: ${(error as Error).message}`);
  }
  throw new InputError("it is not a JSON object");
}
