import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { JoinRules } from "../../shared/versions/join.ts";
import type { Env } from "../env.ts";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { rowsAfter } from "./live-part.ts";
import { Log } from "./log.ts";
import type { Append, IncomingDecision } from "./messages.ts";
import { Partition } from "./partition.ts";
import { Retention } from "./retention.ts";
import { decodeSegment } from "./segment-file.ts";

afterEach(() => vi.restoreAllMocks());

const DAY = 24 * 3_600_000;

describe("the setting", () => {
  const of = (text?: string) => new Retention({ ...(text !== undefined && { RETENTION_DAYS: text }) });

  test("is for all models, or for some", () => {
    expect([of("").shortest, of().of("m")]).toEqual([null, null]);
    expect([of("90").of("m"), of("90").shortest]).toEqual([90 * DAY, 90 * DAY]);
    const some = of("home-hero=30, search=365 400");
    expect(["home-hero", "search", "other"].map((name) => some.of(name))).toEqual([30 * DAY, 365 * DAY, 400 * DAY]);
    expect(some.shortest).toBe(30 * DAY);
    expect(of("home-hero=30").of("other")).toBeNull();
  });

  test.each(["soon", "home-hero=", "0", "-3", "=5", "home-hero=.5"])("%j is none", (text) => {
    expect(() => of(text)).toThrow("RETENTION_DAYS must be days");
  });
});

let made = 0;
type Stub = DurableObjectStub<Partition>;
const partition = () => env.PARTITION.getByName(`retention-${made++}`) as unknown as Stub;

/** Puts all rows but the newest into the archive, so many a file. */
const close = (stub: Stub, rows: number): Promise<void> =>
  runInDurableObject(stub, async (instance: Partition, { storage }) => {
    for (;;) {
      const log = new Log(storage.sql);
      const range = { after: log.archived, before: log.newest, rows, characters: Number.POSITIVE_INFINITY };
      const next = rowsAfter(storage.sql, log, range).rows;
      if (next.length === 0) return;
      await instance.archive.close(next);
    }
  });

/** The partition as a server with such a setting starts it over the same state, used when what is past is gone. */
const startedWith = <T>(
  stub: Stub,
  RETENTION_DAYS: string,
  use: (partition: Partition) => T | Promise<T>,
): Promise<T> =>
  runInDurableObject(stub, async (_: Partition, state) => {
    const bindings = { ...env, RETENTION_DAYS } as unknown as Env;
    const partition = new Partition(state as unknown as DurableObjectState<Record<string, never>>, bindings);
    await state.blockConcurrencyWhile(async () => {});
    const ended = () => state.storage.sql.exec<{ ended: number | null }>("SELECT ended FROM expiring").one().ended;
    for (let tries = 0; ended() === null && tries < 500; tries++) await scheduler.wait(20);
    expect(ended()).not.toBeNull();
    return use(partition);
  });

const rules: JoinRules = { aggregate: "max", default: 0, wait: 60_000, binary: false };
async function examplesOf(partition: Partition, model: string) {
  const found: [id: string, value: number][] = [];
  let expired: unknown;
  for (let from = null as Parameters<Partition["read"]>[0]["from"]; ; ) {
    const slice = await partition.read({ reader: `${model}@1`, model, rules, from, upto: null, limit: 3 });
    expired ??= slice.expired;
    found.push(...slice.examples.map(({ record, value }) => [JSON.parse(record).id, value] as [string, number]));
    from = slice.to;
    if (!slice.more) {
      partition.leave(`${model}@1`);
      return { found, expired };
    }
  }
}

/** Ids in the files of the archive. */
async function idsInFiles(stub: Stub): Promise<string[]> {
  const log = await runInDurableObject(stub, (_: Partition, { storage }) => new Log(storage.sql).identity);
  const ids: string[] = [];
  for (const { key } of (await env.ARTIFACTS.list({ prefix: "log/" })).objects) {
    if (!key.includes(log) || !key.endsWith(".parquet")) continue;
    const bytes = new Uint8Array(await (await env.ARTIFACTS.get(key))!.arrayBuffer());
    ids.push(...(await decodeSegment(bytes)).map(({ id }) => id));
  }
  return ids;
}

describe.each([
  ["none of it is archived", null],
  ["it is archived in one file", 1000],
  ["it is archived in files of four rows", 4],
] as const)("what is past goes, and nothing else, where %s", (_, rows) => {
  test("a decision with all that came for it; learning is what a log without it gives", async () => {
    const stub = partition();
    const start = Date.now() - 100 * DAY;
    let now = start;
    vi.spyOn(Date, "now").mockImplementation(() => now);
    const append = (parts: Partial<Append>) => stub.append(appendOf(parts));
    const session = "x".repeat(40);
    const numbered = (n: number): IncomingDecision => ({
      ...incoming(rankRecord("m", `${session}.${n}`, now)),
      draw: { session, n, slot: 0 },
    });
    const feedback = (id: string, value: number) =>
      append({ feedback: [{ id, value, final: false, claimedAt: now, at: now }] });
    const old = incoming(rankRecord("m", "old.1", now));
    await append({ decisions: [old, incoming(rankRecord("other", "other.1", now))] });
    for (let n = 0; n < 40; n++) await append({ decisions: [numbered(n)] });
    await feedback("old.1", 1);
    await feedback("other.1", 1);
    await feedback("never.1", 1);
    await append({ activations: [{ id: "old.1", claimedAt: now, at: now }] });
    now += 40 * DAY;
    await append({
      decisions: [incoming(rankRecord("m", "new.1", now)), incoming(rankRecord("other", "other.2", now))],
    });
    await feedback("new.1", 1);
    await feedback("old.1", 0.5);
    if (rows !== null) await close(stub, rows);
    await append({ decisions: [incoming(rankRecord("m", "last.1", now))] });
    now += DAY;

    await startedWith(stub, "m=30", async (partition) => {
      expect(await examplesOf(partition, "m")).toEqual({
        found: [
          ["new.1", 1],
          ["last.1", 0],
        ],
        expired: { decisions: 41, before: now - 30 * DAY },
      });
      const other = await examplesOf(partition, "other");
      expect(other.found).toEqual([
        ["other.1", 1],
        ["other.2", 0],
      ]);
      expect(other.expired).toBeUndefined();
      expect(await partition.decision("old.1")).toBeNull();
      expect((await partition.page({ after: 0, limit: 1000, model: null })).newest).toBe(51);
      // Two feedback and an activation of old.1, and what came for a decision that never did.
      expect(partition.statistics().expired).toBe(41 + 3 + 1);
      // What is sent again of that time does not come back, and the session draws on.
      const outcomes = (await partition.append(appendOf({ decisions: [old, numbered(40)], keepRejected: true })))
        .decisions;
      expect(outcomes.map(({ status }) => status)).toEqual(["erased", "accepted"]);
      expect(partition.statistics()).toMatchObject({ erased: 1, deadLetters: 0 });
    });
    const archived = await idsInFiles(stub);
    expect(archived.filter((id) => id.startsWith("old") || id.startsWith("x") || id.startsWith("never"))).toEqual([]);
    if (rows !== null) expect(archived).toContain("other.1");
    // After a restart it is as it was.
    await evictDurableObject(stub);
    expect(await stub.decision("old.1")).toBeNull();
    expect(await stub.decision("other.1")).not.toBeNull();
  });
});

test("nothing goes by a clock that was put forth, until it has been so for a day; what is made then is taken", async () => {
  const stub = partition();
  let now = Date.now() - 400 * DAY;
  vi.spyOn(Date, "now").mockImplementation(() => now);
  const warn = vi.spyOn(console, "warn");
  const doubts = () => warn.mock.calls.filter(([line]) => String(line).includes("the clock is much later than it was"));
  await stub.append(appendOf({ decisions: [incoming(rankRecord("m", "d-0", now))] }));
  const start = now;
  now += DAY;
  await startedWith(stub, "30", async (instance) => {
    /** Whether the first is there after so many days, and what has come by then. */
    const keptAt = async (days: number) => {
      now = start + days * DAY;
      // Whatever comes has it look whether something is due.
      const { decisions } = await instance.append(
        appendOf({ decisions: [incoming(rankRecord("m", `d-${days}`, now))] }),
      );
      expect(decisions).toMatchObject([{ status: "accepted" }]);
      await scheduler.wait(500);
      return (await instance.decision("d-0")) !== null;
    };
    expect([await keptAt(365), doubts().length]).toEqual([true, 1]);
    // Put right: the log's time is ahead still, and what is made now is taken no less, nor is what was made before gone.
    expect([await keptAt(2), await keptAt(3), doubts().length]).toEqual([true, true, 1]);
    // And for a day.
    expect([await keptAt(366), await keptAt(366.5), doubts().length]).toEqual([true, true, 2]);
    expect(await keptAt(367.1)).toBe(false);
  });
});

test("files of which all is past are dropped, with what tells their ids, and the log goes on", async () => {
  const stub = partition();
  let now = Date.now() - 200 * DAY;
  vi.spyOn(Date, "now").mockImplementation(() => now);
  const decisions = (from: number, to: number) =>
    appendOf({
      decisions: Array.from({ length: to - from }, (_, i) => incoming(rankRecord("m", `d-${from + i}`, now))),
    });
  await stub.append(decisions(0, 30));
  await close(stub, 10);
  now += 150 * DAY;
  await stub.append(decisions(30, 40));
  await startedWith(stub, "120", async (partition) => {
    expect(partition.statistics().archive).toMatchObject({ segments: 0, rows: 0, bytes: 0, idBytes: 0 });
    now += DAY;
    expect((await examplesOf(partition, "m")).found.length).toBe(10);
    await partition.append(decisions(40, 41));
  });
  expect(await idsInFiles(stub)).toEqual([]);
  await close(stub, 10);
  expect(await idsInFiles(stub)).toContain("d-35");
});

test("what a shorter setting asks for goes too, and a file is read again only when more of it is past", async () => {
  const stub = partition();
  let now = Date.now() - 100 * DAY;
  vi.spyOn(Date, "now").mockImplementation(() => now);
  for (let day = 0; day < 20; day++) {
    await stub.append(appendOf({ decisions: [incoming(rankRecord("m", `d-${day}`, now))] }));
    now += DAY;
  }
  await close(stub, 1000);
  const left = async (days: number) => {
    // The one that was started before is no more.
    await evictDurableObject(stub);
    return startedWith(stub, `${days}`, async (partition) => {
      const { segments } = partition.archive;
      expect(segments.nextWithPast(days * DAY, now)).toBeNull();
      expect(segments.nextWithPast(days * DAY, now + DAY)).toEqual(segments.numbered(1));
      const pages = [0, 19].map((after) => partition.page({ after, limit: 100, model: null }));
      return (await Promise.all(pages)).flatMap(({ rows }) => rows.map(({ id }) => id));
    });
  };
  expect(await left(15.5)).toEqual(Array.from({ length: 15 }, (_, i) => `d-${5 + i}`));
  expect(await left(2.5)).toEqual(["d-18", "d-19"]);
});

test("what comes for a decision while it is removed from files is there once or not at all", async () => {
  const stub = partition();
  const now = Date.now();
  const decisions = (...ids: string[]) =>
    appendOf({ decisions: ids.map((id) => incoming(rankRecord("m", id, now))), keepRejected: true });
  const feedback = (id: string) => appendOf({ feedback: [{ id, value: 1, final: false, claimedAt: now, at: now }] });
  await stub.append(decisions("old.1"));
  for (const id of ["old.1", "late.1"]) await stub.append(feedback(id));
  await stub.append(decisions("last.1"));
  await close(stub, 1000);
  // As a pass notes it: a decision that is past, and what came for one that has not.
  await runInDurableObject(stub, (_: Partition, { storage }) => {
    const { removals } = new Log(storage.sql);
    for (const id of ["old.1", "late.1"]) removals.add("decision", id, "retention", [1]);
  });
  const [given] = (await stub.append(feedback("old.1"))).feedback;
  expect(given).toMatchObject({
    status: "erased",
    problem: expect.stringContaining("records of its model are kept no longer"),
  });
  for (const status of ["accepted", "duplicate", "duplicate"]) {
    expect((await stub.append(decisions("late.1"))).decisions).toMatchObject([{ status }]);
    await stub.append(decisions(`after-${status}`));
    // What is left in the table is a copy, or nothing.
    await close(stub, 1000);
    await evictDurableObject(stub);
  }
});
