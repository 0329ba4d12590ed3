/**
 * The partition's tables. `log` is only ever appended to; everything else follows from it and from the waits.
 *
 * - log: every decision and every feedback that was acknowledged. `claimed_at` is the sender's time, `at` the same
 *   on the edge's clock (feedback without a time: when it was received). Decisions: `model`, `body`. Feedback: `value`, `final`.
 * - log_identity: a random id that was made with the tables. A partition that lost its data has another log, whose offsets
 *   begin again.
 * - pending: decisions that wait for feedback, until `due`; feedback counts if it happened by `counts_until`.
 * - examples: decisions with their feedback, in the order in which they were completed; learners pull them by offset.
 * - delivery: up to which example each model's learner has been told.
 * - counters: totals since the log began; `closed` are the decisions that nobody waits for any more.
 * - dead_letters: what could not be used, for ever (DESIGN, rule 10): each letter once, however often it comes, so it
 *   grows with what is sent, as the log does. All of a letter is in its index: without an id, a look-up by id would read
 *   every other letter that has none.
 */
export function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS log (
      offset INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL CHECK (kind IN ('decision', 'feedback')),
      id TEXT NOT NULL,
      claimed_at INTEGER,
      at INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      model TEXT,
      body TEXT,
      value REAL,
      final INTEGER
    );
    CREATE UNIQUE INDEX IF NOT EXISTS log_decision ON log (id) WHERE kind = 'decision';
    DROP INDEX IF EXISTS log_feedback;
    CREATE UNIQUE INDEX IF NOT EXISTS log_feedback_final ON log (id, ifnull(claimed_at, -1), value, final)
      WHERE kind = 'feedback';
    CREATE TABLE IF NOT EXISTS log_identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);
    INSERT OR IGNORE INTO log_identity VALUES (1, lower(hex(randomblob(16))));
    CREATE TABLE IF NOT EXISTS pending (
      decision INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      model TEXT NOT NULL,
      counts_until INTEGER NOT NULL,
      due INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS pending_due ON pending (due);
    CREATE TABLE IF NOT EXISTS examples (
      offset INTEGER PRIMARY KEY AUTOINCREMENT,
      model TEXT NOT NULL,
      decision INTEGER NOT NULL UNIQUE,
      value REAL NOT NULL,
      feedback_at INTEGER
    );
    CREATE INDEX IF NOT EXISTS examples_model ON examples (model, offset);
    CREATE TABLE IF NOT EXISTS delivery (
      model TEXT PRIMARY KEY,
      newest INTEGER NOT NULL,
      acknowledged INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE IF NOT EXISTS dead_letters (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      list TEXT NOT NULL,
      id TEXT,
      reason TEXT NOT NULL,
      body TEXT NOT NULL,
      received_at INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX IF NOT EXISTS dead_letter ON dead_letters (list, ifnull(id, ''), body);
    CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
    INSERT INTO counters SELECT 'closed', n - (SELECT count(*) FROM pending) FROM counters
      WHERE name = 'decisions' AND NOT EXISTS (SELECT 1 FROM counters WHERE name = 'closed');
  `);
}
