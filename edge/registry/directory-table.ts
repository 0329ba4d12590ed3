/** The directories that there were: each change of what is in one makes another number. */
export class DirectoryTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The newest; number 0, in which there is nothing, before the first. */
  newest(): { number: number; changedAt: number } {
    const [row] = this.#sql
      .exec<{ number: number; changedAt: number }>(
        "SELECT number, changed_at AS changedAt FROM directories ORDER BY number DESC LIMIT 1",
      )
      .toArray();
    return row ?? { number: 0, changedAt: 0 };
  }

  /** The newest that the pointer has led to; null before the first. */
  written(): { number: number; sha256: string } | null {
    const [row] = this.#sql
      .exec<{ number: number; sha256: string }>(
        "SELECT number, sha256 FROM directories WHERE sha256 IS NOT NULL ORDER BY number DESC LIMIT 1",
      )
      .toArray();
    return row ?? null;
  }

  /** Hash of the directory of a number or, where the pointer never led to that one, of the next to which it did; null when there is none. */
  hashOf(number: number): string | null {
    const [row] = this.#sql
      .exec<{ sha256: string }>(
        "SELECT sha256 FROM directories WHERE number >= ? AND sha256 IS NOT NULL ORDER BY number LIMIT 1",
        number,
      )
      .toArray();
    return row?.sha256 ?? null;
  }

  /** Begins another, above the newest and above `over`. */
  begin(changedAt: number, over = 0): void {
    const number = Math.max(this.newest().number, over) + 1;
    this.#sql.exec("INSERT INTO directories (number, changed_at) VALUES (?, ?)", number, changedAt);
  }

  wrote(number: number, sha256: string): void {
    this.#sql.exec("UPDATE directories SET sha256 = ? WHERE number = ?", sha256, number);
  }
}
