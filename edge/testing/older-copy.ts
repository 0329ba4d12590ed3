import { type evictDurableObject, runInDurableObject } from "cloudflare:test";

type Stub = Parameters<typeof evictDurableObject>[0];

/** What an object has stored at a moment, as a backup or the platform's point-in-time recovery has it. */
export type Copy = Map<string, Record<string, SqlStorageValue>[]>;

/** @param only these tables; all, when left out. */
export const copyOf = (stub: Stub, only?: readonly string[]): Promise<Copy> =>
  runInDurableObject(stub, (_, { storage: { sql } }) => {
    const tables = only ?? tablesOf(sql);
    return new Map(tables.map((table) => [table, sql.exec(`SELECT * FROM "${table}"`).toArray()]));
  });

/** Puts an object back to a copy, and ends it. */
export async function putBack(stub: Stub, copy: Copy): Promise<void> {
  await runInDurableObject(stub, async (_, state) => {
    const { sql } = state.storage;
    state.storage.transactionSync(() => {
      for (const [table, rows] of copy) {
        sql.exec(`DELETE FROM "${table}"`);
        for (const row of rows) {
          const names = Object.keys(row).map((name) => `"${name}"`);
          const places = names.map(() => "?");
          sql.exec(`INSERT INTO "${table}" (${names}) VALUES (${places})`, ...Object.values(row));
        }
      }
    });
    await state.storage.sync();
    state.abort("an older copy of it was put back");
  }).catch(() => {});
}

/** Takes away all that an object has stored, as a disk does. */
export const lose = (stub: Stub): Promise<void> =>
  runInDurableObject(stub, async (_, state) => {
    await state.storage.deleteAll();
    state.abort("its data is gone");
  }).catch(() => {});

/** Names of all tables that are an object's own. */
export const tablesOf = (sql: SqlStorage): string[] =>
  sql
    .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'")
    .toArray()
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("sqlite_"));
