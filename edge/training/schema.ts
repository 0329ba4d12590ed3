import type { Position } from "../log/messages.ts";
import type { Learnt } from "./journal.ts";
import { JOURNAL_BLOCK } from "./limits.ts";

/**
 * The trainer's tables.
 *
 * - version: what it trains, of which all but the stage never changes. `beginning` grows when it begins to learn anew; `caught_up`:
 *   whether it has published what it had learned at the end of every partition since; `subscribed`: whether partitions
 *   may think that it reads; `exclusions`: what is not to be learned, as JSON; `relearning`: how often it was to learn again because units were erased.
 * - checkpoint: what was learned when it was last committed. `places`: up to where in the log of each partition that is, as JSON. `learnt`: the newest
 *   slices of the journal, as JSON. `state`, `contributions`: what was learned, and what of whom, when that is little.
 * - state, contributions: the same when it is much, the state in chunks; then the columns are null.
 * - journal: in which order slices of the partitions' logs were learned (journal.ts); `number` is that of the first in a row.
 *   It grows with the log, by at most a slice for every slice with examples: without it the log could not be learned again
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
      bounded TEXT NOT NULL DEFAULT '{}',
      places TEXT NOT NULL DEFAULT '[]',
      learnt TEXT NOT NULL DEFAULT '{"first":1,"slices":[]}',
      state BLOB,
      contributions BLOB
    );
    CREATE TABLE IF NOT EXISTS state (chunk INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    ${CONTRIBUTIONS}
    ${JOURNAL}
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

const JOURNAL = "CREATE TABLE IF NOT EXISTS journal (number INTEGER PRIMARY KEY, slices TEXT NOT NULL);";

/**
 * Adds to tables of before what they lack: positions had no marks, and nothing was clamped, excluded or bounded. Positions and slices of the journal had rows of their
 * own, which go where they belong now.
 */
export function upgradeTables(sql: SqlStorage): void {
  sql.exec(CONTRIBUTIONS);
  addColumn(sql, "checkpoint", "clamped", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "checkpoint", "excluded", "INTEGER NOT NULL DEFAULT 0");
  addColumn(sql, "checkpoint", "bounded", "TEXT NOT NULL DEFAULT '{}'");
  addColumn(sql, "checkpoint", "places", "TEXT NOT NULL DEFAULT '[]'");
  addColumn(sql, "checkpoint", "learnt", `TEXT NOT NULL DEFAULT '{"first":1,"slices":[]}'`);
  addColumn(sql, "checkpoint", "state", "BLOB");
  addColumn(sql, "checkpoint", "contributions", "BLOB");
  addColumn(sql, "version", "exclusions", `TEXT NOT NULL DEFAULT '{"revision":0,"list":[]}'`);
  addColumn(sql, "version", "relearning", "INTEGER NOT NULL DEFAULT 0");
  if (columnsOf(sql, "positions").length > 0) takeFormerPositions(sql);
}

/** Journal and positions of before. */
function takeFormerPositions(sql: SqlStorage): void {
  addColumn(sql, "positions", "mark", "INTEGER");
  addColumn(sql, "journal", "mark", "INTEGER");
  const places = sql
    .exec<{ partition: string; newest: number; reached: number } & Position>(
      "SELECT partition, log, rows, ends, time, mark, newest, reached FROM positions",
    )
    .toArray()
    .map(({ partition, newest, reached, ...position }) => [partition, { position, newest, reached: reached === 1 }]);
  sql.exec(`ALTER TABLE journal RENAME TO former_journal; ${JOURNAL}`);
  let number = 1;
  let slices: Learnt[] = [];
  const write = () => {
    sql.exec("INSERT INTO journal (number, slices) VALUES (?, ?)", number, JSON.stringify(slices));
    number += slices.length;
    slices = [];
  };
  for (const { partition, ...to } of sql.exec<{ partition: string } & Position>(
    "SELECT partition, log, rows, ends, time, mark FROM former_journal ORDER BY number",
  )) {
    slices.push({ partition, to });
    if (slices.length === JOURNAL_BLOCK) write();
  }
  if (slices.length > 0) write();
  sql.exec("UPDATE checkpoint SET places = ?", JSON.stringify(places));
  sql.exec("DROP TABLE positions; DROP TABLE former_journal;");
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
