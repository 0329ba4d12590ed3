import type { LogRow } from "../../shared/contract/log-page.ts";
import type { Archive } from "./archive.ts";
import { LOOK_LIMIT, PULL_BYTES } from "./limits.ts";
import type { Log, StoredRecord } from "./log.ts";
import type { LogPage, PageRequest } from "./messages.ts";
import { SENDERS } from "./sender-sets.ts";

type Stored = Omit<LogRow, "record" | "deferred" | "final" | "senders"> & {
  deferred: number | null;
  final: number | null;
  senders: string | null;
  body: StoredRecord["body"] | null;
  actionsOf: string | null;
};

const COLUMNS = `offset, kind, id, claimed_at AS claimedAt, at, received_at AS receivedAt, model, value, final, deferred,
  ${SENDERS} AS senders, body, actions_of AS actionsOf`;

/**
 * The rows of a log after an offset, as they are, at most `limit` and about PULL_BYTES of records. Of a model: also feedback and activations
 * that came before their decision, since nobody knew then whose they are; with `own` only where it is known by now.
 */
export function pageOf(
  sql: SqlStorage,
  { after, limit, model, own = false }: PageRequest,
  log: Log,
): Pick<LogPage, "rows" | "next"> {
  const until = Math.min(after + LOOK_LIMIT, log.newest);
  const rows: LogRow[] = [];
  let bytes = 0;
  for (const stored of sql.exec<Stored>(
    `SELECT ${COLUMNS} FROM log WHERE offset > ?1 AND offset <= ?2 AND id <> char(0) AND (
       ?3 IS NULL OR model = ?3 OR model IS NULL AND (NOT ?4 OR EXISTS (
         SELECT 1 FROM log AS d WHERE d.kind = 'decision' AND d.id = log.id AND d.model = ?3
       ))
     ) ORDER BY offset`,
    ...[after, until, model, own ? 1 : 0],
  )) {
    const row = rowOf(stored, log);
    bytes += row.record?.length ?? 0;
    if (rows.length === limit || (rows.length > 0 && bytes > PULL_BYTES)) return { rows, next: rows.at(-1)!.offset };
    rows.push(row);
  }
  return { rows, next: Math.max(after, until) };
}

/** All rows of some decisions, with their feedback and activations, by rising offset. */
export const rowsOf = (sql: SqlStorage, ids: readonly string[], log: Log): LogRow[] =>
  ["decision", "feedback", "activation"]
    .flatMap((kind) =>
      // A query of its own for every kind, since each kind has an index of its own.
      sql
        .exec<Stored>(
          `SELECT ${COLUMNS} FROM log WHERE kind = '${kind}' AND id IN (SELECT value FROM json_each(?))`,
          JSON.stringify(ids),
        )
        .toArray()
        .map((stored) => rowOf(stored, log)),
    )
    .sort((a, b) => a.offset - b.offset);

function rowOf({ actionsOf, body, ...row }: Stored, log: Log): LogRow {
  const record = body === null ? null : log.whole({ id: row.id, claimedAt: row.claimedAt, body, actionsOf });
  return logRowOf(row, record);
}

/** The same of what is in the archive: a page ends where a segment does. */
export async function archivedPage(
  archive: Archive,
  { after, limit, model, own = false }: PageRequest,
  log: Log,
): Promise<Pick<LogPage, "rows" | "next" | "time">> {
  const segment = archive.segments.after(after)!;
  const its = (await archive.rows(segment)).filter(({ offset }) => offset >= segment.first && offset > after);
  const early = own ? [...new Set(its.filter((row) => row.model === null).map(({ id }) => id))] : [];
  const owned = await archive.withRowsOf(
    { decisions: [], others: early },
    async () => new Set(early.filter((id) => log.modelOf(id) === model)),
  );
  const rows: LogRow[] = [];
  let bytes = 0;
  for (const { body, ...row } of its) {
    if (model !== null && row.model !== model && (row.model !== null || (own && !owned.has(row.id)))) continue;
    bytes += body?.length ?? 0;
    if (rows.length === limit || (rows.length > 0 && bytes > PULL_BYTES)) {
      const { offset, receivedAt } = rows.at(-1)!;
      return { rows, next: offset, time: receivedAt };
    }
    rows.push(logRowOf(row, body));
  }
  return { rows, next: segment.last, time: segment.newestAt };
}

type Flags = { deferred: number | null; final: number | null; senders: string | null };

/** A row as it is handed out. @param record the decision's, as JSON. */
export const logRowOf = (
  { deferred, final, senders, ...row }: Omit<LogRow, "record" | keyof Flags> & Flags,
  record: string | null,
): LogRow => ({
  ...row,
  record,
  deferred: deferred === 1,
  final: final === null ? null : final === 1,
  ...(senders !== null && { senders }),
});
