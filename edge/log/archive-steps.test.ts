import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { keyedHash } from "../storage/keyed-hash.ts";
import { MAX_OBJECT_BYTES } from "../storage/platform-limits.ts";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { DRAW_GAPS, UPLOAD_DELAY } from "./limits.ts";
import { rowsAfter } from "./live-part.ts";
import { Log } from "./log.ts";
import type { Append, Example, IncomingDecision, Position } from "./messages.ts";
import type { Partition } from "./partition.ts";

afterEach(() => vi.restoreAllMocks());

let made = 0;
const partition = () => env.PARTITION.getByName(`archive-steps-${made++}`);
type Stub = ReturnType<typeof partition>;
const at = Date.now();
const decided = (...ids: string[]) =>
  appendOf({ decisions: ids.map((id) => incoming(rankRecord("m", id, at))), keepRejected: true });
const fedBack = (id: string, value: number, final = false) =>
  appendOf({ feedback: [{ id, value, final, claimedAt: at, at }] });
const activated = (id: string) => appendOf({ activations: [{ id, claimedAt: at, at }] });

/** Puts all rows but the newest into the archive. */
const close = (stub: Stub, rows = 1000): Promise<void> =>
  runInDurableObject(stub, async (instance: Partition, { storage }) => {
    const log = new Log(storage.sql);
    const range = { after: log.archived, before: log.newest, rows, characters: Number.POSITIVE_INFINITY };
    await instance.archive.close(rowsAfter(storage.sql, log, range).rows);
  });
const sql = <T extends Record<string, SqlStorageValue>>(stub: Stub, query: string): Promise<T[]> =>
  runInDurableObject(stub, (_: Partition, { storage }) => storage.sql.exec<T>(query).toArray());
/** So much later that nothing of what was sent to the store can still come. */
const uploadsEnd = (stub: Stub) => sql(stub, `UPDATE uploads SET at = at - ${UPLOAD_DELAY}`);
const files = async (stub: Stub): Promise<string[]> => {
  const [{ id }] = (await sql<{ id: string }>(stub, "SELECT id FROM log_identity")) as [{ id: string }];
  const all = await env.ARTIFACTS.list({ prefix: "log/" });
  return all.objects.map(({ key }) => key).filter((key) => key.includes(id));
};
const idsIn = async (stub: Stub): Promise<string[]> => {
  const ids: string[] = [];
  for (let after = 0; ; ) {
    const { rows, next, newest } = await stub.page({ after, limit: 1000, model: null });
    ids.push(...rows.map(({ kind, id }) => `${kind} ${id}`));
    if (next >= newest) return ids;
    after = next;
  }
};

describe("what is archived is known when it comes again", () => {
  test("decisions, feedback and activations, also after a restart", async () => {
    const stub = partition();
    await stub.append(decided("s.0", "s.1", "t.0"));
    await stub.append(fedBack("s.0", 1));
    await stub.append(activated("s.0"));
    await stub.append(fedBack("early.0", 1));
    await stub.append(decided("last"));
    await close(stub);
    expect((await sql(stub, "SELECT offset FROM log")).length).toBe(1);
    for (const restart of [false, true]) {
      if (restart) await evictDurableObject(stub);
      const again = await stub.append(decided("s.0", "new"));
      const stored = JSON.stringify(rankRecord("m", "s.0", at));
      expect(again.decisions[0]).toEqual({ status: "duplicate", stored });
      expect((await stub.append(fedBack("s.0", 1))).feedback).toEqual([{ status: "duplicate" }]);
      expect((await stub.append(fedBack("early.0", 1))).feedback).toEqual([{ status: "duplicate" }]);
      expect((await stub.append(activated("s.0"))).activations).toEqual([{ status: "duplicate" }]);
      expect(await stub.decision("t.0")).toBe(JSON.stringify(rankRecord("m", "t.0", at)));
      expect(await stub.decision("never")).toBeNull();
      const other = { ...rankRecord("other", "s.1", at) };
      const conflict = await stub.append(appendOf({ decisions: [incoming(other)] }));
      expect(conflict.decisions[0]!.status).toBe("conflict");
    }
    expect(await idsIn(stub)).toEqual([
      ...["decision s.0", "decision s.1", "decision t.0", "feedback s.0", "activation s.0", "feedback early.0"],
      ...["decision last", "decision new"],
    ]);
  });

  test("a call of which some decisions are archived is left out as a whole", async () => {
    const stub = partition();
    const call = (...ids: string[]) => ids.map((id) => incoming(rankRecord("m", id, at)));
    await stub.appendCall(call("a.1"));
    await stub.append(decided("last"));
    await close(stub);
    const outcomes = await stub.appendCall(call("a.1", "a.1.1"));
    expect(outcomes.map(({ status }) => status)).toEqual(["duplicate", "left out"]);
  });

  test("what sessions drew", async () => {
    const stub = partition();
    const session = "x".repeat(40);
    const drawn = (n: number): IncomingDecision => ({
      ...incoming(rankRecord("m", `${session}.${n}`, at)),
      draw: { session, n, slot: 0 },
    });
    const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => drawn(from + i));
    await stub.append(appendOf({ decisions: numbers(0, 40) }));
    await close(stub);
    await evictDurableObject(stub);
    const status = async (...decisions: IncomingDecision[]) =>
      (await stub.append(appendOf({ decisions, keepRejected: true }))).decisions.map((outcome) => outcome.status);
    expect(await status(drawn(41))).toEqual(["accepted"]);
    expect(await status(drawn(40 + 40 + 2 * DRAW_GAPS))).toEqual(["later"]);
    // Those that are copied back are not counted twice.
    expect(await status(...numbers(0, 5))).toEqual(Array(5).fill("duplicate"));
    await evictDurableObject(stub);
    expect(
      await runInDurableObject(stub, (_: Partition, { storage }) => new Log(storage.sql).drawnIn(session)),
    ).toEqual({
      accepted: 41,
      highest: 41,
    });
  });

  test("whose a session is", async () => {
    const stub = partition();
    await stub.append(decided("gone.1", "last.1"));
    await close(stub);
    const has = (session: string) =>
      runInDurableObject(stub, (_: Partition, { storage }) => new Log(storage.sql).hasSession(session));
    expect([await has("gone"), await has("last"), await has("never")]).toEqual([true, true, false]);
  });
});

describe("whatever fails, each row is in the log or in the archive", () => {
  test.each([
    ["the store does not take the file", "put"],
    ["the store does not give it back", "get"],
  ] as const)("%s", async (_, method) => {
    const stub = partition();
    await stub.append(decided("a.1", "a.2", "a.3"));
    const before = await idsIn(stub);
    const prototype = Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket;
    const broken = vi.spyOn(prototype, method).mockRejectedValue(new Error("the store is out"));
    await expect(close(stub)).rejects.toThrow("the store is out");
    broken.mockRestore();
    expect(await idsIn(stub)).toEqual(before);
    expect(await sql(stub, "SELECT number FROM segments")).toEqual([]);
    // The next start removes what is left over, and goes on.
    await evictDurableObject(stub);
    await uploadsEnd(stub);
    await stub.append(decided("a.4"));
    await runInDurableObject(stub, (instance: Partition) => instance.archive.work());
    expect(await files(stub)).toEqual([]);
    expect(await sql(stub, "SELECT key FROM uploads")).toEqual([]);
    await close(stub);
    expect(await idsIn(stub)).toEqual([...before, "decision a.4"]);
  });

  test("the store gives back something else", async () => {
    const stub = partition();
    await stub.append(decided("a.1", "a.2", "a.3"));
    const prototype = Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket;
    const get = prototype.get;
    vi.spyOn(prototype, "get").mockImplementation(async function (this: R2Bucket, key: string) {
      const object = (await get.call(this, key)) as R2ObjectBody;
      const bytes = new Uint8Array(await object.arrayBuffer());
      bytes[100]! ^= 1;
      return { arrayBuffer: async () => bytes.buffer } as R2ObjectBody;
    } as R2Bucket["get"]);
    await expect(close(stub)).rejects.toThrow("is not what was written");
    expect((await sql(stub, "SELECT offset FROM log")).length).toBe(3);
  });
});

test.each(["put", "get", "delete"] as const)(
  "a unit is erased from the archive, though a %s fails and the object ends",
  async (method) => {
    const stub = partition();
    const of = (unit: string, ...ids: string[]) =>
      appendOf({ decisions: ids.map((id) => incoming({ ...rankRecord("m", id, at), unit })) });
    await stub.append(of("ada", "a.0", "b.0"));
    await stub.append(of("bob", "c.0"));
    await close(stub);
    await stub.append(fedBack("a.0", 1));
    await stub.append(of("bob", "d.0"));
    await close(stub);
    await runInDurableObject(stub, (instance: Partition) => instance.archive.work());
    const before = await files(stub);
    const key = crypto.getRandomValues(new Uint8Array(16));
    const erasure = { id: "e", hash: keyedHash(key, "ada"), before: at + 1, gone: false };
    const prototype = Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket;
    const broken = vi.spyOn(prototype, method).mockRejectedValue(new Error("the store is out"));
    await stub.erase(key, [erasure]);
    await expect.poll(() => broken.mock.calls.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(await stub.erase(key, [erasure])).toEqual([]);
    broken.mockRestore();
    await evictDurableObject(stub);
    await uploadsEnd(stub);
    await expect
      .poll(() => stub.erase(key, [erasure]), { timeout: 20_000 })
      .toEqual([{ id: "e", decisions: 2, feedback: 1, activations: 0, letters: 0, models: ["m"] }]);
    expect(await idsIn(stub)).toEqual(["decision c.0", "decision d.0"]);
    const left = (await files(stub)).filter((name) => name.endsWith(".parquet"));
    // The other had nothing else, and is no more.
    expect(left.length).toBe(1);
    for (const name of before.filter((name) => name.endsWith(".parquet"))) expect(left).not.toContain(name);
    const manifest = await (await env.ARTIFACTS.get(before.find((name) => name.includes("manifest"))!))!.json();
    expect(manifest).toMatchObject({ segments: left.map((key) => ({ key })) });
    expect((await stub.append(of("ada", "a.0"))).decisions[0]!.status).toBe("erased");
    expect((await stub.append(fedBack("b.0", 1))).feedback[0]!.status).toBe("erased");
  },
);

test("what had come early for a session that is erased does not come back while its file is written anew", async () => {
  const stub = partition();
  await stub.append(appendOf({ decisions: [incoming({ ...rankRecord("m", "s.0", at), unit: "ada" })] }));
  await stub.append(fedBack("s.1", 1));
  await stub.append(decided("last.0"));
  await close(stub);
  const key = crypto.getRandomValues(new Uint8Array(16));
  const erasure = { id: "e", hash: keyedHash(key, "ada"), before: at + 1, gone: false };
  const prototype = Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket;
  const broken = vi.spyOn(prototype, "put").mockRejectedValue(new Error("the store is out"));
  await stub.erase(key, [erasure]);
  const noted = () => sql(stub, "SELECT id FROM removals WHERE what = 'session'");
  await expect.poll(noted, { timeout: 20_000 }).toEqual([{ id: "s" }]);
  // Brings a copy of row 2 back into the table, in most runs: upkeep may have its turn in between.
  await stub.append(fedBack("s.1", 2));
  broken.mockRestore();
  await expect
    .poll(() => stub.erase(key, [erasure]), { timeout: 20_000 })
    .toEqual([{ id: "e", decisions: 1, feedback: 1, activations: 0, letters: 0, models: ["m"] }]);
  expect(await sql(stub, "SELECT offset FROM log WHERE id = 's.1'")).toEqual([{ offset: 4 }]);
  expect(await idsIn(stub)).toEqual(["decision last.0", "feedback s.1"]);
});

test("what was erased by the key of a registry that has lost its data stays known beside that of the next", async () => {
  const stub = partition();
  const of = (unit: string, id: string, time: number) =>
    appendOf({ decisions: [incoming({ ...rankRecord("m", id, time), unit })], keepRejected: true });
  await stub.append(of("ada", "a.0", at));
  await stub.append(of("bob", "b.0", at));
  for (const [i, unit] of ["ada", "bob"].entries()) {
    const key = new Uint8Array(16).fill(i + 1);
    const erasure = { id: unit, hash: keyedHash(key, unit), before: at + 1, gone: false };
    await expect.poll(async () => (await stub.erase(key, [erasure])).length, { timeout: 20_000 }).toBe(1);
  }
  await evictDurableObject(stub);
  for (const [unit, id] of [
    ["ada", "a.0"],
    ["bob", "b.0"],
  ] as const) {
    expect((await stub.append(of(unit, id, at))).decisions[0]!.status).toBe("erased");
    expect((await stub.append(fedBack(id, 1))).feedback[0]!.status).toBe("erased");
  }
  expect((await stub.append(of("ada", "a.1", at + 2))).decisions[0]!.status).toBe("accepted");
});

describe("a partition that was restored from a copy of before finds the files that its tables do not name", () => {
  /** The rows and segments as they were. */
  const restore = (stub: Stub, log: Record<string, SqlStorageValue>[]) =>
    runInDurableObject(stub, (_: Partition, { storage: { sql } }) => {
      for (const table of ["segments", "uploads", "archived_runs", "archived_ids", "log"])
        sql.exec(`DELETE FROM ${table}`);
      for (const row of log)
        sql.exec(
          `INSERT INTO log (${Object.keys(row).join(", ")}) VALUES (${Object.keys(row)
            .map(() => "?")
            .join(", ")})`,
          ...Object.values(row),
        );
    });
  const said = (spy: { mock: { calls: unknown[][] } }) => spy.mock.calls.map(([line]) => String(line)).join("\n");

  test("one of which it has the rows is removed", async () => {
    const stub = partition();
    await stub.append(decided("a.1", "a.2", "a.3"));
    const rows = await sql(stub, "SELECT * FROM log");
    await close(stub);
    expect((await files(stub)).length).toBe(1);
    await restore(stub, rows);
    await evictDurableObject(stub);
    const warn = vi.spyOn(console, "warn");
    await runInDurableObject(stub, (instance: Partition) => instance.archive.work());
    expect(said(warn)).toContain("is of a history that the log has not any more, and is removed");
    expect(await files(stub)).toEqual([]);
    expect(await idsIn(stub)).toEqual(["decision a.1", "decision a.2", "decision a.3"]);
  });

  test("one with rows that it has not is said, and removed when somebody is erased", async () => {
    const stub = partition();
    await stub.append(decided("a.1"));
    const rows = await sql(stub, "SELECT * FROM log");
    await stub.append(decided("a.2", "a.3"));
    await close(stub);
    await restore(stub, rows);
    await evictDurableObject(stub);
    const error = vi.spyOn(console, "error");
    await runInDurableObject(stub, (instance: Partition) => instance.archive.work());
    expect(said(error)).toContain("files of the archive have rows that the log, restored from an older copy, has not");
    expect((await files(stub)).length).toBe(1);
    const key = new Uint8Array(16).fill(7);
    const erasure = { id: "e", hash: keyedHash(key, "nobody"), before: at + 1, gone: false };
    await expect.poll(async () => (await stub.erase(key, [erasure])).length, { timeout: 20_000 }).toBe(1);
    expect(await files(stub)).toEqual([]);
  });

  test("and who has read these is given what the log has now", async () => {
    const stub = partition();
    const rules = { wait: 0, default: 0, aggregate: "first", binary: false } as const;
    const readAll = async (from: Position | null = null): Promise<string[]> => {
      const request = { reader: "m@1", model: "m", rules, from, upto: null, limit: 2 };
      const { examples, to, more, rewound } = await runInDurableObject(stub, async (instance: Partition) => {
        const slice = await instance.read(request);
        // Nobody is told of what is new, so nothing keeps the partition from being started anew.
        instance.leave(request.reader);
        return slice;
      });
      expect(rewound).toBe(false);
      const ids = examples.map(({ record }) => JSON.parse(record).id as string);
      return more ? [...ids, ...(await readAll(to))] : ids;
    };
    await stub.append(decided("a.1", "a.2"));
    const rows = await sql(stub, "SELECT * FROM log");
    await stub.append(decided("lost.1", "lost.2", "lost.3", "lost.4"));
    await close(stub);
    expect(await readAll()).toEqual(["a.1", "a.2", "lost.1", "lost.2", "lost.3", "lost.4"]);
    await restore(stub, rows);
    await evictDurableObject(stub);
    // As many as are lost, so that no offset tells of it.
    await stub.append(decided("b.1", "b.2", "b.3", "b.4"));
    await close(stub);
    expect(await readAll()).toEqual(["a.1", "a.2", "b.1", "b.2", "b.3", "b.4"]);
  });
});

test("files of another log in the same bucket are said, and stay, also when somebody is erased", async () => {
  const stub = partition();
  await stub.append(decided("a.1", "a.2"));
  const name = `archive-steps-${made - 1}`;
  const other = `log/${name}/${"f".repeat(32)}/000000000001-000000000002-${"0".repeat(64)}.parquet`;
  await env.ARTIFACTS.put(other, "somebody else's");
  const error = vi.spyOn(console, "error");
  await runInDurableObject(stub, (instance: Partition) => instance.archive.work());
  const said = error.mock.calls.map(([line]) => String(line)).join("\n");
  expect(said).toContain("the store has files of another log under this partition's name, which are left as they are");
  expect(said).toContain("f".repeat(32));
  const key = new Uint8Array(16).fill(7);
  const erasure = { id: "e", hash: keyedHash(key, "nobody"), before: at + 1, gone: false };
  await expect.poll(async () => (await stub.erase(key, [erasure])).length, { timeout: 20_000 }).toBe(1);
  expect(await env.ARTIFACTS.head(other)).not.toBeNull();
});

test("what lies in two files comes back whole or not at all, though one of them cannot be read at first", async () => {
  const stub = partition();
  await stub.append(decided("s.0", "s.1"));
  await close(stub, 1);
  await stub.append(activated("s.0"));
  await stub.append(decided("last"));
  await close(stub);
  await evictDurableObject(stub);
  const prototype = Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket;
  const { get: real } = prototype;
  const get = vi.spyOn(prototype, "get");
  get.mockImplementation(function (this: R2Bucket, key: string) {
    if (key.includes("/000000000002-")) throw new Error("the store is out");
    return real.call(this, key);
  } as R2Bucket["get"]);
  // Within the object: a call from outside that fails is told of twice, the second time to nobody.
  await expect(runInDurableObject(stub, (instance: Partition) => instance.append(activated("s.0")))).rejects.toThrow(
    "the store is out",
  );
  get.mockRestore();
  expect((await stub.append(activated("s.0"))).activations).toEqual([{ status: "duplicate" }]);
});

test("a file that is written again has another name, so that nothing which is still on its way to the store can mean it", async () => {
  const stub = partition();
  await stub.append(decided("a", "b", "last"));
  const prototype = Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket;
  const put = vi.spyOn(prototype, "put");
  const get = vi.spyOn(prototype, "get").mockRejectedValueOnce(new Error("the store is out"));
  await expect(close(stub)).rejects.toThrow("the store is out");
  await close(stub);
  expect(get.mock.calls.length).toBeGreaterThan(0);
  const names = put.mock.calls.map(([key]) => key).filter((key) => key.endsWith(".parquet"));
  expect(new Set(names).size).toBe(2);
  vi.restoreAllMocks();
  // The first is removed, and once more when nothing can write it any more.
  await runInDurableObject(stub, async (instance: Partition) => {
    await instance.archive.removeOrphans();
    expect(instance.archive.segments.orphans).toEqual(new Set([names[0]]));
    expect(instance.archive.removeAt).toBeGreaterThan(Date.now());
    vi.spyOn(Date, "now").mockReturnValue(Date.now() + UPLOAD_DELAY);
    await env.ARTIFACTS.put(names[0]!, "late");
    await instance.archive.removeOrphans();
    expect(instance.archive.segments.orphans).toEqual(new Set());
    expect(instance.archive.removeAt).toBeNull();
  });
  expect(await files(stub)).toEqual(expect.arrayContaining([names[1]]));
  expect(await files(stub)).not.toContain(names[0]);
});

test("what was read in part is read on, and again, where what waits was looked at further ahead than the next file", async () => {
  const stub = partition();
  await stub.append(decided("a", "b"));
  for (const id of ["a", "b"]) await stub.append(fedBack(id, 1));
  await stub.append(decided("c", "d", "e"));
  const rules = { wait: 60_000, default: 0, aggregate: "first", binary: false } as const;
  const request = { reader: "m@1", model: "m", rules, upto: null, limit: 1 };
  const first = await stub.read({ ...request, from: null });
  expect([first.to.rows, first.to.heard]).toEqual([3, 7]);
  while ((await sql(stub, "SELECT 1 FROM log")).length > 1) await close(stub, 2);
  const all = async (from: Position | null, upto: Position | null): Promise<Example[]> => {
    const { rewound, examples, to, more } = await stub.read({ ...request, from, upto });
    expect(rewound).toBe(false);
    return more ? [...examples, ...(await all(to, upto))] : examples;
  };
  expect(await all(null, first.to)).toEqual(first.examples);
  expect((await all(first.to, null)).map(({ decision }) => decision)).toEqual([2]);
});

test("what its reader read of the archive is a partition's own answer, which the runtime need not keep for who asked", async () => {
  const stub = partition();
  await stub.append(decided("a", "b", "last"));
  for (const id of ["a", "b"]) await stub.append(fedBack(id, 1));
  await close(stub, 2);
  const rules = { wait: 60_000, default: null, aggregate: "first", binary: false } as const;
  const request = { reader: "m@1", model: "m", rules, from: null, upto: null, limit: 10 };
  const slice = await runInDurableObject(stub, (instance: Partition) => instance.read(request));
  expect(slice.rewound).toBe(false);
  expect(Symbol.dispose in slice).toBe(false);
});

test("the manifest says what the files have", async () => {
  const stub = partition();
  await stub.append(decided("a.1", "a.2", "a.3"));
  await close(stub, 1);
  await close(stub, 1);
  await runInDurableObject(stub, (instance: Partition) => instance.archive.work());
  const names = await files(stub);
  const manifest = await (await env.ARTIFACTS.get(names.find((name) => name.includes("manifest"))!))!.json();
  const [one, two] = names.filter((name) => name.endsWith(".parquet"));
  expect(manifest).toMatchObject({
    format: 1,
    segments: [
      { number: 1, first: 1, last: 1, rows: 1, key: one },
      { number: 2, first: 2, last: 2, rows: 1, key: two },
    ],
  });
});

test.each([
  ["none", 0],
  ["one", 1],
])(
  "a manifest that comes late, and was written when there was %s, takes the place of no newer one",
  async (_, before) => {
    const stub = partition();
    await stub.append(decided("a.1", "a.2", "a.3", "a.4"));
    const list = () =>
      runInDurableObject(stub, ({ archive }: Partition) => archive.alone(() => archive.segments.list()));
    for (let n = 0; n < before; n++) {
      await close(stub, 1);
      await list();
    }
    await close(stub, 1);
    const put = vi.spyOn(Object.getPrototypeOf(env.ARTIFACTS) as R2Bucket, "put");
    put.mockRejectedValueOnce(new Error("the connection was lost"));
    await expect(list()).rejects.toThrow("the connection was lost");
    const [key, late, options] = put.mock.calls[0]!;
    put.mockRestore();
    await close(stub, 1);
    await list();
    const listed = async () =>
      (await (await env.ARTIFACTS.get(key))!.json<{ segments: { number: number }[] }>()).segments.map(
        ({ number }) => number,
      );
    const numbers = Array.from({ length: before + 2 }, (_, n) => n + 1);
    expect(await listed()).toEqual(numbers);
    await env.ARTIFACTS.put(key, late as string, options as R2PutOptions);
    expect(await listed()).toEqual(numbers);
  },
);

test("a partition archives before it has as much as the platform lets an object have", async () => {
  const { archive } = await partition().statistics();
  expect(archive.databaseLimit).toBeGreaterThan(0);
  expect(archive.databaseLimit).toBeLessThan(MAX_OBJECT_BYTES * 0.9);
});

test("a partition that may hold little archives its oldest rows, and takes many times as much", async () => {
  const stub = partition();
  const limit = 3_000_000;
  await runInDurableObject(stub, (instance: Partition) => {
    instance.archive.limit = limit;
  });
  let refused = 0;
  // Within the object: what a call of it throws is reported as uncaught beside. Again while it is full, as whoever is answered 507 does.
  const append = async (batch: Append) => {
    for (;;)
      try {
        return await runInDurableObject(stub, (instance: Partition) => instance.append(batch));
      } catch (error) {
        expect(String(error)).toContain("SQLITE_FULL");
        refused++;
        await scheduler.wait(50);
      }
  };
  const padding = "x".repeat(8000);
  for (let taken = 0; taken < 2000; taken += 20) {
    const ids = Array.from({ length: 20 }, (_, i) => `p-${taken + i}`);
    const decisions = ids.map((id, i) => incoming(rankRecord("m", id, at, `${padding}${taken}-${i}`)));
    const outcomes = (await append(appendOf({ decisions }))).decisions;
    expect(outcomes.every(({ status }) => status === "accepted")).toBe(true);
  }
  const { archive, newest } = await stub.statistics();
  expect(newest).toBe(2000);
  expect(archive.databaseBytes).toBeLessThan(limit * 1.2);
  expect(archive.rows).toBeGreaterThan(1000);
  expect(archive.failure).toBeNull();
  expect(refused).toBeLessThan(10_000);
  for (const id of ["p-0", "p-999", "p-1999"])
    expect((await append(decided(id))).decisions[0]!.status).not.toBe("accepted");
});
