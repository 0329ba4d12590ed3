import { sessionOf } from "../../shared/contract/issued-session.ts";
import { firstHeard, isWaitedFor, type SessionRow } from "../../shared/versions/heard.ts";
import { type JoinRules, longestWait } from "../../shared/versions/join.ts";
import type { ModelRow } from "./model-row.ts";

type Row = SessionRow & {
  id: string;
  kind: ModelRow["kind"];
  deferred: number | null;
  /** Of an activation: when its decision was made, and of a deferred decision, when it was activated, if that came before it; of several the first and the last such time. Null: it did not. */
  otherFrom: number | null;
  otherTo: number | null;
};
/** Of what may still be asked: what is behind an offset, `after`, or was received at a time or later, `since`. */
type Begun = { after: number; since: number };
/** A row as far as it tells when its wait begins. */
type Beginning = Pick<ModelRow, "offset" | "kind" | "id" | "at" | "deferred">;

/**
 * The decisions and activations of one model in sessions, of those that may still be asked for, as far as the table has them, by offset. Read once a session: for one call, in which the log does not
 * change. Of what is waited for all later rows are there (live-part.ts, archive-reader.ts).
 */
export class SessionRows {
  readonly #sql: SqlStorage;
  readonly #model: string;
  readonly #begun: Begun;
  readonly #known = new Map<string, Row[]>();

  constructor(sql: SqlStorage, model: string, begun: Begun) {
    this.#sql = sql;
    this.#model = model;
    this.#begun = begun;
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

  /**
   * Ids of the decisions whose wait a row may have been the first to end, by what is known without their feedback. From the row back: whatever waits for a time that a row
   * in between has said was ended by that one, so where one has said as late a time, nothing before it is left.
   */
  perhapsEndedBy({ id, offset, at, time }: ModelRow, rules: JoinRules): string[] {
    const rows = this.#of(id);
    const ids = new Set<string>();
    const first = firstSince(rows, ({ receivedAt }) => receivedAt >= time - longestWait(rules));
    let latest = Number.NEGATIVE_INFINITY;
    for (let i = firstSince(rows, (row) => row.offset >= offset) - 1; i >= first && latest < at; i--) {
      const row = rows[i]!;
      const begins = time - row.receivedAt > rules.wait ? beginningOf(row) : null;
      if (begins && begins.from + rules.wait <= at && begins.to + rules.wait > latest) ids.add(row.id);
      latest = Math.max(latest, row.at);
    }
    return [...ids];
  }

  #of(decisionId: string): Row[] {
    const session = sessionOf(decisionId);
    let rows = this.#known.get(session);
    if (!rows) {
      rows = [...this.#sql.exec<Row>(ROWS, session, this.#model, this.#begun.after, this.#begun.since)].filter((row) =>
        isWaitedFor(row.id, row.receivedAt),
      );
      this.#known.set(session, rows);
    }
    return rows;
  }
}

/** When the wait begins that begins with a row, at the earliest and latest that it may; null: none does. */
function beginningOf({ kind, at, deferred, otherFrom, otherTo }: Row): { from: number; to: number } | null {
  if (kind === "decision" && deferred !== 1) return { from: at, to: at };
  if (otherFrom === null || otherTo === null) return null;
  return { from: Math.max(at, otherFrom), to: Math.max(at, otherTo) };
}

/** Which of some rows is the first that is behind a border. */
function firstSince(rows: readonly Row[], isBehind: (row: Row) => boolean): number {
  let low = 0;
  for (let high = rows.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (isBehind(rows[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

// By the index that each kind has.
const rowsOf = (kind: "decision" | "activation", other: "decision" | "activation", asksOther: string): string => {
  const otherAt = (which: "min" | "max") =>
    `CASE WHEN ${asksOther} THEN (SELECT ${which}(o.at) FROM log AS o WHERE o.kind = '${other}' AND o.id = l.id AND o.offset < l.offset) END`;
  return `SELECT offset, kind, id, at, received_at AS receivedAt, deferred, ${otherAt("min")} AS otherFrom, ${otherAt("max")} AS otherTo FROM log AS l
   WHERE kind = '${kind}' AND id > ?1 || '.' AND id < ?1 || '/' AND (offset > ?3 OR received_at >= ?4) AND model = ?2`;
};
const ROWS = `${rowsOf("decision", "activation", "l.deferred = 1")} UNION ALL ${rowsOf("activation", "decision", "true")} ORDER BY offset`;
