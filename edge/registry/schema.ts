/** The registry's tables. Pointers, wishes and tasks are JSON. */
export function createTables(sql: SqlStorage): void {
  sql.exec(`
    CREATE TABLE IF NOT EXISTS models (name TEXT PRIMARY KEY, task TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS versions (
      model TEXT NOT NULL,
      version INTEGER NOT NULL,
      -- SHA-256 of spec and graph.
      hash TEXT NOT NULL,
      spec TEXT NOT NULL,
      spec_text TEXT NOT NULL,
      graph TEXT,
      stage TEXT NOT NULL,
      share REAL,
      wanted TEXT,
      created_at INTEGER NOT NULL,
      ready INTEGER NOT NULL,
      problem TEXT,
      was_live INTEGER NOT NULL,
      replaced INTEGER,
      PRIMARY KEY (model, version),
      UNIQUE (model, hash)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS history (
      model TEXT NOT NULL,
      id INTEGER NOT NULL,
      version INTEGER NOT NULL,
      at INTEGER NOT NULL,
      directory INTEGER NOT NULL,
      what TEXT NOT NULL,
      PRIMARY KEY (model, id)
    ) WITHOUT ROWID;
    -- What of a model's log is not learned. ended_at: when it was taken back.
    CREATE TABLE IF NOT EXISTS exclusions (
      model TEXT NOT NULL,
      number INTEGER NOT NULL,
      exclusion TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      ended_at INTEGER,
      PRIMARY KEY (model, number)
    ) WITHOUT ROWID;
    -- Units that are to be erased, or were (erasure-table.ts), by hash. parts, waits: JSON.
    CREATE TABLE IF NOT EXISTS erasures (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL,
      requested_at INTEGER NOT NULL,
      rows_at INTEGER,
      done_at INTEGER,
      parts TEXT NOT NULL,
      waits TEXT NOT NULL
    ) WITHOUT ROWID;
    DROP INDEX IF EXISTS erasures_pending;
    CREATE INDEX IF NOT EXISTS erasures_by_hash ON erasures (hash) WHERE rows_at IS NULL;
    CREATE TABLE IF NOT EXISTS erasure_key (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS relearning (
      model TEXT PRIMARY KEY,
      revision INTEGER NOT NULL,
      wanted_at INTEGER,
      begun_at INTEGER,
      ended_at INTEGER
    ) WITHOUT ROWID;
    -- Directories by number. sha256: of the artifact, once the pointer has led to it.
    CREATE TABLE IF NOT EXISTS directories (number INTEGER PRIMARY KEY, changed_at INTEGER NOT NULL, sha256 TEXT);
    -- What sessions are signed with. "from": since when, ms since the epoch.
    CREATE TABLE IF NOT EXISTS session_secrets ("from" INTEGER PRIMARY KEY, secret BLOB NOT NULL);
    -- Of a registry that lost versions: the highest number of each model that was ever given, as what was published tells.
    CREATE TABLE IF NOT EXISTS given (model TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
    -- What is still to be done outside. Asked for again, an effect is another one: its id tells whether it is still the one that was done.
    CREATE TABLE IF NOT EXISTS effects (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      target TEXT NOT NULL,
      directory INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      not_before INTEGER NOT NULL,
      UNIQUE (kind, target) ON CONFLICT REPLACE
    );
    -- Keys, without their text. hash: SHA-256 of it. Models (null: all) and origins are JSON.
    CREATE TABLE IF NOT EXISTS keys (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL,
      hash TEXT NOT NULL,
      models TEXT,
      origins TEXT NOT NULL,
      rate REAL,
      note TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER,
      revoked_at INTEGER,
      -- The key that took its place.
      replaced_by TEXT
    ) WITHOUT ROWID;
    -- who: id of the key that did it, or root, or open.
    CREATE TABLE IF NOT EXISTS key_history (
      id INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      who TEXT NOT NULL,
      key TEXT NOT NULL,
      what TEXT NOT NULL
    );
    -- Number of the newest keys, and number and hash of those that the store has.
    CREATE TABLE IF NOT EXISTS keys_state (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      number INTEGER NOT NULL,
      written INTEGER,
      sha256 TEXT
    );
    INSERT OR IGNORE INTO keys_state (one, number) VALUES (1, 0);
  `);
  // Registries of before have names of units that are to be erased beside their hashes.
  const columns = sql.exec<{ name: string }>("SELECT name FROM pragma_table_info('erasures')").toArray();
  if (columns.some(({ name }) => name === "unit")) sql.exec("UPDATE erasures SET unit = NULL WHERE unit IS NOT NULL");
}
