import { sessionOf } from "../../shared/contract/issued-session.ts";
import { firstHeard, isWaitedFor, type SessionRow } from "../../shared/versions/heard.ts";
import { type JoinRules, longestWait } from "../../shared/versions/join.ts";
import type { ModelRow } from "./model-row.ts";

type Row = SessionRow & { id: string; kind: ModelRow["kind"]; deferred: number | null };
/** A row as far as it tells when its wait begins. */
type Beginning = Pick<ModelRow, "offset" | "kind" | "id" | "at" | "deferred">;

/**
 * The decisions and activations of one model in sessions behind an offset, as far as the table has them, by offset. Read once a session: for one call, in which the log does not
 * change. Of what is waited for all later rows are there (live-part.ts, archive-reader.ts).
 */
export class SessionRows {
  readonly #sql: SqlStorage;
  readonly #model: string;
  readonly #after: number;
  readonly #known = new Map<string, Row[]>();

  /** @param after offset before which nothing waits. */
  constructor(sql: SqlStorage, model: string, after: number) {
    this.#sql = sql;
    this.#model = model;
    this.#after = after;
  }

  /** Those of a decision's session. */
  of(decisionId: string): readonly SessionRow[] {
    return this.#of(decisionId);
  }

  /**
   * The row by which a page was first heard of since the wait of a decision was over; null: there is none. Undefined of a row that alone does not tell whether and when a
   * wait begins with it.
   */
  heard({ offset, kind, id, at, deferred }: Beginning, wait: number): SessionRow | null | undefined {
    if (kind !== "decision" || deferred === 1) return undefined;
    return firstHeard(this.#of(id), offset, at + wait);
  }

  /** Ids of the decisions whose wait a row may have been the first to end, by what is known without their feedback. */
  perhapsEndedBy({ id, offset, at, time }: ModelRow, rules: JoinRules): string[] {
    const rows = this.#of(id);
    const longest = longestWait(rules);
    const ids = new Set<string>();
    for (let i = firstSince(rows, time - longest); i < rows.length; i++) {
      const row = rows[i]!;
      if (time - row.receivedAt <= rules.wait) break;
      if (row.at + rules.wait > at) continue;
      const heard = this.heard(row, rules.wait);
      if (heard === undefined || heard?.offset === offset) ids.add(row.id);
    }
    return [...ids];
  }

  #of(decisionId: string): Row[] {
    const session = sessionOf(decisionId);
    let rows = this.#known.get(session);
    if (!rows) {
      rows = [...this.#sql.exec<Row>(ROWS, session, this.#model, this.#after)].filter((row) =>
        isWaitedFor(row.id, row.receivedAt),
      );
      this.#known.set(session, rows);
    }
    return rows;
  }
}

/** Which of some rows, by offset and so by time, is the first that was received at a time or later. */
function firstSince(rows: readonly SessionRow[], time: number): number {
  let low = 0;
  for (let high = rows.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.receivedAt >= time) high = middle;
    else low = middle + 1;
  }
  return low;
}

// By the index that each kind has.
const rowsOf = (kind: string): string =>
  `SELECT offset, kind, id, at, received_at AS receivedAt, deferred FROM log
   WHERE kind = '${kind}' AND id > ?1 || '.' AND id < ?1 || '/' AND offset > ?3 AND model = ?2`;
const ROWS = `${rowsOf("decision")} UNION ALL ${rowsOf("activation")} ORDER BY offset`;
