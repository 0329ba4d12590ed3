import type { z } from "zod";
import { decisionRecord, feedbackRecord } from "../../shared/contract/record.ts";
import type { IncomingDecision, IncomingFeedback, Unusable } from "../log/messages.ts";
import { deploymentOf } from "../registry/deployments.ts";
import { fieldErrors } from "./field-errors.ts";
import { jsonValueErrors } from "./json-value.ts";
import type { FieldError } from "./problem.ts";

/** An item of a batch: what it is, where it stood, and what it became. */
export type Item =
  | { list: "decisions"; index: number; id: string; decision: IncomingDecision }
  | { list: "feedback"; index: number; id: string; feedback: IncomingFeedback }
  | { list: "decisions" | "feedback"; index: number; id: string | null; unusable: Unusable };

/** Clocks of a batch: `sentAt` the page's when it sent, `receivedAt` the edge's when it came. */
export type Clocks = { sentAt: number; receivedAt: number };

/** A page's time on the edge's clock. Nothing has happened later than it was received. */
export const onEdgeClock = (at: number, { sentAt, receivedAt }: Clocks): number =>
  Math.max(0, Math.min(at + receivedAt - sentAt, receivedAt));

/** Checks one decision of a batch by its schema and its model. */
export function decisionItem(value: unknown, index: number, clocks: Clocks): Item {
  const { data, errors } = check(decisionRecord, value);
  if (!data) return unusable("decisions", index, value, errors);
  const spec = deploymentOf(data.model)?.spec;
  if (!spec) return unusable("decisions", index, value, [{ field: "model", message: "is not a deployed model" }]);
  if (spec.task.type !== data.task)
    return unusable("decisions", index, value, [
      { field: "task", message: `must be ${spec.task.type} for ${data.model}` },
    ]);
  const { id, model, at } = data;
  const decision = { id, model, claimedAt: at, at: onEdgeClock(at, clocks), body: JSON.stringify(data) };
  return { list: "decisions", index, id, decision };
}

/** Checks one feedback of a batch by its schema; whether its model can learn from it, the partition knows. */
export function feedbackItem(value: unknown, index: number, clocks: Clocks): Item {
  const { data, errors } = check(feedbackRecord, value);
  if (!data) return unusable("feedback", index, value, errors);
  const { id, at } = data;
  const feedback = {
    id,
    value: data.value,
    final: data.final ?? false,
    claimedAt: at ?? null,
    at: at === undefined ? clocks.receivedAt : onEdgeClock(at, clocks),
  };
  return { list: "feedback", index, id, feedback };
}

function check<T>(schema: z.ZodType<T>, value: unknown): { data: T | null; errors: FieldError[] } {
  const errors = jsonValueErrors("", value);
  if (errors.length > 0) return { data: null, errors };
  const result = schema.safeParse(value);
  return result.success
    ? { data: result.data, errors: [] }
    : { data: null, errors: fieldErrors("", result.error.issues) };
}

function unusable(list: Item["list"], index: number, value: unknown, errors: FieldError[]): Item {
  const id = claimedId(value);
  const reason = errors
    .slice(0, 5)
    .map(({ field, message }) => `${field.replace(/^\./, "") || "the item"} ${message}`)
    .join("; ");
  return { list, index, id, unusable: { list, id, reason, body: JSON.stringify(value) } };
}

/** The id of an item that may be anything. */
function claimedId(value: unknown): string | null {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : null;
  return typeof id === "string" && id.isWellFormed() ? id.slice(0, 256) : null;
}
