import { formatOf, RECORD_FORMAT } from "./format.ts";
import {
  type ActivationRecord,
  activationRecord,
  type DecisionRecord,
  decisionRecord,
  type FeedbackRecord,
  feedbackRecord,
} from "./record.ts";

/**
 * Reads records of any format up to today's as today's. Each takes what may be anything, already parsed from JSON.
 * @throws UnreadFormatError when it is of a newer format; ZodError when it is not such a record.
 */

export const readDecision = (value: unknown): DecisionRecord => decisionRecord.parse(upcast(value, "decision"));
export const readFeedback = (value: unknown): FeedbackRecord => feedbackRecord.parse(upcast(value, "feedback"));
export const readActivation = (value: unknown): ActivationRecord => activationRecord.parse(upcast(value, "activation"));

/** A record of today's format, as far as it goes: whether it is valid, its schema says. @throws UnreadFormatError */
export function upcast(value: unknown, what: "decision" | "feedback" | "activation"): unknown {
  const format = formatOf(value, what, RECORD_FORMAT);
  if (format === RECORD_FORMAT || typeof value !== "object" || value === null) return value;
  const record = { ...value, format: RECORD_FORMAT };
  // Format 1 knew one version and no activations.
  return what === "decision" ? { ...record, assignment: null, deferred: false } : record;
}
