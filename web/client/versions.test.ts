import { afterEach, expect, test } from "vitest";
import { bucketOf } from "../../shared/decide/assign.ts";
import { type Client, createClient } from "./client.ts";
import { Deployed, type Lesson, liking } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruit, fruits, named, tagged } from "./testing/models.ts";

/** How a page follows the versions of a model, and takes what each publishes. */

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  sessionStorage.clear();
});

function open(edge: Edge): Client {
  const client = createClient({ endpoint: edge.endpoint, timeout: 20_000 });
  clients.push(client);
  return client;
}
/** `fruit@2.7` is of version 2. */
const versionOf = (label: string) => Number(/@(\d+)\./.exec(label)![1]);

test("an open page follows a promotion and a rollback, and each version serves what it has learned", async () => {
  const spec = named(fruit);
  const model = await Deployed.start(spec);
  await model.teach(liking("apple"));
  const edge = await Edge.start();
  const client = open(edge);
  const deciding = async () => versionOf((await client.rank(model.name, fruits)).model);
  expect(await deciding()).toBe(1);
  const next = await model.deploy({ ...spec, interactions: [] }, { stage: "live" });
  await expect.poll(deciding, { timeout: 20_000 }).toBe(next);
  const promoted = await client.rank(model.name, fruits);
  expect(promoted.chosen).toBe("apple");
  await model.rollback();
  await expect.poll(deciding, { timeout: 20_000 }).toBe(1);
  const back = await client.rank(model.name, fruits);
  // Version 1 has not begun anew: it is as it was taught.
  expect(back).toMatchObject({ chosen: "apple" });
  expect(back.ranking[0]!.score).toBeGreaterThan(0);
  await model.place(next, { stage: "live" });
  await expect.poll(deciding, { timeout: 20_000 }).toBe(next);
});

test("a canary serves its share of the units, in one page with several sessions, and keeps them as it grows", async () => {
  const spec = named(fruit);
  const model = await Deployed.start(spec);
  await model.teach(liking("apple"));
  const canary = await model.deploy({ ...spec, interactions: [] }, { stage: "canary", share: 0.3 });
  await expect.poll(async () => (await model.manifest()).canaries.length, { timeout: 20_000 }).toBe(1);

  const edge = await Edge.start();
  const client = open(edge);
  const units = Array.from({ length: 40 }, (_, i) => `unit-${i}`);
  const sessions = units.map((unit) => client.openSession({ unit }));
  const deciding = async () =>
    Promise.all(sessions.map(async (session) => versionOf((await session.rank(model.name, fruits)).model)));
  const expected = (share: number) => units.map((unit) => (bucketOf(model.name, unit) < share ? canary : 1));
  expect(new Set(expected(0.3)).size).toBe(2);
  expect(await deciding()).toEqual(expected(0.3));
  expect(await deciding()).toEqual(expected(0.3));

  await model.place(canary, { stage: "canary", share: 0.6 });
  await expect.poll(deciding, { timeout: 20_000 }).toEqual(expected(0.6));
  await client.flush();
  for (const { unit, version, assignment } of await model.decisions()) {
    expect(assignment).toMatchObject(
      version === canary ? { stage: "canary", share: expect.any(Number) } : { stage: "live", share: null },
    );
    if (version === canary) expect(bucketOf(model.name, unit)).toBeLessThan(assignment!.share!);
  }
});

test("a page takes the steps that it is told of, and base and delta when it has missed one", {
  timeout: 60_000,
}, async () => {
  const model = await Deployed.start(named(tagged));
  // Enough weights that what changes is worth a delta, and a base that is new: a few more lessons are no quarter of it.
  await model.teach(lessons(60));
  while ((await model.manifest()).delta !== null) await model.teach(lessons(2));
  const edge = await Edge.start();
  const client = open(edge);
  const actions = lessons(2);
  const agrees = async () => {
    const [ours, its] = [await client.rank(model.name, actions), await model.rank({ actions: plain(actions) })];
    return ours.model === its.model && JSON.stringify(ours.ranking) === JSON.stringify(its.ranking);
  };
  const fetched = async () => (await edge.seen()).requests.filter((r) => r.startsWith("GET /v1/artifacts/")).length;
  await expect.poll(agrees, { timeout: 20_000 }).toBe(true);
  await expect.poll(async () => (await edge.seen()).sockets).toBe(1);
  const first = (await client.rank(model.name, actions)).model;
  const before = await fetched();

  await model.teach(lessons(2));
  await expect.poll(agrees, { timeout: 20_000 }).toBe(true);
  const told = (await client.rank(model.name, actions)).model;
  expect(told).not.toBe(first);
  expect((await model.manifest()).delta).not.toBeNull();
  expect(await fetched(), "a step comes with its notice").toBe(before);

  await edge.behave({ swallowNotices: true });
  await model.teach(lessons(2));
  expect((await client.rank(model.name, actions)).model).toBe(told);
  await edge.behave({});
  await model.teach(lessons(2));
  await expect.poll(agrees, { timeout: 20_000 }).toBe(true);
  expect(await fetched()).toBeGreaterThan(before);
});

/** Lessons of 200 tags that no other has. */
function lessons(n: number): Lesson[] {
  return Array.from({ length: n }, (_, i) => {
    const id = crypto.randomUUID().slice(0, 8);
    return { id, features: { tags: Array.from({ length: 200 }, (_, t) => `${id}-${t}`) }, value: i % 2 };
  });
}
const plain = (actions: readonly Lesson[]) => actions.map(({ id, features }) => ({ id, features }));
