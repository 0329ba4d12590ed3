/**
 * What is to be removed from files of the archive, and from which: noted when it is found, so that it is done after a crash, and nothing of it is copied back meanwhile.
 * Whose it was is said by the id of the erasure.
 */
export class Removals {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** @param what `decision`: all rows of the id; `session`: rows of decisions of it that have never come. @param segments that may have them. */
  add(what: "decision" | "session", id: string, erasure: string, segments: readonly number[]): void {
    if (segments.length === 0) return;
    this.#sql.exec("INSERT OR IGNORE INTO removals VALUES (?, ?, ?)", what, id, erasure);
    for (const segment of segments) this.#sql.exec("INSERT OR IGNORE INTO removals_in VALUES (?)", segment);
  }

  /** Which of some are to be removed, and by which erasure. */
  among(what: "decision" | "session", ids: Iterable<string>): Map<string, string> {
    const found = this.#sql.exec<{ id: string; erasure: string }>(
      "SELECT id, erasure FROM removals WHERE what = ? AND id IN (SELECT value FROM json_each(?))",
      ...[what, JSON.stringify([...new Set(ids)])],
    );
    return new Map(found.toArray().map(({ id, erasure }) => [id, erasure]));
  }

  /** Whether all rows of an id are to be removed. */
  has(id: string): boolean {
    return this.among("decision", [id]).size > 0;
  }

  /** Whether a segment may have some of it: not one that was closed since, nor one that was written anew. */
  isIn(segment: number): boolean {
    return this.#sql.exec("SELECT 1 FROM removals_in WHERE segment = ?", segment).toArray().length > 0;
  }

  /** Number of the next segment that may have some of it; null when none is left. */
  get next(): number | null {
    const [row] = this.#sql.exec<{ segment: number }>("SELECT segment FROM removals_in ORDER BY segment LIMIT 1");
    return row?.segment ?? null;
  }

  /** A segment has nothing of it any more. */
  removedFrom(segment: number): void {
    this.#sql.exec("DELETE FROM removals_in WHERE segment = ?", segment);
  }

  /** No file has anything of it any more. */
  clear(): void {
    this.#sql.exec("DELETE FROM removals");
  }
}
