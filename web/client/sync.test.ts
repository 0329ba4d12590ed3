import { afterEach, expect, test, vi } from "vitest";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import type { RejectedEvent } from "./events.ts";
import { Outbox } from "./outbox.ts";
import { Sync } from "./sync.ts";
import { Edge, itemsOf } from "./testing/edge.ts";
import { logRows } from "./testing/log.ts";
import { putOut } from "./testing/put-out.ts";
import { Unsent } from "./unsent.ts";

/** Feedback alone goes through outbox and batch as decisions do, and needs no model. */

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.restoreAllMocks();
});

function tab(edge: Edge, key?: string) {
  const database = new Database(`sync ${edge.endpoint}`);
  const connection = new Connection(edge.endpoint, () => {}, key);
  const outbox = new Outbox(database, () => {}, new Unsent());
  const rejected: RejectedEvent[] = [];
  const sync = new Sync(outbox, connection, (event) => rejected.push(event));
  closing.push(async () => {
    await sync.close();
    await database.close();
  });
  const put = async (...ids: string[]) => {
    for (const id of ids) await putOut(outbox, [{ kind: "feedback", record: { format: 2, id, value: 1, at: 1 } }]);
  };
  return { connection, outbox, rejected, sync, put };
}

/** Ids of a session that no other test has. */
function numbered(n: number): string[] {
  const session = crypto.randomUUID();
  return Array.from({ length: n }, (_, i) => `${session}.${i}`);
}
const sessionOf = (id: string) => id.slice(0, id.indexOf("."));
/** What the edge has in its log of the sessions of these ids, in its order. */
async function received(...ids: string[]): Promise<string[]> {
  const sessions = new Set(ids.map(sessionOf));
  return (await logRows()).map(({ id }) => id).filter((id) => sessions.has(sessionOf(id)));
}
const batchSizes = async (edge: Edge) => (await edge.seen()).batches.map(({ body }) => itemsOf(body).length);
const duplicates = async (edge: Edge) => (await edge.answers()).duplicates;

test("everything arrives once and in order, in batches of at most 500", async () => {
  const edge = await Edge.start();
  const { put, sync, outbox } = tab(edge);
  const ids = numbered(1100);
  await put(...ids);
  await sync.flush();
  expect(await received(ids[0]!)).toEqual(ids);
  expect(await batchSizes(edge)).toEqual([500, 500, 100]);
  expect((await outbox.totals()).items).toBe(0);
});

test("batches are compressed, but not those of a page that goes", async () => {
  const edge = await Edge.start();
  const { put, sync, outbox } = tab(edge);
  const batches = async () => (await edge.seen()).batches.map(({ gzip }) => gzip);
  const ids = numbered(80);
  for (let at = 0; at < 60; at += 20) {
    await put(...ids.slice(at, at + 20));
    await sync.flush();
  }
  expect(await batches()).toEqual([true, true, true]);
  await put(...ids.slice(60));
  sync.sendFresh();
  await expect.poll(batches).toEqual([true, true, true, false]);
  await sync.flush();
  expect(await received(ids[0]!)).toEqual(ids);
  expect((await outbox.totals()).items).toBe(0);
});

test("a page that goes asks another origin for no leave", async () => {
  const edge = await Edge.start();
  const key = "pk_0123456789abcdef";
  const { put, sync } = tab(edge, key);
  await put(...numbered(1));
  const sent = vi.spyOn(globalThis, "fetch");
  sync.sendFresh();
  expect(sent).toHaveBeenCalledTimes(1);
  const { url, headers } = new Request(...(sent.mock.calls[0] as [string, RequestInit]));
  expect(new URL(url).searchParams.get("key")).toBe(key);
  // What a browser sends without asking first has no other headers than these.
  expect([...headers]).toEqual([["content-type", "text/plain"]]);
});

test.each([415, 400])(
  "what is answered %s because it is compressed is sent as it is, and is not lost",
  async (status) => {
    const edge = await Edge.start();
    const { put, sync, outbox, rejected } = tab(edge);
    const batches = async () => (await edge.seen()).batches.map(({ gzip }) => gzip);
    const ids = numbered(60);
    await put(...ids.slice(0, 20));
    await sync.flush();
    await edge.behave({ batchAnswers: [{ status }] });
    for (let at = 20; at < 60; at += 20) {
      await put(...ids.slice(at, at + 20));
      await sync.flush();
    }
    expect(await batches()).toEqual([true, true, false, false]);
    expect(await received(ids[0]!)).toEqual(ids);
    expect((await outbox.totals()).items).toBe(0);
    expect(rejected).toEqual([]);
  },
);

test("what is scheduled is sent by itself, gathered", async () => {
  const edge = await Edge.start();
  const { put, sync } = tab(edge);
  const ids = numbered(2);
  await put(ids[0]!);
  sync.schedule();
  await put(ids[1]!);
  sync.schedule();
  await expect.poll(() => received(...ids)).toEqual(ids);
  expect(await batchSizes(edge)).toEqual([2]);
});

test("a batch stays within the bytes that the edge takes", async () => {
  const edge = await Edge.start();
  const { outbox, sync, rejected } = tab(edge);
  const ids = numbered(30);
  const padding = "y".repeat(100_000);
  for (const id of ids)
    await putOut(outbox, [{ kind: "feedback", record: { format: 2, id, value: 1, at: 1, ...{ padding } } }]);
  await sync.flush();
  expect(rejected).toEqual([]);
  expect(await received(...ids)).toEqual(ids);
  // None was refused as a whole and had to be split.
  const sizes = await batchSizes(edge);
  expect(sizes.length).toBeGreaterThan(2);
  expect(sizes.reduce((a, b) => a + b)).toBe(30);
});

test("a server that fails gets everything when it works again", async () => {
  const edge = await Edge.start();
  await edge.behave({ batchAnswers: [500, 503, 502].map((status) => ({ status })) });
  const { put, sync, connection } = tab(edge);
  const ids = numbered(5);
  await put(...ids);
  await expect(sync.flush()).rejects.toThrow("500");
  expect(connection.online).toBe(false);
  await expect.poll(() => received(...ids)).toEqual(ids);
  await expect.poll(() => connection.online).toBe(true);
  expect(await duplicates(edge)).toBe(0);
});

test("an acknowledgement that was lost leads to a repeat, not to a second item", async () => {
  const edge = await Edge.start();
  // Chromium itself repeats a request once when a connection that it had used before breaks.
  await edge.behave({ lostAnswers: 2 });
  const { put, sync, outbox } = tab(edge);
  const ids = numbered(3);
  await put(...ids);
  await expect(sync.flush()).rejects.toThrow("cannot be reached");
  expect((await outbox.totals()).items).toBe(3);
  await sync.flush();
  expect(await received(...ids)).toEqual(ids);
  expect(await duplicates(edge)).toBeGreaterThanOrEqual(3);
  expect((await outbox.totals()).items).toBe(0);
});

test("the wait that a busy edge asks for is kept, whatever wakes us", async () => {
  const edge = await Edge.start();
  await edge.behave({ batchAnswers: [{ status: 429, retryAfter: "600" }] });
  const { put, sync, connection } = tab(edge);
  await put(...numbered(1));
  await expect(sync.flush()).rejects.toThrow("429");
  expect(connection.online).toBe(true);
  sync.wake();
  sync.schedule();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await edge.seen()).requests).toEqual(["POST /v1/batch"]);
});

test("a single bad item is found in its batch and dropped; the others arrive in order", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const edge = await Edge.start();
  const ids = numbered(40);
  const bad = ids[13]!;
  await edge.behave({ poison: [bad] });
  const { put, outbox, sync, rejected } = tab(edge);
  await put(...ids);
  await sync.flush();
  expect(await received(...ids)).toEqual(ids.filter((id) => id !== bad));
  expect(rejected).toEqual([{ kind: "feedback", id: bad, problem: expect.stringContaining("400") }]);
  expect(warn).toHaveBeenCalledOnce();
  expect((await outbox.totals()).items).toBe(0);
});

test("batches too long for the edge are split until they fit, and lose nothing", async () => {
  const edge = await Edge.start();
  await edge.behave({ maxBatchBytes: 600 });
  const { put, sync, rejected } = tab(edge);
  const ids = numbered(64);
  await put(...ids);
  await sync.flush();
  expect(await received(...ids)).toEqual(ids);
  expect(rejected).toEqual([]);
});

test("items that the edge rejects leave the outbox and are reported", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const edge = await Edge.start();
  const { put, outbox, sync, rejected } = tab(edge);
  const ids = numbered(3);
  await put(ids[0]!);
  await putOut(outbox, [{ kind: "feedback", record: { format: 2, id: ids[1]!, value: "much" as never, at: 1 } }]);
  await put(ids[2]!);
  await sync.flush();
  expect(await received(...ids)).toEqual([ids[0], ids[2]]);
  expect(rejected).toEqual([{ kind: "feedback", id: ids[1], problem: expect.stringContaining("value") }]);
  expect(warn.mock.calls[0]![0]).toContain(`${ids[1]}: `);
  expect((await outbox.totals()).items).toBe(0);
});

test("an item of a newer format stays in the outbox, and is said once", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const edge = await Edge.start();
  const { put, outbox, sync, rejected } = tab(edge);
  const ids = numbered(4);
  const newer = (id: string) => putOut(outbox, [{ kind: "feedback", record: { format: 3 as 2, id, value: 1, at: 1 } }]);
  await put(ids[0]!);
  await newer(ids[1]!);
  await put(ids[2]!);
  await sync.flush();
  await newer(ids[3]!);
  await sync.flush();
  expect(await received(...ids)).toEqual([ids[0], ids[2]]);
  expect(rejected).toEqual([]);
  const left = async () => (await outbox.oldest(10, 1e6)).map(({ id }) => id);
  expect(await left()).toEqual([ids[1], ids[3]]);
  expect(warn).toHaveBeenCalledOnce();
  expect(warn.mock.calls[0]![0]).toMatch(/waits for a newer edge .*format 3/);
  // What waits is not sent again and again; the next page tries.
  expect(await batchSizes(edge)).toEqual([3, 1]);
  await tab(edge).sync.flush();
  expect(await batchSizes(edge)).toEqual([3, 1, 2]);
  expect(await left()).toEqual([ids[1], ids[3]]);
});

test("what the edge cannot check now stays in the outbox, holds up nothing behind it, and is sent again by itself", async () => {
  const edge = await Edge.start();
  const { put, outbox, sync, rejected } = tab(edge);
  const ids = numbered(502);
  await put(...ids);
  const unread = [0, 1].map((index) => ({
    list: "feedback",
    index,
    id: ids[index],
    problem: "no answer",
    retryAfter: 1,
  }));
  const body = JSON.stringify({ accepted: 498, duplicates: 0, rejected: [], unread });
  await edge.behave({ batchAnswers: [{ status: 200, body }] });
  await expect(sync.flush()).rejects.toThrow("asks for part of a batch again: no answer");
  expect(await batchSizes(edge)).toEqual([500, 2]);
  expect((await outbox.oldest(10, 1e6)).map(({ id }) => id)).toEqual(ids.slice(0, 2));
  await expect.poll(async () => (await outbox.totals()).items).toBe(0);
  expect(await batchSizes(edge)).toEqual([500, 2, 2]);
  expect(await received(ids[0]!)).toEqual([...ids.slice(500), ...ids.slice(0, 2)]);
  expect(rejected).toEqual([]);
});

test.each(["2", new Date(Date.now() + 600_000).toUTCString()])(
  "nobody hurries an edge that asked for time (%s), not even a page's last words",
  async (retryAfter) => {
    const edge = await Edge.start();
    await edge.behave({ batchAnswers: [{ status: 503, retryAfter }] });
    const { put, sync } = tab(edge);
    const ids = numbered(3);
    await put(...ids);
    await expect(sync.flush()).rejects.toThrow("503");
    sync.sendFresh();
    await expect(sync.flush()).rejects.toThrow("asked to be left alone");
    expect((await edge.seen()).requests).toEqual(["POST /v1/batch"]);
    if (retryAfter === "2") await expect.poll(() => received(...ids)).toEqual(ids);
  },
);

test("an answer that does not cover the batch acknowledges nothing", async () => {
  const edge = await Edge.start();
  const { put, sync, outbox } = tab(edge);
  const ids = numbered(3);
  await put(...ids);
  for (const body of ["<html>log in</html>", "{}", '{"accepted":2,"duplicates":0,"rejected":[]}']) {
    await edge.behave({ batchAnswers: [{ status: 200, body }] });
    await expect(sync.flush()).rejects.toThrow("something else than what it took");
    expect((await outbox.totals()).items).toBe(3);
  }
  await sync.flush();
  expect(await received(...ids)).toEqual(ids);
});

test("a refusal of the sender drops nothing", async () => {
  const edge = await Edge.start();
  await edge.behave({ batchAnswers: [401, 403, 404].map((status) => ({ status })) });
  const { put, sync, rejected } = tab(edge);
  const ids = numbered(2);
  await put(...ids);
  for (const status of ["401", "403", "404"]) await expect(sync.flush()).rejects.toThrow(status);
  await sync.flush();
  expect(await received(...ids)).toEqual(ids);
  expect(rejected).toEqual([]);
});

test("tabs that share an outbox send each item once", async () => {
  const edge = await Edge.start();
  const tabs = Array.from({ length: 3 }, () => ({ ...tab(edge), ids: numbered(20) }));
  await Promise.all(
    tabs.map(async ({ put, sync, ids }) => {
      for (const id of ids) {
        await put(id);
        await sync.flush();
      }
    }),
  );
  for (const { ids } of tabs) expect(await received(...ids)).toEqual(ids);
  expect(await duplicates(edge)).toBe(0);
});
