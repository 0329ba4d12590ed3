import { Scrub } from "../storage/scrub.ts";
import { createArchiveTables } from "./archive-tables.ts";
import { copyFormerLog, isFormer } from "./former-log.ts";
import { SENDER_SETS } from "./sender-sets.ts";

/**
 * The partition's tables, made where they are not there. To be called in a transaction.
 *
 * - log: every decision, feedback and activation that was acknowledged; only ever appended to. `received_at` never falls along it.
 *   `claimed_at` is the sender's time, null when it said none, `at` the same on the edge's clock (without a time: when it was
 *   received). `model` is that of the decision, of feedback and activations null where the decision came later.
 *   Decisions: `deferred`, `body`. Feedback: `value`, `final`. Of feedback and activations there is a body where they said more than
 *   this release knows. `senders`, of what came before its decision: a list of the models that its sender may speak for, as JSON, null for all,
 *   or the number of a long one in sender_sets (sender-sets.ts); it counts for a decision of one of these. A decision's body is its record as JSON, or, as a blob, its short form (packed-record.ts).
 *   `actions_of` is of logs of before (former-slots.ts). The body comes last: who reads a row without it need
 *   not walk over it. Each row costs two writes, its own and that of the one index that it is in. Offsets are not AUTOINCREMENT, which
 *   would be a third: so the newest row must never be deleted.
 * - catalogue: what many records have in common, in blocks (catalogue.ts). `until`: offset of the first row that may not refer to the block. `unit`: the only
 *   one whose records have had it; null when others' have, too. A block costs one write.
 * - log_identity: a random id that was made with the tables. A partition that lost its data has another log, whose offsets
 *   begin again. `edits`: how often rows were removed from it; null: never.
 * - log_time: the latest time of the log that somebody has acted upon (log-time.ts).
 * - readers: who is told of what is new.
 * - partition_count: of how many partitions this is one, and with how many the log was begun, `n` where it is null (partition-count.ts).
 * - totals: counts of what was appended up to the row `upto`.
 * - dead_letters: what could not be used (DESIGN, rule 10), each letter once, by a digest of all of it; bounded. past_letters: how many were taken
 *   away to make room, by list and reason (dead-letters.ts).
 * - erasures: hashes of units that are to be erased (erasing.ts), or were (erased.ts), and how much there was of them.
 *   `before`: what was made before then does not come back. erased_sessions: hashes of sessions of which decisions were erased. erasing: the hashes' key,
 *   up to which row and letter the pass has come, and how much was not taken because it was erased. removals, removals_in: what that pass has found in
 *   the archive (removals.ts).
 * - scrub, zeros: what is to be written over in the file (storage/scrub.ts).
 * - expiring: how far the pass has come that takes out what is past its retention, and by which setting (expiring.ts). expired: how much went, of which model, and
 *   of before when; without a model: what came for decisions that never did.
 */
export function createTables(sql: SqlStorage): void {
  const duplicates = isFormer(sql) ? copyFormerLog(sql, LOG) : 0;
  sql.exec(LOG);
  sql.exec(SENDER_SETS);
  addColumns(sql);
  sql.exec(`
    CREATE UNIQUE INDEX IF NOT EXISTS log_decision ON log (id) WHERE kind = 'decision';
    -- Logs of before took what others had said early for a repeat of it.
    DROP INDEX IF EXISTS log_feedback;
    DROP INDEX IF EXISTS log_activation;
    CREATE UNIQUE INDEX IF NOT EXISTS log_feedback_of ON log (id, ifnull(claimed_at, -1), value, final, ifnull(senders, ''))
      WHERE kind = 'feedback';
    CREATE UNIQUE INDEX IF NOT EXISTS log_activation_of ON log (id, ifnull(senders, '')) WHERE kind = 'activation';
    CREATE TABLE IF NOT EXISTS catalogue (
      block INTEGER PRIMARY KEY,
      until INTEGER NOT NULL,
      unit TEXT,
      texts TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS log_identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL);
    INSERT OR IGNORE INTO log_identity (one, id) VALUES (1, lower(hex(randomblob(16))));
    CREATE TABLE IF NOT EXISTS log_time (one INTEGER PRIMARY KEY CHECK (one = 1), told INTEGER NOT NULL);
    INSERT OR IGNORE INTO log_time VALUES (1, 0);
    CREATE TABLE IF NOT EXISTS partition_count (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS readers (reader TEXT PRIMARY KEY, model TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS dead_letters (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      list TEXT NOT NULL,
      id TEXT,
      reason TEXT NOT NULL,
      body TEXT NOT NULL,
      received_at INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS past_letters (
      list TEXT NOT NULL,
      reason TEXT NOT NULL,
      n INTEGER NOT NULL,
      newest_at INTEGER NOT NULL,
      PRIMARY KEY (list, reason)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS totals (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      upto INTEGER NOT NULL,
      decisions INTEGER NOT NULL,
      feedback INTEGER NOT NULL,
      activations INTEGER NOT NULL,
      duplicates INTEGER NOT NULL,
      dead_letters INTEGER NOT NULL
    );
  `);
  Scrub.createTables(sql);
  createErasureTables(sql);
  forgetNames(sql);
  createArchiveTables(sql);
  addColumn(sql, "segments", "looked_at", "INTEGER");
  addColumn(sql, "segments", "nonce");
  addColumn(sql, "uploads", "at", "INTEGER");
  addColumn(sql, "expiring", "seen", "INTEGER");
  addColumn(sql, "expiring", "doubted", "INTEGER");
  addColumn(sql, "dead_letters", "digest");
  addColumn(sql, "dead_letters", "sender");
  addColumn(sql, "log_identity", "edits", "INTEGER");
  addColumn(sql, "partition_count", "begun", "INTEGER");
  sql.exec(`
    DROP INDEX IF EXISTS dead_letter;
    DROP INDEX IF EXISTS dead_letter_digest;
    CREATE INDEX IF NOT EXISTS dead_letter_sender ON dead_letters (ifnull(sender, ''), number);
    CREATE UNIQUE INDEX IF NOT EXISTS dead_letter_of ON dead_letters (list, ifnull(id, ''), digest, ifnull(sender, ''));
  `);
  sql.exec("INSERT OR IGNORE INTO totals VALUES (1, 0, 0, 0, 0, ?, (SELECT count(*) FROM dead_letters))", duplicates);
}

function createErasureTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS erasures (
      id TEXT NOT NULL UNIQUE,
      hash TEXT NOT NULL,
      before INTEGER NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'scanning', 'done')),
      decisions INTEGER NOT NULL DEFAULT 0,
      feedback INTEGER NOT NULL DEFAULT 0,
      activations INTEGER NOT NULL DEFAULT 0,
      letters INTEGER NOT NULL DEFAULT 0,
      models TEXT NOT NULL DEFAULT '[]'
    );
    CREATE INDEX IF NOT EXISTS erasures_hash ON erasures (hash);
    CREATE INDEX IF NOT EXISTS erasures_pending ON erasures (state) WHERE state <> 'done';
    CREATE TABLE IF NOT EXISTS erased_sessions (
      hash TEXT NOT NULL UNIQUE,
      accepted INTEGER NOT NULL,
      highest INTEGER NOT NULL,
      before INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS erasing (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      key BLOB,
      after INTEGER NOT NULL,
      letters INTEGER NOT NULL,
      refused INTEGER NOT NULL
    );
    INSERT OR IGNORE INTO erasing VALUES (1, NULL, 0, 0, 0);
    CREATE TABLE IF NOT EXISTS removals (
      what TEXT NOT NULL CHECK (what IN ('decision', 'session')),
      id TEXT NOT NULL,
      erasure TEXT NOT NULL,
      PRIMARY KEY (what, id)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS removals_in (segment INTEGER PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS expiring (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      time INTEGER,
      after INTEGER NOT NULL,
      ended INTEGER,
      setting TEXT NOT NULL,
      seen INTEGER,
      doubted INTEGER
    );
    INSERT OR IGNORE INTO expiring (one, after, setting) VALUES (1, 0, '');
    CREATE TABLE IF NOT EXISTS expired (
      model TEXT PRIMARY KEY,
      rows INTEGER NOT NULL,
      decisions INTEGER NOT NULL,
      before INTEGER NOT NULL
    ) WITHOUT ROWID;
  `);
}

/** Logs of before have names of units that are to be erased beside their hashes. */
function forgetNames(sql: SqlStorage): void {
  const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('erasures')").toArray();
  if (columns.some(({ name }) => name === "unit")) sql.exec("UPDATE erasures SET unit = NULL WHERE unit IS NOT NULL");
}

/** What logs of before lack. There were no keys: everybody could speak for all models. All records had their actions themselves. */
function addColumns(sql: SqlStorage): void {
  addColumn(sql, "log", "senders");
  addColumn(sql, "log", "actions_of");
}

function addColumn(sql: SqlStorage, table: string, column: string, type: "TEXT" | "INTEGER" = "TEXT"): void {
  const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", table).toArray();
  if (columns.length > 0 && !columns.some(({ name }) => name === column))
    sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
}

const LOG = `
    CREATE TABLE IF NOT EXISTS log (
      offset INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('decision', 'feedback', 'activation')),
      id TEXT NOT NULL,
      claimed_at INTEGER,
      at INTEGER NOT NULL,
      received_at INTEGER NOT NULL,
      model TEXT,
      value REAL,
      final INTEGER,
      deferred INTEGER,
      senders TEXT,
      body TEXT
    );`;
