/**
 * The trainer's tables.
 *
 * - version: what it trains, of which all but the stage never changes. `beginning` grows when it begins to learn anew; `caught_up`:
 *   whether it has published what it had learned at the end of every partition since; `subscribed`: whether partitions
 *   may think that it reads; `exclusions`: what is not to be learned, as JSON; `relearning`: how often it was to learn again because units were erased.
 * - checkpoint: what was learned when it was last committed; `state` holds its bytes in chunks, `contributions` what was learned of whom.
 * - positions: up to where in the log of each partition that is. Always agrees with `checkpoint`. `newest`: the newest row that
 *   is known of; `reached`: whether it has been at the log's end since it began.
 * - journal: in which order slices of the partitions' logs were learned, each from where the one before it of the same log ended.
 *   It grows with the log, by at most a row for every slice with examples: without it the log could not be learned again
 *   to the same bits.
 * - dead_letters: examples that could not be learned, at most a row each. `decision` is the decision's offset.
 * - bases, publications: what was published; the artifact store holds the bytes. A publication is its base itself when
 *   `sha256`, that of its delta, is null.
 * - newest: the newest publication, as its pointer in the store has it; `beginning` as it was when that was learned.
 */
export function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS version (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      model TEXT NOT NULL,
      version INTEGER NOT NULL,
      spec TEXT NOT NULL,
      stage TEXT NOT NULL,
      directory INTEGER NOT NULL,
      beginning INTEGER NOT NULL DEFAULT 1,
      caught_up INTEGER NOT NULL DEFAULT 0,
      subscribed INTEGER NOT NULL DEFAULT 1,
      exclusions TEXT NOT NULL DEFAULT '{"revision":0,"list":[]}',
      relearning INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS checkpoint (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      examples INTEGER NOT NULL,
      progressive_loss REAL,
      mean_feedback REAL,
      report TEXT,
      newest_feedback_at INTEGER,
      unlearnable INTEGER NOT NULL,
      late INTEGER NOT NULL,
      clamped INTEGER NOT NULL DEFAULT 0,
      excluded INTEGER NOT NULL DEFAULT 0,
      bounded TEXT NOT NULL DEFAULT '{}'
    );
    CREATE TABLE IF NOT EXISTS state (chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    ${CONTRIBUTIONS}
    CREATE TABLE IF NOT EXISTS positions (
      partition TEXT PRIMARY KEY,
      log TEXT NOT NULL,
      rows INTEGER NOT NULL,
      ends INTEGER NOT NULL,
      time INTEGER NOT NULL,
      mark INTEGER,
      newest INTEGER NOT NULL,
      reached INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS journal (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      partition TEXT NOT NULL,
      log TEXT NOT NULL,
      rows INTEGER NOT NULL,
      ends INTEGER NOT NULL,
      time INTEGER NOT NULL,
      mark INTEGER
    );
    CREATE TABLE IF NOT EXISTS dead_letters (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      partition TEXT NOT NULL,
      decision INTEGER NOT NULL,
      reason TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS bases (
      number INTEGER PRIMARY KEY,
      sha256 TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      published_at INTEGER NOT NULL,
      newest_feedback_at INTEGER
    );
    CREATE TABLE IF NOT EXISTS publications (
      number INTEGER PRIMARY KEY,
      base INTEGER NOT NULL,
      sha256 TEXT,
      bytes INTEGER,
      examples INTEGER NOT NULL,
      published_at INTEGER NOT NULL,
      newest_feedback_at INTEGER
    );
    CREATE TABLE IF NOT EXISTS newest (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      publication TEXT NOT NULL,
      beginning INTEGER NOT NULL
    );
  `);
}

const CONTRIBUTIONS =
  "CREATE TABLE IF NOT EXISTS contributions (one INTEGER PRIMARY KEY CHECK (one = 1), bytes BLOB NOT NULL);";

/** Adds to tables of before what they lack: positions had no marks, and nothing was clamped, excluded or bounded. */
export function upgradeTables(sql: SqlStorage): void {
  sql.exec(CONTRIBUTIONS);
  addColumn(sql, "positions", "mark", "INTEGER");
  addColumn(sql, "journal", "mark", "INTEGER");
  addColumn(sql, "checkpoint", "clamped", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "checkpoint", "excluded", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "checkpoint", "bounded", "TEXT NOT NULL DEFAULT '{}'");
  addColumn(sql, "version", "exclusions", `TEXT NOT NULL DEFAULT '{"revision":0,"list":[]}'`);
  addColumn(sql, "version", "relearning", "INTEGER NOT NULL DEFAULT 0");
}

function addColumn(sql: SqlStorage, table: string, column: string, type: string): void {
  const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", table).toArray();
  if (!columns.some(({ name }) => name === column)) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
}

/** Whether there are tables: an object that was never told what to train leaves nothing behind. */
export const hasTables = (sql: SqlStorage): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'version'").toArray().length > 0;
