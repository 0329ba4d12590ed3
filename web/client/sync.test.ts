import { afterEach, expect, test, vi } from "vitest";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import { Outbox } from "./outbox.ts";
import type { RejectedEvent } from "./protocol.ts";
import { Sync } from "./sync.ts";
import { Edge } from "./testing/edge.ts";

/** Feedback alone goes through outbox and batch as decisions do, and needs no model. */

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.restoreAllMocks();
});

function tab(edge: Edge) {
  const database = new Database(`sync ${edge.endpoint}`);
  const connection = new Connection(edge.endpoint, () => {});
  const outbox = new Outbox(database, () => {});
  const rejected: RejectedEvent[] = [];
  const sync = new Sync(outbox, connection, (event) => rejected.push(event));
  closing.push(async () => {
    await sync.close();
    await database.close();
  });
  const put = async (...ids: string[]) => {
    for (const id of ids) await outbox.add([{ kind: "feedback", record: { format: 2, id, value: 1, at: 1 } }]);
  };
  return { connection, outbox, rejected, sync, put };
}

const numbered = (n: number) => Array.from({ length: n }, (_, i) => `s.${i}`);
const received = async (edge: Edge) => (await edge.seen()).feedback.map((f) => f.id);

test("everything arrives once and in order, in batches of at most 500", async () => {
  const edge = await Edge.start();
  const { put, sync, outbox } = tab(edge);
  await put(...numbered(1100));
  await sync.flush();
  expect(await received(edge)).toEqual(numbered(1100));
  expect((await edge.seen()).batchSizes).toEqual([500, 500, 100]);
  expect((await outbox.totals()).items).toBe(0);
});

test("what is scheduled is sent by itself, gathered", async () => {
  const edge = await Edge.start();
  const { put, sync } = tab(edge);
  await put("s.0");
  sync.schedule();
  await put("s.1");
  sync.schedule();
  await expect.poll(() => received(edge)).toEqual(["s.0", "s.1"]);
  expect((await edge.seen()).batchSizes).toEqual([2]);
});

test("a batch stays within the bytes that the edge takes", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const edge = await Edge.start();
  await edge.behave({ maxBatchBytes: 1024 * 1024 });
  const { outbox, sync, rejected } = tab(edge);
  const ids = Array.from({ length: 30 }, (_, i) => `${"x".repeat(200)}.${i}`);
  for (const id of ids)
    await outbox.add([
      { kind: "feedback", record: { format: 2, id, value: 1, at: 1, ...{ padding: "y".repeat(100_000) } } },
    ]);
  await sync.flush();
  // Each was looked at by itself, so no batch was refused as a whole. (They are invalid: the schema knows no padding.)
  expect(rejected).toHaveLength(30);
  expect((await edge.seen()).batchSizes.reduce((a, b) => a + b)).toBe(30);
});

test("a server that fails gets everything when it works again", async () => {
  const edge = await Edge.start();
  await edge.behave({ batchStatuses: [500, 503, 502] });
  const { put, sync, connection } = tab(edge);
  await put(...numbered(5));
  await expect(sync.flush()).rejects.toThrow("500");
  expect(connection.online).toBe(false);
  await expect.poll(() => received(edge), { timeout: 10_000 }).toEqual(numbered(5));
  expect(connection.online).toBe(true);
  expect((await edge.seen()).duplicates).toBe(0);
});

test("an acknowledgement that was lost leads to a repeat, not to a second item", async () => {
  const edge = await Edge.start();
  // Chromium itself repeats a request once when a connection that it had used before breaks.
  await edge.behave({ lostAnswers: 2 });
  const { put, sync, outbox } = tab(edge);
  await put(...numbered(3));
  await expect(sync.flush()).rejects.toThrow("cannot be reached");
  expect((await outbox.totals()).items).toBe(3);
  await sync.flush();
  expect(await received(edge)).toEqual(numbered(3));
  expect((await edge.seen()).duplicates).toBeGreaterThanOrEqual(3);
  expect((await outbox.totals()).items).toBe(0);
});

test("the wait that a busy edge asks for is kept, whatever wakes us", async () => {
  const edge = await Edge.start();
  await edge.behave({ batchStatuses: [429], retryAfter: "600" });
  const { put, sync, connection } = tab(edge);
  await put("s.0");
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
  await edge.behave({ poison: ["s.13"] });
  const { outbox, sync, rejected } = tab(edge);
  for (const id of numbered(40)) await outbox.add([{ kind: "decision", record: { id } as never }]);
  await sync.flush();
  // The records are no decisions, so the edge names each; the poisoned one it refused with its whole batch.
  expect(rejected.map((r) => r.id).sort()).toEqual(numbered(40).sort());
  expect(rejected.find((r) => r.id === "s.13")!.problem).toContain("400");
  expect(warn).toHaveBeenCalledTimes(40);
  expect((await outbox.totals()).items).toBe(0);
});

test("batches too long for the edge are split until they fit, and lose nothing", async () => {
  const edge = await Edge.start();
  await edge.behave({ maxBatchBytes: 600 });
  const { put, sync, rejected } = tab(edge);
  await put(...numbered(64));
  await sync.flush();
  expect(await received(edge)).toEqual(numbered(64));
  expect(rejected).toEqual([]);
});

test("items that the edge rejects leave the outbox and are reported", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const edge = await Edge.start();
  await edge.behave({ reject: ["s.1"] });
  const { put, sync, rejected, outbox } = tab(edge);
  await put(...numbered(3));
  await sync.flush();
  expect(await received(edge)).toEqual(["s.0", "s.2"]);
  expect(rejected).toEqual([{ kind: "feedback", id: "s.1", problem: "not taken" }]);
  expect(warn.mock.calls[0]![0]).toContain("s.1: not taken");
  expect((await outbox.totals()).items).toBe(0);
});

test("an answer that does not cover the batch acknowledges nothing", async () => {
  const edge = await Edge.start();
  const { put, sync, outbox } = tab(edge);
  await put(...numbered(3));
  const answer = vi.spyOn(globalThis, "fetch");
  for (const body of ["<html>log in</html>", "{}", '{"accepted":2,"duplicates":0,"rejected":[]}']) {
    answer.mockResolvedValueOnce(new Response(body));
    await expect(sync.flush()).rejects.toThrow("without saying");
    expect((await outbox.totals()).items).toBe(3);
  }
});

test("a refusal of the sender drops nothing", async () => {
  const edge = await Edge.start();
  await edge.behave({ batchStatuses: [401, 403, 404] });
  const { put, sync, rejected } = tab(edge);
  await put(...numbered(2));
  for (const status of ["401", "403", "404"]) await expect(sync.flush()).rejects.toThrow(status);
  await sync.flush();
  expect(await received(edge)).toEqual(numbered(2));
  expect(rejected).toEqual([]);
});

test("tabs that share an outbox send each item once", async () => {
  const edge = await Edge.start();
  const tabs = [tab(edge), tab(edge), tab(edge)];
  await Promise.all(
    tabs.map(async ({ put, sync }, t) => {
      for (let i = 0; i < 20; i++) {
        await put(`t${t}.${i}`);
        await sync.flush();
      }
    }),
  );
  const seen = await edge.seen();
  expect(seen.feedback.map((f) => f.id).sort()).toEqual(
    tabs.flatMap((_, t) => numbered(20).map((id) => id.replace("s", `t${t}`))).sort(),
  );
  expect(seen.duplicates).toBe(0);
});
