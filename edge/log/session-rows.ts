import { sessionOf } from "../../shared/contract/issued-session.ts";
import { isWaitedFor, type SessionRow } from "../../shared/versions/heard.ts";
import { type JoinRules, longestWait } from "../../shared/versions/join.ts";

type Row = SessionRow & { id: string };

/**
 * The decisions and activations of one model in sessions, as far as the table has them, by offset. Read once a session: for one call, in which the log does not change. Of what
 * is waited for all later rows are there (live-part.ts, archive-reader.ts).
 */
export class SessionRows {
  readonly #sql: SqlStorage;
  readonly #model: string;
  readonly #known = new Map<string, Row[]>();

  constructor(sql: SqlStorage, model: string) {
    this.#sql = sql;
    this.#model = model;
  }

  /** Those of a decision's session. */
  of(decisionId: string): readonly SessionRow[] {
    return this.#of(sessionOf(decisionId));
  }

  /** Ids of the decisions whose wait a row may have been the first to end, by what is known without their feedback. */
  perhapsEndedBy(row: SessionRow & { id: string }, rules: JoinRules): string[] {
    const ids = new Set<string>();
    for (const { offset, at, receivedAt, id } of this.#of(sessionOf(row.id))) {
      if (offset >= row.offset) break;
      const since = row.receivedAt - receivedAt;
      if (since > rules.wait && since <= longestWait(rules) && at + rules.wait <= row.at) ids.add(id);
    }
    return [...ids];
  }

  #of(session: string): Row[] {
    let rows = this.#known.get(session);
    if (!rows) {
      rows = [...this.#sql.exec<Row>(ROWS, session, this.#model)].filter((row) => isWaitedFor(row.id, row.receivedAt));
      this.#known.set(session, rows);
    }
    return rows;
  }
}

// By the index that each kind has.
const rowsOf = (kind: string): string =>
  `SELECT offset, id, at, received_at AS receivedAt FROM log
   WHERE kind = '${kind}' AND id > ?1 || '.' AND id < ?1 || '/' AND model = ?2`;
const ROWS = `${rowsOf("decision")} UNION ALL ${rowsOf("activation")} ORDER BY offset`;
