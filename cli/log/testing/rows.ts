import type { LogRow } from "../../../shared/contract/log-page.ts";

/** Rows of a log in which all is received when it happens, of the model `m` unless said otherwise. */

const row = (kind: LogRow["kind"], offset: number, id: string, at: number): LogRow => ({
  ...{ kind, offset, id, at, claimedAt: at, receivedAt: at },
  ...{ model: "m", deferred: false, record: null, value: null, final: null },
});

export const decision = (offset: number, id: string, at: number, changes: Partial<LogRow> = {}): LogRow => ({
  ...row("decision", offset, id, at),
  record: JSON.stringify({ id, task: "predict" }),
  ...changes,
});
export const feedback = (
  offset: number,
  id: string,
  at: number,
  value: number,
  changes: Partial<LogRow> = {},
): LogRow => ({ ...row("feedback", offset, id, at), value, final: false, ...changes });
export const activation = (offset: number, id: string, at: number, changes: Partial<LogRow> = {}): LogRow => ({
  ...row("activation", offset, id, at),
  ...changes,
});
