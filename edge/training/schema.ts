/**
 * The learner's tables.
 *
 * - version: the versions of the model; the newest is the one that learns. `hash` is of its spec and graph.
 * - checkpoint: what the newest version had learned when it was last committed; `state` holds its bytes in chunks.
 * - positions: up to which example of which log of each partition that is. Always agrees with `checkpoint`.
 * - journal: in which order slices of the partitions' examples were learned: `after` < offset <= `upto`. It grows with
 *   the log, by at most a row for every pull that found something: without it the log could not be learned again to the
 *   same bits.
 * - snapshots: what was published; the artifact store holds the bytes.
 * - dead_letters: examples that the newest version could not learn, at most a row each.
 */
export function createTables(sql: SqlStorage): void {
  dropWithoutLogs(sql);
  sql.exec(`
    CREATE TABLE IF NOT EXISTS version (
      version INTEGER PRIMARY KEY,
      hash TEXT NOT NULL,
      graph TEXT
    );
    CREATE TABLE IF NOT EXISTS checkpoint (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      examples INTEGER NOT NULL,
      progressive_loss REAL,
      mean_feedback REAL,
      newest_feedback_at INTEGER,
      unlearnable INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS state (chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS positions (
      partition TEXT PRIMARY KEY,
      log TEXT NOT NULL,
      offset INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS journal (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      partition TEXT NOT NULL,
      log TEXT NOT NULL,
      after INTEGER NOT NULL,
      upto INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS snapshots (
      version INTEGER NOT NULL,
      number INTEGER NOT NULL,
      sha256 TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      examples INTEGER NOT NULL,
      published_at INTEGER NOT NULL,
      newest_feedback_at INTEGER,
      PRIMARY KEY (version, number)
    );
    CREATE TABLE IF NOT EXISTS dead_letters (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      partition TEXT NOT NULL,
      offset INTEGER NOT NULL,
      reason TEXT NOT NULL
    );
  `);
}

/** What was learned when logs had no identity yet goes: it is learned again from the logs. */
function dropWithoutLogs(sql: SqlStorage): void {
  if (sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'offsets'").toArray().length > 0)
    sql.exec("DROP TABLE offsets; DROP TABLE checkpoint; DROP TABLE journal; DROP TABLE dead_letters;");
}
