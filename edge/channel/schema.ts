/**
 * The channel's tables.
 *
 * - notices: the newest notice of each version, without its step. Who connects is sent it.
 * - live: which version is live, as far as is known.
 * - directory: number of the newest directory that pages were told of.
 */
export function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS notices (version INTEGER PRIMARY KEY, number INTEGER NOT NULL, notice TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS live (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS directory (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER NOT NULL);
  `);
}
