import { afterEach, expect, test } from "vitest";
import { Connection } from "./connection.ts";
import { Database } from "./database.ts";
import { KeptTexts } from "./kept-texts.ts";
import { heldLocks } from "./locks.ts";
import { SessionStore } from "./session-store.ts";
import { Sessions } from "./sessions.ts";
import { Edge } from "./testing/edge.ts";
import { Visitor } from "./visitor.ts";

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
  const texts = new KeptTexts(`sessions ${edge.endpoint}`);
  const sessions = new Sessions(database, new Connection(edge.endpoint, () => {}), texts, new Visitor(texts));
  const main = async (unit?: string, resume?: unknown) => {
    const session = new SessionStore(database);
    await sessions.main(unit, resume, session);
    opened.push(session);
    return session;
  };
  return { sessions, main };
}

/** A session of the edge. */
const issued = /^[\w-]{40}$/;
const posted = async (edge: Edge) => (await edge.seen()).requests.filter((r) => r === "POST /v1/sessions").length;

test("the edge issues the session with spare ones, which serve the next starts off line, each once", async () => {
  const edge = await Edge.start();
  const ids = [(await tab(edge).main()).id];
  // All of them in one request.
  expect(await posted(edge)).toBe(1);
  await edge.stop();
  for (let spare = 0; spare < 3; spare++) ids.push((await tab(edge).main()).id);
  for (const id of ids) expect(id).toMatch(issued);
  expect(new Set(ids).size).toBe(4);
  const own = await tab(edge).main();
  expect(own.id).toMatch(/^local-[0-9a-f]{32}$/);
  // A reload goes on with it as long as there is nothing better.
  own.release();
  expect((await tab(edge).main(undefined, own.id)).id).toBe(own.id);
  await edge.restart();
  opened.at(-1)!.release();
  const better = await tab(edge).main(undefined, own.id);
  expect(better.id).toMatch(issued);
  expect(ids).not.toContain(better.id);
});

test("a session of the edge has what was seen in the page before, which had none yet", async () => {
  const edge = await Edge.start();
  await edge.stop();
  const own = await tab(edge).main("ann");
  await own.track({ type: "view", at: Date.now(), properties: { film: "f1" } });
  const left = own.handOver();
  own.release();
  await edge.restart();
  const better = await tab(edge).main("ann", left);
  expect(better.id).toMatch(issued);
  expect(better.handOver().events.map(({ properties }) => properties)).toEqual([{ film: "f1" }]);
});

test("what is under way when all is forgotten stores nothing of who was served", async () => {
  const edge = await Edge.start();
  const { sessions, main } = tab(edge);
  const coming = main("ann");
  sessions.forget();
  expect((await coming).isKnown).toBe(false);
  const rows = await databases.at(-1)!.run(["sessions"], "readonly", (tx) => tx.store("sessions").getAll());
  expect(rows).toEqual([]);
});

test("spares are filled up when the edge is there, and one that is too old is not used", async () => {
  const edge = await Edge.start();
  const { sessions, main } = tab(edge);
  const first = await main();
  const spares = async (change?: (at: number) => number) => {
    return databases.at(-1)!.run(["meta"], "readwrite", async (tx) => {
      const kept = (await tx.store("meta").get("spares")) as { id: string; at: number }[];
      if (change)
        await tx.store("meta").put(
          kept.map(({ id, at }) => ({ id, at: change(at) })),
          "spares",
        );
      return kept.map(({ id }) => id);
    });
  };
  const old = await spares((at) => at - 31 * 24 * 3_600_000);
  expect(old).toHaveLength(3);
  await sessions.refill();
  const filled = await spares((at) => at + 24 * 3_600_000);
  expect(filled).toHaveLength(3);
  expect(filled.filter((id) => old.includes(id))).toEqual([]);
  // A clock that was a day ahead when they came: nobody knows how old they are.
  await sessions.refill();
  expect((await spares()).filter((id) => filled.includes(id))).toEqual([]);
  // Of a session, too: a tab that was open for months gets another when it is reloaded.
  first.release();
  await databases.at(-1)!.run(["sessions"], "readwrite", async (tx) => {
    const row = (await tx.store("sessions").get(first.id))!;
    await tx.store("sessions").put({ ...row, issuedAt: row.issuedAt! - 31 * 24 * 3_600_000 });
  });
  const reloaded = await main(undefined, first.id);
  expect(reloaded.id).toMatch(issued);
  expect(reloaded.id).not.toBe(first.id);
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
