/**
 * The learner's tables.
 *
 * - version: the versions of the model; the newest is the one that learns. `hash` is of its spec and graph.
 * - checkpoint: what the newest version had learned when it was last committed; `state` holds its bytes in chunks.
 * - offsets: up to which example of each partition that is. Always agrees with `checkpoint`.
 * - journal: in which order slices of the partitions' examples were learned: `after` < offset <= `upto`.
 * - snapshots: what was published; the artifact store holds the bytes.
 * - dead_letters: examples that could not be learned.
 */
export function createTables(sql: SqlStorage): void {
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
      newest_feedback_at INTEGER
    );
    CREATE TABLE IF NOT EXISTS state (chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS offsets (partition TEXT PRIMARY KEY, offset INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS journal (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      version INTEGER NOT NULL,
      partition TEXT NOT NULL,
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
      version INTEGER NOT NULL,
      partition TEXT NOT NULL,
      offset INTEGER NOT NULL,
      reason TEXT NOT NULL
    );
  `);
}
