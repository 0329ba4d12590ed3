/** How fast the log's time goes while it is ahead of the clock, by the clock. */
const SLOWED = 0.9;

/**
 * The log's time: what rows get as `received_at`, and what readers are told of it. A time that was told is a promise that no later row
 * will have an earlier one, upon which readers take waits for over. So it never falls, whatever the clock does.
 *
 * When the clock goes back, by an object that moves to another machine or by a correction, the log's time goes on from where it is, at SLOWED of the clock's
 * speed, until the clock has come as far again: waits last a little longer, and none for as long as the clock was put back. What was only told is forgotten when
 * the object ends; `keep` writes down what somebody acts upon that no row shows, and the positions of readers say theirs (`heard`).
 */
export class LogTime {
  readonly #sql: SqlStorage;
  /** The least that the next row may have, and what the clock said then. A whole number, but for what is left of slowed steps. */
  #time: number;
  #clock = Number.POSITIVE_INFINITY;
  #newestRow: number;
  #kept: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#kept = sql.exec<{ told: number }>("SELECT told FROM log_time").one().told;
    const [newest] = sql.exec<{ time: number }>("SELECT received_at AS time FROM log ORDER BY offset DESC LIMIT 1");
    this.#newestRow = newest?.time ?? 0;
    this.#time = Math.max(this.#kept, this.#newestRow);
  }

  /** How far it has come by now: what rows that are appended now get, and what who reads is told. */
  advance(now: number): number {
    const elapsed = Math.max(0, now - this.#clock);
    this.#clock = now;
    this.#time = Math.max(now, this.#time + (now < this.#time ? elapsed * SLOWED : 0));
    return Math.floor(this.#time);
  }

  /** Rows of this time were appended. */
  appended(time: number): void {
    this.#newestRow = time;
  }

  /** A reader has been told this time, maybe by this object in a former life. */
  heard(time: number): void {
    this.#time = Math.max(this.#time, time);
  }

  /**
   * Keeps over the object's end that no later row will have a time up to `passed`, on which somebody acts; by writing down `time`, unless the
   * newest row shows it.
   */
  keep(passed: number, time: number): void {
    if (Math.max(this.#kept, this.#newestRow) > passed) return;
    this.#sql.exec("UPDATE log_time SET told = ?", time);
    this.#kept = time;
  }
}
