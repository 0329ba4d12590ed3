import { unitOfJson } from "./packed-record.ts";

/**
 * A row of the log as it lies in a segment: as SQLite has it, but that a record stands there whole. Numbers are what SQLite holds, flags 0 or 1.
 */
export type ArchivedRow = {
  offset: number;
  kind: "decision" | "feedback" | "activation";
  id: string;
  claimedAt: number | null;
  at: number;
  receivedAt: number;
  model: string | null;
  value: number | null;
  final: number | null;
  deferred: number | null;
  senders: string | null;
  body: string | null;
};

/** The decisions of a segment's file that were received in it, after an offset. @param rows of the file. */
export const decisionsAfter = (rows: readonly ArchivedRow[], { first }: { first: number }, after: number) =>
  rows
    .filter(({ kind, offset }) => kind === "decision" && offset > after && offset >= first)
    .map(({ offset, id, model, body }) => ({
      offset,
      id,
      model: model!,
      unit: body === null ? null : unitOfJson(body),
    }));
