import { z } from "zod";

/** What GET /v1/log answers: lines of JSON (NDJSON), each a row of a partition's log by rising offset, and at the end where to go on. */

/** A row of the log as it is handed out, without what was concluded from it. Times are ms since the epoch, edge's clock unless said. */
export const logRow = z.object({
  offset: z.number().int().min(1),
  kind: z.enum(["decision", "feedback", "activation"]),
  id: z.string(),
  /** The sender's time; null when it said none. */
  claimedAt: z.number().nullable(),
  /** When it happened. */
  at: z.number(),
  receivedAt: z.number(),
  /** Of feedback and activations null where the decision came later. */
  model: z.string().nullable(),
  deferred: z.boolean(),
  /** The record as JSON, as it was logged; of feedback and activations null when the other fields say all of it. */
  record: z.string().nullable(),
  /** Of what came before its decision: models that its sender may speak for, as JSON; without: all. */
  senders: z.string().optional(),
  value: z.number().nullable(),
  final: z.boolean().nullable(),
});
export type LogRow = z.infer<typeof logRow>;

/** The last line. Without it the answer was cut off. */
export const logPageEnd = z.object({
  /** The log's identity: a partition that lost its data begins another. */
  log: z.string(),
  /** Offset of the last row that was looked at, to go on after. */
  next: z.number().int().min(0),
  /** Offset of the newest row of the log. */
  newest: z.number().int().min(0),
  /** No row after `newest` will have an earlier `receivedAt`. */
  time: z.number(),
});
export type LogPageEnd = z.infer<typeof logPageEnd>;
