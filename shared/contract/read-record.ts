import { formatOf, RECORD_FORMAT } from "./format.ts";
import { type DecisionRecord, decisionRecord } from "./record.ts";

/**
 * Reads a decision record of any format up to today's as today's.
 * @param value what may be anything, already parsed from JSON.
 * @throws FormatError when it is of a newer format; ZodError when it is not such a record.
 */
export const readDecision = (value: unknown): DecisionRecord => decisionRecord.parse(upcast(value, "decision"));

/** A record of today's format, as far as it goes: whether it is valid, its schema says. @throws FormatError */
export function upcast(value: unknown, what: "decision" | "feedback" | "activation"): unknown {
  const format = formatOf(value, what, RECORD_FORMAT);
  if (format === RECORD_FORMAT || typeof value !== "object" || value === null) return value;
  const record = { ...value, format: RECORD_FORMAT };
  // Format 1 knew one version and no activations.
  return what === "decision" ? { ...record, assignment: null, deferred: false } : record;
}
