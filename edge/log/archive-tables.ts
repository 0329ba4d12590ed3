/**
 * The tables of a partition that say what of its log is in the archive (docs/adr/0011-archive.md). To be called in a transaction.
 *
 * - segments: a row for each file, by rising number and offset; together they are the log from its first row up to the last one archived. `mark`: of the
 *   last row (Log.markOf). `looked_at`: up to which time of the log it has nothing that was past its retention (expiring.ts). `listed`: whether the manifest in the store has it as it is here.
 *   `nonce`: what tells the file's name from that of any other try to write the same; null in what was archived before there were such.
 * - uploads: names of files that may be in the store and are in no segment: noted before each is written. `at`: when that was; null: it is there, or is nothing that is still on its way.
 * - archived_runs, archived_ids: in which segments an id may be (archived-ids.ts).
 * - drawn: what sessions had drawn, of what is archived (draws.ts). `session`: hash of its id; `day`: since the epoch, when it was archived last.
 */
export function createArchiveTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS segments (
      number INTEGER PRIMARY KEY,
      first INTEGER NOT NULL,
      last INTEGER NOT NULL UNIQUE,
      rows INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      oldest_at INTEGER NOT NULL,
      newest_at INTEGER NOT NULL,
      mark INTEGER,
      sha256 TEXT NOT NULL,
      listed INTEGER NOT NULL,
      looked_at INTEGER,
      nonce TEXT
    );
    CREATE TABLE IF NOT EXISTS uploads (key TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS archived_runs (
      run INTEGER PRIMARY KEY,
      level INTEGER NOT NULL,
      first INTEGER NOT NULL,
      last INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS archived_ids (
      place INTEGER PRIMARY KEY,
      hashes BLOB NOT NULL,
      segments BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS drawn (
      session INTEGER PRIMARY KEY,
      accepted INTEGER NOT NULL,
      highest INTEGER NOT NULL,
      day INTEGER NOT NULL
    );
  `);
}
