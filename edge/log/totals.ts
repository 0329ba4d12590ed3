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
  #saved = true;

  /** Whether nothing was counted since they were written. */
  get saved(): boolean {
    return this.#saved;
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
      this.#saved = false;
    }
    this.save();
  }

  get all(): Counts {
    return { ...this.#totals };
  }

  add(counts: Counts): void {
    for (const name of Object.keys(counts) as (keyof Counts)[]) this.#totals[name] += counts[name];
    this.#saved = false;
    // They cannot be counted again by row.
    if (counts.deadLetters > 0) this.save();
  }

  save(): void {
    if (this.#saved) return;
    const { decisions, feedback, activations, duplicates, deadLetters } = this.#totals;
    this.#sql.exec(
      `UPDATE totals SET upto = (SELECT ifnull(max(offset), 0) FROM log), decisions = ?, feedback = ?, activations = ?,
         duplicates = ?, dead_letters = ?`,
      ...[decisions, feedback, activations, duplicates, deadLetters],
    );
    this.#saved = true;
  }
}
