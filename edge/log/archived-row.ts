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
