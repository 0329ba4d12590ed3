import { afterEach, beforeEach, expect, test } from "vitest";
import { MAX_EVENTS } from "../../shared/contract/limits.ts";
import { Database } from "./database.ts";
import { Outbox } from "./outbox.ts";
import { SessionStore } from "./session-store.ts";
import { deleteSession, storedSession } from "./stored-session.ts";
import { deleteDatabase } from "./testing/delete-database.ts";
import { fruit } from "./testing/models.ts";
import { putOut } from "./testing/put-out.ts";
import { Unsent } from "./unsent.ts";

let name: string;
let database: Database;
beforeEach(() => {
  name = crypto.randomUUID();
  database = new Database(name);
});
afterEach(async () => {
  await database.close();
  await deleteDatabase(name);
});

const bite = (kind: string, at = 1000) => ({ type: "bite", at, properties: { kind } });
const operators = fruit.features.session;
const free = () => {};

async function create(id: string): Promise<SessionStore> {
  const session = new SessionStore(database);
  await session.become({ id, unit: "u", next: 0, issuedAt: undefined }, free);
  return session;
}

/** What a page that has claimed the session goes on with. */
async function restore(from: Database, id: string, unit: string, release: () => void) {
  const past = await storedSession(from, id, unit);
  if (!past) return undefined;
  const session = new SessionStore(from);
  await session.become(past, release, past);
  return session;
}

test("events count in later decisions, whether stored yet or not", async () => {
  const session = await create("s");
  session.track(bite("apple", 1000));
  session.track(bite("banana", 2000));
  expect(session.features(operators, 3000, session.position)).toEqual({ bites: 2, latest: "banana" });
  expect(session.features(operators, 1500, session.position)).toEqual({ bites: 1, latest: "apple" });
});

test("a call sees the events before it, even when one after it has been computed first", async () => {
  const session = await create("s");
  await session.track(bite("apple"));
  const { position } = session;
  await session.track(bite("banana"));
  expect(session.features(operators, 3000, session.position)).toMatchObject({ bites: 2 });
  expect(session.features(operators, 3000, position)).toEqual({ bites: 1, latest: "apple" });
  expect(session.features(operators, 3000, session.position)).toMatchObject({ bites: 2 });
});

test("a restored session goes on with its events, and with the number after the last stored decision", async () => {
  const session = await create("s");
  await session.track(bite("apple"));
  const outbox = new Outbox(database, () => {}, new Unsent());
  const ids = [session.takeDecisionId(), session.takeDecisionId()];
  expect(ids).toEqual(["s.0", "s.1"]);
  // The second is stored first, as when the first waits for its graph; the first, when it comes, must not take the number back.
  for (const id of ids.reverse()) await putOut(outbox, [{ kind: "decision", record: { id } as never }], session.row());
  const restored = (await restore(database, "s", "u", free))!;
  expect(restored.takeDecisionId()).toBe("s.2");
  expect(restored.features(operators, 3000, restored.position)).toEqual({ bites: 1, latest: "apple" });
});

test("a number that was given back is taken again, so that the edge misses none", async () => {
  const session = await create("s");
  const [first, second] = [session.takeDecisionId(), session.takeDecisionId()];
  session.giveBack(first);
  expect([session.takeDecisionId(), session.takeDecisionId(), second]).toEqual(["s.0", "s.2", "s.1"]);
});

test("a number that was not stored with a decision is free again after a crash", async () => {
  const session = await create("s");
  const outbox = new Outbox(database, () => {}, new Unsent(), { items: 0, bytes: 0 });
  const record = { id: session.takeDecisionId() } as never;
  expect(await putOut(outbox, [{ kind: "decision", record }], session.row())).toBe(false);
  const restored = (await restore(database, "s", "u", free))!;
  expect(restored.takeDecisionId()).toBe("s.0");
});

test("another unit does not get the session", async () => {
  await create("s");
  expect(await restore(database, "s", "someone else", free)).toBeUndefined();
  expect(await restore(database, "other", "u", free)).toBeUndefined();
});

test("the oldest events leave first, in memory and in storage", async () => {
  const session = await create("s");
  // One after another: a thousand transactions at once may take longer than the database waits for one.
  for (let i = 0; i < MAX_EVENTS + 5; i++) await session.track(bite(`k${i}`, i));
  const restored = (await restore(database, "s", "u", free))!;
  // Counted are this page's own.
  expect(restored.position).toBe(0);
  const keys = await database.run(["events"], "readonly", (tx) => tx.store("events").getAllKeys());
  expect([keys.length, keys[0], keys.at(-1)]).toEqual([MAX_EVENTS, ["s", 5], ["s", MAX_EVENTS + 4]]);
  expect(restored.features(operators, 4, restored.position)).toEqual({ bites: 0, latest: null });
  expect(restored.features(operators, 5, restored.position)).toEqual({ bites: 1, latest: "k5" });
});

test("a deleted session leaves nothing behind, and its neighbours alone", async () => {
  const session = await create("s");
  const other = await create("t");
  await session.track(bite("apple"));
  await other.track(bite("cherry"));
  await deleteSession(database, session.id);
  expect(await restore(database, "s", "u", free)).toBeUndefined();
  const restored = (await restore(database, "t", "u", free))!;
  expect(restored.features(operators, 3000, restored.position)).toMatchObject({ latest: "cherry" });
  const keys = await database.run(["events"], "readonly", (tx) => tx.store("events").getAllKeys());
  expect(keys).toHaveLength(1);
});
