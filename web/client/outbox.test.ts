import { afterEach, expect, test } from "vitest";
import type { FeedbackRecord } from "../../shared/contract/record.ts";
import { Database } from "./database.ts";
import { Outbox } from "./outbox.ts";
import type { Totals } from "./stores.ts";
import { deleteDatabase } from "./testing/delete-database.ts";
import { putOut } from "./testing/put-out.ts";
import { Unsent } from "./unsent.ts";

let opened: { name: string; database: Database }[] = [];
afterEach(async () => {
  for (const { database } of opened) await database.close();
  for (const { name } of opened) await deleteDatabase(name);
  opened = [];
});

/** @param name As of another tab, when it is one of before. */
function outbox(name: string = crypto.randomUUID(), limit?: Totals) {
  const database = new Database(name);
  opened.push({ name, database });
  const totals: Totals[] = [];
  const box: Outbox = new Outbox(database, () => totals.push(box.known), new Unsent(), limit);
  return { name, box, totals };
}

const feedback = (id: string, value = 1): { kind: "feedback"; record: FeedbackRecord } => ({
  kind: "feedback",
  record: { format: 2, id, value, at: 1 },
});

test("items come out in the order they went in, bounded in number and bytes", async () => {
  const { box } = outbox();
  for (const id of ["s.0", "s.1", "s.2", "s.3"]) await putOut(box, [feedback(id)]);
  expect((await box.oldest(10, 1e6)).map((i) => i.id)).toEqual(["s.0", "s.1", "s.2", "s.3"]);
  expect((await box.oldest(3, 1e6)).map((i) => i.id)).toEqual(["s.0", "s.1", "s.2"]);
  const [first] = await box.oldest(1, 1e6);
  expect((await box.oldest(10, 2 * (first!.size + 1))).map((i) => i.id)).toEqual(["s.0", "s.1"]);
  expect((await box.oldest(10, 1)).map((i) => i.id)).toEqual(["s.0"]);
  expect(JSON.parse(first!.body)).toEqual({ format: 2, id: "s.0", value: 1, at: 1 });
});

test("sizes are bytes, not characters", async () => {
  const { box } = outbox();
  await putOut(box, [feedback("é→🎬")]);
  const [item] = await box.oldest(1, 1e6);
  expect(item!.size).toBe(new Blob([item!.body]).size);
});

test("what was removed by another tab is not counted twice", async () => {
  const one = outbox();
  const two = outbox(one.name);
  for (const id of ["s.0", "s.1", "s.2"]) await putOut(one.box, [feedback(id)]);
  const items = await one.box.oldest(2, 1e6);
  await Promise.all([one.box.remove(items), two.box.remove(items)]);
  const left = await one.box.oldest(10, 1e6);
  expect(left.map((i) => i.id)).toEqual(["s.2"]);
  expect(await two.box.totals()).toEqual({ items: 1, bytes: left[0]!.size });
});

test("items put in by several tabs at once all count", async () => {
  const one = outbox();
  const two = outbox(one.name);
  await Promise.all(Array.from({ length: 40 }, (_, i) => putOut((i % 2 ? one : two).box, [feedback(`s.${i}`)])));
  const items = await one.box.oldest(100, 1e6);
  expect(items).toHaveLength(40);
  expect(await one.box.totals()).toEqual({ items: 40, bytes: items.reduce((sum, i) => sum + i.size, 0) });
});

test("what storage takes back in the end, as where its disk proves full, counts once: in memory", async () => {
  const { box } = outbox();
  await putOut(box, [feedback("s.0")]);
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...given) {
    const request = put.apply(this, given);
    request.addEventListener("success", () => this.transaction.abort());
    return request;
  };
  try {
    expect(await putOut(box, [feedback("s.1")])).toBe(true);
  } finally {
    IDBObjectStore.prototype.put = put;
  }
  expect(box.known.items).toBe(2);
});

test("a full outbox drops what is new, and says so, and keeps what it has", async () => {
  const { box, totals } = outbox(undefined, { items: 2, bytes: 1e6 });
  await putOut(box, [feedback("s.0")]);
  await putOut(box, [feedback("s.1")]);
  expect(await putOut(box, [feedback("s.2")])).toBe(false);
  expect(box.isFull).toBe(true);
  const items = await box.oldest(10, 1e6);
  expect(items.map((i) => i.id)).toEqual(["s.0", "s.1"]);
  expect(totals.at(-1)!.items).toBe(2);
  // Entries that belong together go in together or not at all.
  await box.remove(items.slice(1));
  expect(box.isFull).toBe(false);
  expect(await putOut(box, [feedback("s.2"), feedback("s.3")])).toBe(false);
  await putOut(box, [feedback("s.1")]);
  expect((await box.oldest(10, 1e6)).map((i) => i.id)).toEqual(["s.0", "s.1"]);
  await box.remove(items.slice(0, 1));
  await putOut(box, [feedback("s.2")]);
  expect((await box.oldest(10, 1e6)).map((i) => i.id)).toEqual(["s.1", "s.2"]);
});

test("an item that no batch could carry is refused", async () => {
  const { box } = outbox();
  expect(() => putOut(box, [feedback("x".repeat(1024 * 1024))])).toThrow("it is larger than the edge takes");
  expect(await box.oldest(1, 1e6)).toEqual([]);
});
