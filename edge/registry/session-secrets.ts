import { SESSION_DAYS } from "../../shared/contract/limits.ts";
import { SECRET_AHEAD, SECRET_BYTES, SECRET_PERIOD } from "./limits.ts";
import { DAY, type SessionSecret } from "./messages.ts";

/**
 * The secrets that sessions are signed with, made here and kept: the one in use, the next one for a while before it is used, so that every isolate has
 * it by then, and the one before until no session that it signed is young enough to be taken. Nobody but the isolates of this Worker ever sees them.
 */
export class SessionSecrets {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Those that sign or have signed, the oldest first. To be called in a transaction. */
  at(now: number): SessionSecret[] {
    const [newest] = this.#sql.exec<{ from: number }>('SELECT max("from") AS "from" FROM session_secrets').toArray();
    if (newest?.from == null) this.#add(now);
    else if (newest.from + SECRET_PERIOD - SECRET_AHEAD <= now)
      this.#add(Math.max(newest.from + SECRET_PERIOD, now + SECRET_AHEAD));
    // What one signed last is too old when the next has signed for longer than a session may be old, in whole days.
    this.#sql.exec(
      `DELETE FROM session_secrets WHERE "from" < (SELECT max("from") FROM session_secrets WHERE "from" <= ?)`,
      now - (SESSION_DAYS + 2) * DAY,
    );
    return this.#sql
      .exec<{ secret: ArrayBuffer; from: number }>('SELECT secret, "from" FROM session_secrets ORDER BY "from"')
      .toArray();
  }

  #add(from: number): void {
    const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
    this.#sql.exec('INSERT INTO session_secrets ("from", secret) VALUES (?, ?)', from, secret);
  }
}
