import { MAX_RECORD_BYTES } from "./limits.ts";
import type { Unusable } from "./messages.ts";
import { isTooLong } from "./record-size.ts";

/** What could not be used, with its reason, as it came; of what is longer than a row may be, the beginning. The same letter sent again is kept once. */
export class DeadLetters {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @returns whether it is new. */
  add(letter: Unusable, receivedAt: number): boolean {
    const { list, id, reason, body } = letter;
    const rows = this.#sql.exec(
      `INSERT INTO dead_letters (list, id, reason, body, received_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING RETURNING number`,
      list,
      id,
      reason,
      isTooLong(body) ? body.slice(0, MAX_RECORD_BYTES / 3) : body,
      receivedAt,
    );
    return rows.toArray().length > 0;
  }
}
