import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { RankDecision } from "../../shared/contract/record.ts";
import { keyedHash } from "../storage/keyed-hash.ts";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { Catalogue } from "./catalogue.ts";
import { CATALOGUE_RENEWAL } from "./limits.ts";

afterEach(() => vi.restoreAllMocks());

const films = (name: string, n: number) =>
  Array.from({ length: n }, (_, i) => ({
    id: `${name}-${i}`,
    features: { genre: `a genre of ${name}`, year: 1950 + i },
  }));

function record(id: string, unit: string, actions: RankDecision["actions"]): RankDecision {
  const odds = { scores: actions.map((_, i) => 1 / (i + 3)), probabilities: actions.map(() => 1 / actions.length) };
  return { ...rankRecord("m", id, 1000), unit, actions, ...odds, chosen: 0 };
}

const partition = (name: string) => env.PARTITION.getByName(`catalogue-${name}`);
type Stub = ReturnType<typeof partition>;

/** Appends them one by one, as calls do. */
async function append(stub: Stub, records: readonly RankDecision[]): Promise<void> {
  for (const each of records) {
    const { decisions } = await stub.append(appendOf({ decisions: [incoming(each)] }));
    expect(decisions).toEqual([{ status: "accepted" }]);
  }
}

const blocks = (stub: Stub): Promise<{ unit: string | null; n: number }[]> =>
  runInDurableObject(stub, (_, { storage: { sql } }) =>
    sql
      .exec<{ unit: string | null; texts: string }>("SELECT unit, texts FROM catalogue ORDER BY block")
      .toArray()
      .map(({ unit, texts }) => ({ unit, n: texts.split("\n").length })),
  );

async function expectAsTheyCame(stub: Stub, records: readonly RankDecision[]): Promise<void> {
  const { rows } = await stub.page({ after: 0, limit: 1000, model: "m" });
  expect(rows.map((row) => row.record)).toEqual(records.map((each) => JSON.stringify(each)));
  for (const each of records) expect(await stub.decision(each.id)).toBe(JSON.stringify(each));
}

test("actions that come again are stored once, over restarts, and every record comes back as it came", async () => {
  const stub = partition("once");
  const all = films("film", 30);
  const records = Array.from({ length: 40 }, (_, i) =>
    // Whole lists, parts of them, and in another order.
    record(
      `s${i}.0`,
      `unit-${i % 7}`,
      i % 3 === 0 ? all : i % 3 === 1 ? all.filter((_, at) => at % 4 !== i % 4) : all.toReversed(),
    ),
  );
  await append(stub, records.slice(0, 20));
  await evictDurableObject(stub);
  await append(stub, records.slice(20));
  await expectAsTheyCame(stub, records);
  // One block for the second unit that came, with what both had; of what it had not, others.
  const stored = await blocks(stub);
  expect(stored.reduce((sum, { n }) => sum + n, 0)).toBeLessThan(75);
  await evictDurableObject(stub);
  await expectAsTheyCame(stub, records);
});

test("actions that come once, as a stranger may invent them without end, make no entry", async () => {
  const stub = partition("stranger");
  const records = Array.from({ length: 30 }, (_, i) => record(`s${i}.0`, `unit-${i}`, films(`made up ${i}`, 20)));
  await append(stub, records);
  // What their records are built of, and nothing else.
  expect(await blocks(stub)).toEqual([{ unit: null, n: 1 }]);
  await expectAsTheyCame(stub, records);
});

test("what only one unit's records have is in a block of that unit, and goes with it", async () => {
  const stub = partition("unit");
  const own = films("her own", 8);
  const common = films("everybody's", 8);
  await append(stub, [record("a.0", "ada", own), record("a.1", "ada", own), record("a.2", "ada", common)]);
  expect(await blocks(stub)).toEqual([{ unit: "ada", n: 9 }]);
  const others = [record("b.0", "ben", common), record("c.0", "cem", common)];
  await append(stub, others);
  // The skeleton of Ada's records and, with Ben's, the films.
  expect(await blocks(stub)).toEqual([
    { unit: "ada", n: 9 },
    { unit: null, n: 9 },
  ]);
  await runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec("DELETE FROM log WHERE id LIKE 'a.%'");
    new Catalogue(
      storage.sql,
      () => 1,
      () => false,
    ).erase((unit) => unit === "ada");
  });
  await evictDurableObject(stub);
  expect(await blocks(stub)).toEqual([{ unit: null, n: 9 }]);
  await expectAsTheyCame(stub, others);
});

test("what is made for a unit while it is erased is whole without the blocks that go with it", async () => {
  const stub = partition("going");
  const own = films("her own", 8);
  await append(stub, [record("a.0", "ada", own), record("a.1", "ada", own)]);
  expect(await blocks(stub)).toEqual([{ unit: "ada", n: 9 }]);
  // All rows are looked at, and then the store does not answer for a while.
  const list = vi.spyOn(Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket, "list");
  list.mockRejectedValue(new Error("the store is out"));
  const key = new Uint8Array(16).fill(7);
  // Of long ago it would be forgotten as soon as it is done.
  const before = Date.now() - 60_000;
  const erasure = { id: "e", hash: keyedHash(key, "ada"), before, gone: false };
  const done = async () => (await stub.erase(key, [erasure])).length;
  await stub.erase(key, [erasure]);
  await expect.poll(() => list.mock.calls.length, { timeout: 20_000 }).toBeGreaterThan(0);
  const later = ["b.0", "b.1", "b.2"].map((id, i) => ({
    ...record(id, "ada", i < 2 ? own : films("hers, too", 2)),
    at: before + 1000,
  }));
  await append(stub, later);
  expect(await done()).toBe(0);
  list.mockRestore();
  // It is tried again later; when it is started, at once.
  await evictDurableObject(stub);
  await expect.poll(done, { timeout: 20_000 }).toBe(1);
  await evictDurableObject(stub);
  expect(await blocks(stub)).toEqual([]);
  await expectAsTheyCame(stub, later);
  // What comes now has blocks of its own again.
  const now = ["c.0", "c.1"].map((id) => ({ ...record(id, "ada", own), at: before + 2000 }));
  await append(stub, now);
  expect((await blocks(stub)).map(({ unit }) => unit)).toEqual(["ada"]);
  await expectAsTheyCame(stub, [...later, ...now]);
});

test("a block goes when no row that may refer to it is left, and not before", async () => {
  const stub = partition("tidy");
  const [used, old] = [films("used", 5), films("old", 5)];
  const of = (name: string, list: typeof old) => ["x", "y"].map((unit) => record(`${unit}.${name}`, unit, list));
  const last = record("z.1", "z", films("another", 1));
  await append(stub, [...of("0", used), ...of("1", old), last]);
  expect(await blocks(stub)).toHaveLength(2);
  // As if so many rows had come before the last, for which both blocks were.
  await runInDurableObject(stub, (_, { storage: { sql } }) =>
    sql.exec("UPDATE log SET offset = ? WHERE id = 'z.1'", CATALOGUE_RENEWAL + 1),
  );
  // The object counts its rows: it hears of it when it starts.
  await evictDurableObject(stub);
  const later = [record("x.2", "x", used), record("x.3", "x", used), record("x.4", "x", used)];
  await append(stub, later);
  const withoutRowsTo = async (offset: number) => {
    await runInDurableObject(stub, (instance, { storage: { sql } }) => {
      sql.exec("DELETE FROM log WHERE offset <= ?", offset);
      return instance.alarm();
    });
    return blocks(stub);
  };
  // The oldest row may still refer to both.
  expect(await withoutRowsTo(4)).toHaveLength(2);
  // Rows of now may refer only to what they use.
  expect(await withoutRowsTo(CATALOGUE_RENEWAL + 3)).toEqual([{ unit: null, n: 6 }]);
  await evictDurableObject(stub);
  expect(await stub.decision(later[2]!.id)).toBe(JSON.stringify(later[2]));
  await append(stub, of("5", old));
  for (const each of of("5", old)) expect(await stub.decision(each.id)).toBe(JSON.stringify(each));
});

test("an append that fails leaves nothing in the catalogue, and nothing that is believed to be there", async () => {
  const stub = partition("rollback");
  const list = films("film", 6);
  await append(stub, [record("a.0", "ada", list)]);
  await runInDurableObject(stub, async (instance, { storage: { sql } }) => {
    // The log takes no row for a moment.
    sql.exec("CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'no room'); END");
    const failing = instance.append(appendOf({ decisions: [incoming(record("b.0", "ben", list))] }));
    await expect(failing).rejects.toThrow("no room");
    sql.exec("DROP TRIGGER full");
  });
  expect(await blocks(stub)).toEqual([]);
  const records = ["b.1", "b.2", "b.3"].map((id) => record(id, "ben", list));
  await append(stub, records);
  await expectAsTheyCame(stub, [record("a.0", "ada", list), ...records]);
});
