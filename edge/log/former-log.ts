/**
 * Reads what a partition of before left (docs/adr/0008-versions.md): its log is copied once into the new shape, and what was
 * concluded from it is dropped. The log's identity and the dead letters stay as they are.
 */

/** Whether there is a log in the shape of before. */
export function isFormer(sql: SqlStorage): boolean {
  const [table] = sql.exec<{ sql: string }>("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'log'");
  return table !== undefined && !table.sql.includes("deferred");
}

/**
 * Copies the log of before. Clocks that went back had left times that fall: each row now has the latest until then. Feedback gets the
 * model of its decision where that was there already.
 * @param createLog creates the table `log`.
 * @returns how many duplicates had been counted; of the other totals the tables know.
 */
export function copyFormerLog(sql: SqlStorage, createLog: string): number {
  sql.exec(`
    ALTER TABLE log RENAME TO former_log;
    ${createLog}
    INSERT INTO log (offset, kind, id, claimed_at, at, received_at, model, value, final, deferred, body)
      SELECT offset, kind, id, claimed_at, at, max(received_at) OVER (ORDER BY offset),
        CASE kind WHEN 'decision' THEN model ELSE (
          SELECT d.model FROM former_log d WHERE d.kind = 'decision' AND d.id = f.id AND d.offset < f.offset
        ) END,
        value, final, CASE kind WHEN 'decision' THEN 0 END, body
      FROM former_log f ORDER BY offset;
    DROP TABLE former_log;
    DROP TABLE IF EXISTS pending;
    DROP TABLE IF EXISTS examples;
    DROP TABLE IF EXISTS delivery;
    CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
  `);
  const [duplicates] = sql.exec<{ n: number }>("SELECT n FROM counters WHERE name = 'duplicates'");
  sql.exec("DROP TABLE counters");
  return duplicates?.n ?? 0;
}
