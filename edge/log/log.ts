import type { IncomingDecision, IncomingFeedback } from "./messages.ts";

/** Feedback as it lies in the log. `at`: when it happened, on the edge's clock. */
export type LoggedFeedback = { value: number; at: number; receivedAt: number; final: boolean };

/**
 * The append-only log of a partition. A decision is there once by its id, feedback once by id, claimed time and value;
 * when it is repeated as final, that is news, and there a second time.
 */
export class Log {
  readonly #sql: SqlStorage;
  /** Tells this log from one that the partition had before it lost its data. */
  readonly identity: string;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.identity = sql.exec<{ id: string }>("SELECT id FROM log_identity").one().id;
  }

  /** @returns its offset, or null when the id is there already. */
  appendDecision(decision: IncomingDecision, receivedAt: number): number | null {
    const { id, model, claimedAt, at, body } = decision;
    const [row] = this.#sql.exec<{ offset: number }>(
      `INSERT INTO log (kind, id, claimed_at, at, received_at, model, body) VALUES ('decision', ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING offset`,
      id,
      claimedAt,
      at,
      receivedAt,
      model,
      body,
    );
    return row?.offset ?? null;
  }

  /** The model of the decision with this id; null when there is none. */
  modelOf(id: string): string | null {
    const [row] = this.#sql.exec<{ model: string }>("SELECT model FROM log WHERE kind = 'decision' AND id = ?", id);
    return row?.model ?? null;
  }

  /** The record of a decision that is in the log, as JSON. */
  record(id: string): string {
    return this.#sql.exec<{ body: string }>("SELECT body FROM log WHERE kind = 'decision' AND id = ?", id).one().body;
  }

  /** @returns whether it is new. */
  appendFeedback(feedback: IncomingFeedback, receivedAt: number): boolean {
    const { id, value, final, claimedAt, at } = feedback;
    const rows = this.#sql.exec(
      `INSERT INTO log (kind, id, claimed_at, at, received_at, value, final)
       SELECT 'feedback', ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (
         SELECT 1 FROM log WHERE kind = 'feedback' AND id = ?1 AND ifnull(claimed_at, -1) = ifnull(?2, -1)
           AND value = ?5 AND final >= ?6
       ) RETURNING offset`,
      id,
      claimedAt,
      at,
      receivedAt,
      value,
      final ? 1 : 0,
    );
    return rows.toArray().length > 0;
  }

  /** Feedback for a decision, known or not, each once, by the time it happened; equal times by value, so that arrival does not matter. */
  feedback(id: string): LoggedFeedback[] {
    const rows = this.#sql.exec<{ value: number; at: number; receivedAt: number; final: number }>(
      `SELECT value, min(at) AS at, max(received_at) AS receivedAt, max(final) AS final FROM log
       WHERE kind = 'feedback' AND id = ? GROUP BY ifnull(claimed_at, -1), value
       ORDER BY min(at), value, claimed_at`,
      id,
    );
    return rows.toArray().map((row) => ({ ...row, final: row.final === 1 }));
  }
}
