import { afterEach, expect, test } from "vitest";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import { heldLocks } from "./locks.ts";
import type { SessionStore } from "./session-store.ts";
import { Sessions } from "./sessions.ts";
import { Edge } from "./testing/edge.ts";

const databases: Database[] = [];
const opened: SessionStore[] = [];
afterEach(async () => {
  for (const session of opened.splice(0)) session.release();
  for (const database of databases.splice(0)) await database.close();
});

/** Another tab of the same browser, for the same edge. */
function tab(edge: Edge) {
  const database = new Database(`sessions ${edge.endpoint}`);
  databases.push(database);
  const sessions = new Sessions(database, new Connection(edge.endpoint, () => {}));
  const main = async (unit?: string, resume?: string) => {
    const session = await sessions.main(unit, resume);
    opened.push(session);
    return session;
  };
  return { sessions, main };
}

/** A session of the edge. */
const issued = /^[\w-]{22}$/;
const posted = async (edge: Edge) => (await edge.seen()).requests.filter((r) => r === "POST /v1/sessions").length;

test("the edge issues the session, and a spare one that serves the next start off line, once", async () => {
  const edge = await Edge.start();
  const first = await tab(edge).main();
  expect(first.id).toMatch(issued);
  await expect.poll(() => posted(edge)).toBe(2);
  // The spare is stored a moment after it was issued.
  await new Promise((resolve) => setTimeout(resolve, 200));
  await edge.stop();
  const second = await tab(edge).main();
  expect(second.id).toMatch(issued);
  expect(second.id).not.toBe(first.id);
  const third = await tab(edge).main();
  expect(third.id).toMatch(/^local-[0-9a-f]{32}$/);
});

test("a reload resumes its session; a duplicated tab gets another", async () => {
  const edge = await Edge.start();
  const original = await tab(edge).main();
  expect(original.claimed).toBe(true);
  const duplicate = await tab(edge).main(undefined, original.id);
  expect(duplicate.id).not.toBe(original.id);
  original.release();
  const reloaded = await tab(edge).main(undefined, original.id);
  expect(reloaded.id).toBe(original.id);
});

test("many tabs that start at once all get sessions of their own", async () => {
  const edge = await Edge.start();
  const sessions = await Promise.all(Array.from({ length: 8 }, () => tab(edge).main()));
  expect(new Set(sessions.map((s) => s.id)).size).toBe(8);
});

test("a unit that was not given is random, and the same in all tabs", async () => {
  const edge = await Edge.start();
  const [a, b] = await Promise.all([tab(edge).main(), tab(edge).main()]);
  expect(a.unit).toMatch(/^[0-9a-f]{32}$/);
  expect(b.unit).toBe(a.unit);
  expect((await tab(edge).main("account-7")).unit).toBe("account-7");
  expect((await tab(edge).main("someone else", a.id)).id).not.toBe(a.id);
});

test("old sessions are forgotten, unless a page has them", async () => {
  const edge = await Edge.start();
  const { sessions, main } = tab(edge);
  const held = await main();
  const gone = await main();
  gone.release();
  await expect.poll(async () => [...(await heldLocks())].some((name) => name.endsWith(` ${gone.id}`))).toBe(false);
  await sessions.forgetOld(Date.now() + 8 * 24 * 3_600_000);
  expect((await main(undefined, gone.id)).id).not.toBe(gone.id);
  held.release();
  expect((await main(undefined, held.id)).id).toBe(held.id);
});
