import { isFormerPosition } from "../log/messages.ts";
import type { Learnt } from "./journal.ts";
import { UNLEARNED_REASONS } from "./limits.ts";
import type { Place } from "./progress.ts";

/**
 * The trainer's tables.
 *
 * - version: what it trains, of which all but the stage never changes. `beginning` grows when it begins to learn anew; `caught_up`:
 *   whether it has published what it had learned at the end of every partition since; `subscribed`: whether partitions
 *   may think that it reads; `exclusions`: what is not to be learned, as JSON; `relearning`: number of the last time that it was to learn again because units were erased.
 * - checkpoint: what was learned when it was last committed. `places`: up to where in the log of each partition that is, as JSON. `learnt`: the newest
 *   slices of the journal, as JSON. `state`, `contributions`: what was learned, and what of whom, when that is little. `drift`: what is watched for changes, as JSON.
 * - state, contributions: the same when it is much, the state in chunks; then the columns are null.
 * - journal: in which order slices of the partitions' logs were learned (journal.ts); `number` is that of the first in a row.
 *   It grows with the log, by at most a slice for every slice with examples: without it the log could not be learned again
 *   to the same bits.
 * - unlearned: why examples could not be learned, for how many, and the decision of the last (its offset in a partition).
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
      missed INTEGER NOT NULL DEFAULT 0,
      clamped INTEGER NOT NULL DEFAULT 0,
      excluded INTEGER NOT NULL DEFAULT 0,
      bounded TEXT NOT NULL DEFAULT '{}',
      places TEXT NOT NULL DEFAULT '[]',
      learnt TEXT NOT NULL DEFAULT '{"first":1,"slices":[]}',
      state BLOB,
      contributions BLOB,
      drift TEXT
    );
    CREATE TABLE IF NOT EXISTS state (chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    ${CONTRIBUTIONS}
    ${JOURNAL}
    ${UNLEARNED}
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

const UNLEARNED = `CREATE TABLE IF NOT EXISTS unlearned (
      reason TEXT PRIMARY KEY,
      n INTEGER NOT NULL,
      partition TEXT NOT NULL,
      decision INTEGER NOT NULL
    ) WITHOUT ROWID;`;

const CONTRIBUTIONS =
  "CREATE TABLE IF NOT EXISTS contributions (one INTEGER PRIMARY KEY CHECK (one = 1), bytes BLOB NOT NULL);";

const JOURNAL = "CREATE TABLE IF NOT EXISTS journal (number INTEGER PRIMARY KEY, slices TEXT NOT NULL);";

/**
 * Adds to tables of before what they lack: nothing was clamped, excluded, bounded or missed. What a release learned that did not wait for pages is forgotten: the log would not give
 * it again in that order, and is learned from its beginning.
 * @returns whether it was.
 */
export function upgradeTables(sql: SqlStorage): boolean {
  sql.exec(CONTRIBUTIONS);
  sql.exec(UNLEARNED);
  // There was a row for each example once, without bound.
  if (columnsOf(sql, "dead_letters").length > 0)
    sql.exec(`
      INSERT INTO unlearned SELECT reason, count(*), max(partition), max(decision) FROM dead_letters GROUP BY reason LIMIT ${UNLEARNED_REASONS};
      DROP TABLE dead_letters;
    `);
  addColumn(sql, "checkpoint", "missed", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "checkpoint", "clamped", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "checkpoint", "excluded", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "checkpoint", "bounded", "TEXT NOT NULL DEFAULT '{}'");
  addColumn(sql, "checkpoint", "places", "TEXT NOT NULL DEFAULT '[]'");
  addColumn(sql, "checkpoint", "learnt", `TEXT NOT NULL DEFAULT '{"first":1,"slices":[]}'`);
  addColumn(sql, "checkpoint", "state", "BLOB");
  addColumn(sql, "checkpoint", "contributions", "BLOB");
  addColumn(sql, "checkpoint", "drift", "TEXT");
  addColumn(sql, "version", "exclusions", `TEXT NOT NULL DEFAULT '{"revision":0,"list":[]}'`);
  addColumn(sql, "version", "relearning", "INTEGER NOT NULL DEFAULT 0");
  const isFormer = hasRowsOfPositions(sql) || hasFormerPositions(sql);
  if (isFormer) forgetLearned(sql);
  return isFormer;
}

/** Positions had rows of their own once, and slices of the journal, too. */
const hasRowsOfPositions = (sql: SqlStorage): boolean => columnsOf(sql, "positions").length > 0;

function hasFormerPositions(sql: SqlStorage): boolean {
  const [checkpoint] = sql.exec<{ places: string; learnt: string }>("SELECT places, learnt FROM checkpoint");
  const [journal] = sql.exec<{ slices: string }>("SELECT slices FROM journal ORDER BY number DESC LIMIT 1");
  const places = JSON.parse(checkpoint?.places ?? "[]") as [string, Place][];
  const slices = [
    ...(JSON.parse(journal?.slices ?? "[]") as Learnt[]),
    ...(checkpoint ? (JSON.parse(checkpoint.learnt) as { slices: Learnt[] }).slices : []),
  ];
  return [...places.map(([, { position }]) => position), ...slices.map(({ to }) => to)].some(isFormerPosition);
}

/** All that was learned, and in which order that was: what was published serves until the log is learned again. */
function forgetLearned(sql: SqlStorage): void {
  sql.exec(`
    DELETE FROM checkpoint;
    DELETE FROM state;
    DELETE FROM contributions;
    DELETE FROM unlearned;
    DROP TABLE journal;
    DROP TABLE IF EXISTS positions;
    ${JOURNAL}
    UPDATE version SET beginning = beginning + 1, caught_up = 0;
  `);
}

function addColumn(sql: SqlStorage, table: string, column: string, type: string): void {
  if (!columnsOf(sql, table).includes(column)) sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
}

/** None when there is no such table. */
const columnsOf = (sql: SqlStorage, table: string): string[] =>
  sql
    .exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", table)
    .toArray()
    .map(({ name }) => name);

/** Whether there are tables: an object that was never told what to train leaves nothing behind. */
export const hasTables = (sql: SqlStorage): boolean =>
  sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'version'").toArray().length > 0;
