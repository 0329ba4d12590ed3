import type { LogRow } from "../../shared/contract/log-page.ts";
import { LOOK_LIMIT, PULL_BYTES } from "./limits.ts";
import type { LogPage, PageRequest } from "./messages.ts";

type Stored = Omit<LogRow, "deferred" | "final"> & { deferred: number | null; final: number | null };

/**
 * The rows of a log after an offset, as they are, at most `limit` and about PULL_BYTES of records. Of a model: also feedback and activations
 * that came before their decision, since nobody knew then whose they are.
 */
export function pageOf(
  sql: SqlStorage,
  { after, limit, model }: PageRequest,
  newest: number,
): Pick<LogPage, "rows" | "next"> {
  const until = Math.min(after + LOOK_LIMIT, newest);
  const rows: LogRow[] = [];
  let bytes = 0;
  for (const { deferred, final, ...row } of sql.exec<Stored>(
    `SELECT offset, kind, id, claimed_at AS claimedAt, at, received_at AS receivedAt, model, value, final, deferred, body AS record
     FROM log WHERE offset > ?1 AND offset <= ?2 AND (?3 IS NULL OR model = ?3 OR model IS NULL) ORDER BY offset`,
    ...[after, until, model],
  )) {
    bytes += row.record?.length ?? 0;
    if (rows.length === limit || (rows.length > 0 && bytes > PULL_BYTES)) return { rows, next: rows.at(-1)!.offset };
    rows.push({ ...row, deferred: deferred === 1, final: final === null ? null : final === 1 });
  }
  return { rows, next: Math.max(after, until) };
}
