/**
 * Writes over what SQLite has deleted and not used again. Deleted pages keep what they had until they are needed, and the write-ahead log what it had until it comes round; objects may neither set
 * `secure_delete` nor VACUUM. So rows of zeros are written, which take the freed pages, and are removed: a megabyte a step, so that others get their turn. What a file has had at most, and has no more, is
 * what may be free; and so much more that the write-ahead log comes round.
 *
 * Within pages that are in use places may be free, too: whoever deletes what must not stay writes over it first.
 */
export class Scrub {
  readonly #sql: SqlStorage;
  /** Rows of zeros that are there. */
  #rows: number;
  #wanted: boolean;
  #highest: number;

  /** Makes its tables. To be called in a transaction. */
  static createTables(sql: SqlStorage): void {
    sql.exec(`
      CREATE TABLE IF NOT EXISTS scrub (one INTEGER PRIMARY KEY CHECK (one = 1), highest INTEGER NOT NULL, wanted INTEGER NOT NULL);
      INSERT OR IGNORE INTO scrub VALUES (1, 0, 0);
      CREATE TABLE IF NOT EXISTS zeros (n INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    `);
  }

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const { highest, wanted } = sql
      .exec<{ highest: number; wanted: number }>("SELECT highest, wanted FROM scrub")
      .one();
    this.#highest = highest;
    this.#wanted = wanted === 1;
    this.#rows = sql.exec<{ n: number }>("SELECT count(*) AS n FROM zeros").one().n;
  }

  /** How many bytes of zeros there are at the moment. */
  get bytes(): number {
    return this.#rows * ROW_BYTES;
  }

  /** Whether it has something to do. */
  get isDue(): boolean {
    return this.#wanted || this.#rows > 0;
  }

  /** To be called before much is deleted: so large the database was. */
  note(): void {
    const size = this.#sql.databaseSize;
    if (size <= this.#highest) return;
    this.#highest = size;
    this.#sql.exec("UPDATE scrub SET highest = ?", size);
  }

  /** Something was deleted that must not stay. To be called in the transaction that does. */
  want(): void {
    this.note();
    this.#sql.exec("UPDATE scrub SET wanted = 1");
    this.#wanted = true;
  }

  /** Goes on by a step, in a transaction. */
  step(): void {
    if (this.#wanted) {
      const used = this.#sql.databaseSize - this.bytes;
      if (this.bytes < Math.max(0, this.#highest - used) + LOG_BYTES) {
        this.#sql.exec("INSERT INTO zeros (bytes) VALUES (zeroblob(?))", ROW_BYTES);
        this.#rows++;
        return;
      }
      this.#sql.exec("UPDATE scrub SET wanted = 0");
      this.#wanted = false;
    }
    this.#sql.exec("DELETE FROM zeros WHERE n IN (SELECT n FROM zeros LIMIT ?)", REMOVED_ROWS);
    this.#rows = Math.max(0, this.#rows - REMOVED_ROWS);
  }
}

/** A row may have 2 MB. */
const ROW_BYTES = 1_000_000;
/** Rows that one step removes. */
const REMOVED_ROWS = 16;
/** SQLite begins its write-ahead log anew from 4 MB on, when nobody reads of it; transactions here are smaller. */
const LOG_BYTES = 12_000_000;
