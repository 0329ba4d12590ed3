import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Log } from "./log.ts";

/** Runs where a partition has its tables. */
const withSql = (act: (sql: SqlStorage) => void) =>
  runInDurableObject(env.PARTITION.getByName("last-before"), (_, { storage }) => act(storage.sql));

function insert(sql: SqlStorage, rows: readonly { offset: number; time: number }[]): void {
  sql.exec("DELETE FROM log");
  for (const { offset, time } of rows)
    sql.exec(
      "INSERT INTO log (offset, kind, id, at, received_at) VALUES (?, 'feedback', ?, 0, ?)",
      ...[offset, `d.${offset}`, time],
    );
}

/** Rows by rising offset, some of which were removed, whose times never fall. */
const rows = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 9 }), later: fc.integer({ min: 0, max: 3 }) }), { maxLength: 40 })
  .map((steps) => {
    let [offset, time] = [0, 100];
    return steps.map(({ gap, later }) => {
      offset += gap;
      time += later;
      return { offset, time };
    });
  });

test("the last row before a time is the one that a look at all of them finds", () =>
  withSql((sql) => {
    fc.assert(
      fc.property(
        rows,
        fc.integer({ min: 98, max: 230 }),
        fc.option(fc.integer({ min: 0, max: 400 })),
        (rows, time, upto) => {
          insert(sql, rows);
          const found = rows.findLast((row) => row.time < time && row.offset <= (upto ?? Number.POSITIVE_INFINITY));
          expect(new Log(sql).lastBefore(time, upto ?? undefined)).toBe(found?.offset ?? 0);
        },
      ),
      { numRuns: 200 },
    );
  }));

test("of however many rows a few are looked at", () =>
  withSql((sql) => {
    sql.exec("DELETE FROM log");
    sql.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO log (offset, kind, id, at, received_at) SELECT i, 'feedback', 'd.' || i, 0, 5 FROM n`);
    const cursors: { rowsRead: number }[] = [];
    const exec = (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = sql.exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    };
    const log = new Log({ exec } as unknown as SqlStorage);
    cursors.length = 0;
    expect([log.lastBefore(5), log.lastBefore(6)]).toEqual([0, 20_000]);
    expect(cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBeLessThan(100);
  }));
