import { deadline } from "../storage/clock.ts";
import { TOTALS_COUNT, TOTALS_WAIT } from "./limits.ts";

export type Counts = {
  decisions: number;
  feedback: number;
  activations: number;
  duplicates: number;
  deadLetters: number;
};

export const noCounts = (): Counts => ({ decisions: 0, feedback: 0, activations: 0, duplicates: 0, deadLetters: 0 });

/**
 * Totals of the partition since it began. They are kept in memory and written now and then, so that counting costs no write a
 * record: what was appended since the last time is counted in the log again, only duplicates may be forgotten.
 */
export class Totals {
  readonly #sql: SqlStorage;
  readonly #totals: Counts;
  /** What was counted since they were written, and since when. */
  #unsaved = 0;
  #since = 0;

  /** When they are to be written, ms since the epoch; null when nothing was counted since. */
  get due(): number | null {
    if (this.#unsaved === 0) return null;
    return this.#unsaved >= TOTALS_COUNT ? this.#since : deadline(this.#since + TOTALS_WAIT, TOTALS_WAIT);
  }

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const { upto, ...totals } = sql
      .exec<Counts & { upto: number }>(
        "SELECT upto, decisions, feedback, activations, duplicates, dead_letters AS deadLetters FROM totals",
      )
      .one();
    this.#totals = totals;
    for (const { list, n } of sql.exec<{ list: "decisions" | "feedback" | "activations"; n: number }>(
      `SELECT CASE kind WHEN 'decision' THEN 'decisions' WHEN 'activation' THEN 'activations' ELSE kind END AS list,
         count(*) AS n FROM log WHERE offset > ? GROUP BY kind`,
      upto,
    )) {
      totals[list] += n;
      this.#unsaved += n;
    }
    this.save();
  }

  get all(): Counts {
    return { ...this.#totals };
  }

  add(counts: Counts): void {
    for (const name of Object.keys(counts) as (keyof Counts)[]) {
      this.#totals[name] += counts[name];
      if (this.#unsaved === 0) this.#since = Date.now();
      this.#unsaved += counts[name];
    }
    // They cannot be counted again by row.
    if (counts.deadLetters > 0) this.save();
  }

  save(): void {
    if (this.#unsaved === 0) return;
    const { decisions, feedback, activations, duplicates, deadLetters } = this.#totals;
    this.#sql.exec(
      `UPDATE totals SET upto = (SELECT ifnull(max(offset), 0) FROM log), decisions = ?, feedback = ?, activations = ?,
         duplicates = ?, dead_letters = ?`,
      ...[decisions, feedback, activations, duplicates, deadLetters],
    );
    this.#unsaved = 0;
  }
}
