import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Scrub } from "./scrub.ts";

const MEGABYTE = 1_000_000;

test("as much is written as may be free in the file, and more; then it is gone, and after a restart no zeros stay", async () => {
  await runInDurableObject(env.PARTITION.getByName("scrub"), (_, { storage: { sql } }) => {
    const scrub = new Scrub(sql);
    const size = sql.databaseSize;
    sql.exec("CREATE TABLE much (bytes BLOB)");
    for (let n = 0; n < 20; n++) sql.exec("INSERT INTO much VALUES (randomblob(?))", MEGABYTE);
    scrub.note();
    sql.exec("DROP TABLE much");
    expect(scrub.isDue).toBe(false);
    scrub.want();
    let most = 0;
    while (new Scrub(sql).isDue && most < 25 * MEGABYTE) {
      scrub.step();
      most = Math.max(most, scrub.bytes);
    }
    // The 20 MB that are free, and those for the log.
    expect(most).toBeGreaterThan(25 * MEGABYTE - 1);
    // The object ends in the midst of it.
    const again = new Scrub(sql);
    expect(again.bytes).toBe(most);
    for (let steps = 0; again.isDue && steps < 100; steps++) again.step();
    expect(again.isDue).toBe(false);
    expect([again.bytes, new Scrub(sql).bytes]).toEqual([0, 0]);
    expect(sql.databaseSize).toBeLessThan(size + 100_000);
  });
});
