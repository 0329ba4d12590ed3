/**
 * The channel's tables.
 *
 * - newest_notices: the newest notice of each version, without its step. Who connects is sent it.
 * - live_versions: which version of a model is live, as far as is known.
 * - directories: number of the newest directory that pages were told of, by model.
 * - relays: channels whose pages follow this model beside others, and how often each has asked.
 *
 * What a release before had, of one model only, is forgotten: trainers and directory say it again.
 */
export function createTables(sql: SqlStorage): void {
  sql.exec(`
    DROP TABLE IF EXISTS notices;
    DROP TABLE IF EXISTS live;
    DROP TABLE IF EXISTS directory;
    CREATE TABLE IF NOT EXISTS newest_notices (
      model TEXT NOT NULL, version INTEGER NOT NULL, number INTEGER NOT NULL, notice TEXT NOT NULL,
      PRIMARY KEY (model, version)
    );
    CREATE TABLE IF NOT EXISTS live_versions (model TEXT PRIMARY KEY, version INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS directories (model TEXT PRIMARY KEY, number INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS relays (channel TEXT PRIMARY KEY, asked INTEGER NOT NULL);
  `);
}
