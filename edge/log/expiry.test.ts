import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { appendOf } from "../testing/records.ts";
import { partition } from "../testing/training.ts";

const DAY = 86_400_000;
const letter = (n: number) => ({
  list: "decisions" as const,
  id: `l-${n}`,
  reason: `reason ${n % 3}`,
  body: `{"n":${n}}`,
});

const sql = <T>(run: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(env.PARTITION.getByName("0"), (_, { storage }) => run(storage.sql));

test("what cannot be used is kept for so many days, and then counted by its reason", async () => {
  await partition("0").append(appendOf({ unusable: Array.from({ length: 450 }, (_, n) => letter(n)) }));
  // All but the last 20 came longer ago than they are kept; the object is woken for the oldest.
  await sql((sql) =>
    sql.exec("UPDATE dead_letters SET received_at = received_at - ? WHERE number <= 430", 30 * DAY + 1000),
  );
  await evictDurableObject(partition("0") as never);
  await partition("0").statistics();
  const left = async () => (await partition("0").letters({ after: 0, limit: 500, reason: null })).letters.length;
  await expect.poll(left, { timeout: 20_000 }).toBe(20);
  const { letters, past } = await partition("0").letters({ after: 0, limit: 500, reason: null });
  expect(letters.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => `l-${430 + n}`));
  expect(past.map(({ reason, n }) => [reason, n]).sort()).toEqual([
    ["reason 0", 144],
    ["reason 1", 143],
    ["reason 2", 143],
  ]);
  expect((await partition("0").statistics()).deadLetters).toBe(450);
  await runDurableObjectAlarm(env.PARTITION.getByName("0"));
  // The rest waits for its own time, for which the object is woken.
  const due = await runInDurableObject(env.PARTITION.getByName("0"), (_, { storage }) => storage.getAlarm());
  expect(due! - Date.now()).toBeGreaterThan(29 * DAY);
  expect(due! - Date.now()).toBeLessThan(31 * DAY);
  expect(await left()).toBe(20);
});
