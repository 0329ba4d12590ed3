import { afterEach, expect, test, vi } from "vitest";
import type { Client, ClientOptions } from "./client.ts";
import type { CodedError } from "./errors.ts";
import { startingModels } from "./starting-models.ts";
import { Deployed, fruitModel } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruits, intent, named } from "./testing/models.ts";
import { Page } from "./testing/pages.ts";

/** Whatever the world does to a page: a decision in time, which says how it was made (shared/cases/page: a site's first day). */

const pages: Page[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.crash();
  sessionStorage.clear();
  localStorage.clear();
  vi.restoreAllMocks();
});

async function open(edge: Edge, options: ClientOptions = {}, more: { scorers?: boolean } = {}): Promise<Client> {
  const page = await Page.open({ endpoint: edge.endpoint, ...options }, undefined, more);
  pages.push(page);
  return page.client;
}
const quietly = () => vi.spyOn(console, "warn").mockImplementation(() => {});

test.each([["never"], [500], [404], ["refused"]] as const)(
  "an edge that answers %s at the first load: the page's own order in time, and the model's when it is back",
  async (fault) => {
    quietly();
    const model = await fruitModel("cherry");
    const edge = await Edge.start();
    if (fault === "refused") await edge.stop();
    else await edge.behave({ answerAll: fault });
    const client = await open(edge);
    const started = performance.now();
    const first = await client.rank(model.name, fruits, { timeout: 100, fallback: ["banana"], slots: 2 });
    // It is the clock's word against a machine that may be busy: not the 5 seconds of the network, and not for ever.
    expect(performance.now() - started).toBeLessThan(4000);
    expect(first).toMatchObject({
      chosen: "banana",
      model: `${model.name}@0.0`,
      computedBy: { place: "browser", runtime: "none" },
      slots: [
        { chosen: "banana", probability: 1 },
        { chosen: "apple", probability: 1 },
      ],
    });
    expect(["timeout", fault === 404 ? "refused" : "unreachable"]).toContain(first.reason);
    expect(first.ranking.map(({ probability }) => probability)).toEqual([1, 0, 0]);
    const label = await client.predict(model.name, { timeout: 10, fallback: 0.25 });
    expect(label).toMatchObject({ value: 0.25, computedBy: { runtime: "none" } });
    await first.reward(1, { final: true });
    if (fault === "refused") await edge.restart();
    else await edge.behave({});
    await expect.poll(async () => (await client.rank(model.name, fruits)).chosen, { timeout: 20_000 }).toBe("cherry");
    await expect
      .poll(async () => (await model.decisions()).map(({ id }) => id), { timeout: 20_000 })
      .toContain(first.id);
    const logged = (await model.decisions()).find(({ id }) => id === first.id);
    expect(logged).toMatchObject({ version: 0, computedBy: { runtime: "none", reason: first.reason }, chosen: 0 });
    expect(await model.feedback()).toMatchObject([{ id: first.id, value: 1 }]);
  },
);

test("rankSync decides with what a server wrote into the page, before anything was asked", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const models = JSON.parse(JSON.stringify(await startingModels({ endpoint: edge.endpoint, models: [model.name] })));
  await edge.behave({ answerAll: "never" });
  const client = await open(edge, { models }, { scorers: true });
  client.track("bite", { kind: "apple" });
  const decision = client.rankSync(model.name, fruits, { slots: 2 });
  expect(decision).toMatchObject({ chosen: "banana", computedBy: { runtime: "native" } });
  expect(decision.reason).toBeUndefined();
  expect(decision.slots).toHaveLength(2);
  await edge.behave({});
  await decision.reward(1);
  await expect
    .poll(async () => (await model.decisions()).map(({ id }) => id), { timeout: 20_000 })
    .toContain(decision.id);
  expect(await edge.answers()).toMatchObject({ rejected: [] });
  expect((await model.decisions())[0]).toMatchObject({ sessionFeatures: { bites: 1, latest: "apple" }, chosen: 1 });
});

test("rankSync decides with what the page before kept, in its session, and falls back where there is nothing", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const first = await open(edge, { timeout: 20_000 });
  expect(first.rankSync(model.name, fruits)).toMatchObject({ chosen: "apple", reason: "no-snapshot" });
  first.track("bite", { kind: "pear" });
  const before = await first.rank(model.name, fruits);
  await expect
    .poll(() => Object.keys(localStorage).some((key) => key.endsWith(model.name)), { timeout: 10_000 })
    .toBe(true);
  pages.at(-1)!.leave();
  await edge.behave({ answerAll: "never" });
  const second = await open(edge, {}, { scorers: true });
  const decision = second.rankSync(model.name, fruits);
  expect(decision).toMatchObject({ chosen: "banana", model: before.model });
  expect(decision.id.split(".")[0]).toBe(before.id.split(".")[0]);
  expect(decision.id).not.toBe(before.id);
  await edge.behave({});
  await expect
    .poll(async () => (await model.decisions()).map(({ id }) => id), { timeout: 20_000 })
    .toContain(decision.id);
  expect((await model.decisions()).find(({ id }) => id === decision.id)).toMatchObject({
    sessionFeatures: { bites: 1, latest: "pear" },
  });
});

test("a policy that pages do not have from the beginning comes when a model asks for it, and nobody waits for it in vain", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const models = await startingModels({ endpoint: edge.endpoint, models: [model.name] });
  await edge.behave({ answerAll: "never" });
  const client = await open(edge, { models });
  expect(client.rankSync(model.name, fruits)).toMatchObject({ chosen: "apple", reason: "no-snapshot" });
  await expect.poll(() => client.peek(model.name, fruits).chosen).toBe("banana");
});

/** A page with a model from the beginning, that cannot have the part that comes behind. */
async function withoutBehind(edge: Edge, model: Deployed): Promise<Page> {
  const models = await startingModels({ endpoint: edge.endpoint, models: [model.name] });
  const page = await Page.open(
    { endpoint: edge.endpoint, models },
    (inside) => {
      const map = inside.document.createElement("script");
      map.type = "importmap";
      const behind = new URL("./offline.ts", import.meta.url).href;
      map.textContent = JSON.stringify({ imports: { [behind]: `${behind}.gone` } });
      inside.document.head.append(map);
    },
    { scorers: true },
  );
  pages.push(page);
  return page;
}

test("where the part that comes behind cannot be had, what is here decides, and a page that goes sends what it made", async () => {
  quietly();
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const page = await withoutBehind(edge, model);
  const { client } = page;
  client.track("bite", { kind: "apple" });
  const first = client.rankSync(model.name, fruits);
  expect(first).toMatchObject({ chosen: "banana", computedBy: { runtime: "native" } });
  const second = await client.rank(model.name, fruits, { timeout: 100 });
  expect(second.chosen).toBe("banana");
  expect(await client.rank("another", fruits, { timeout: 100 })).toMatchObject({ chosen: "apple", reason: "timeout" });
  await first.reward(1, { final: true });
  expect(client.status()).toMatchObject({ pending: 4, lost: 0 });
  await expect(client.flush()).rejects.toMatchObject({ code: "unreachable" });
  expect(await model.decisions()).toEqual([]);
  page.leave();
  await expect.poll(async () => (await model.decisions()).map(({ id }) => id)).toEqual([first.id, second.id]);
  expect(await model.feedback()).toMatchObject([{ id: first.id, value: 1, final: true }]);
});

test("where the part that comes behind cannot be had, more than a page that goes can send is sent before, all of it", async () => {
  quietly();
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const page = await withoutBehind(edge, model);
  const { client } = page;
  // Larger than what may outlive a page: it goes no way, and nothing waits behind it.
  const large = client.rankSync(
    model.name,
    Array.from({ length: 1000 }, (_, i) => ({ id: `${i}${"x".repeat(80)}`, features: { kind: "apple" } })),
  );
  const ids: string[] = [];
  for (let n = 0; n < 400; n++) ids.push(client.rankSync(model.name, fruits).id);
  expect(client.status()).toMatchObject({ pending: 401, lost: 0 });
  const logged = async () => new Set((await model.decisions()).map(({ id }) => id));
  await expect.poll(async () => (await logged()).size, { timeout: 20_000 }).toBe(ids.length);
  const last = client.rankSync(model.name, fruits).id;
  page.leave();
  await expect.poll(async () => (await logged()).has(last), { timeout: 20_000 }).toBe(true);
  const all = await logged();
  expect(ids.filter((id) => !all.has(id))).toEqual([]);
  expect(all.has(large.id)).toBe(false);
});

test("peek decides and logs nothing", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = await open(edge, { timeout: 20_000 });
  const decision = await client.rank(model.name, fruits);
  const seen = client.peek(model.name, fruits);
  expect(seen.chosen).toBe("banana");
  await seen.reward(1);
  await client.flush();
  expect((await model.decisions()).map(({ id }) => id)).toEqual([decision.id]);
  expect(await model.feedback()).toEqual([]);
});

test("what is the caller's own fault can be told apart by its code", async () => {
  const [ranks, predicts] = await Promise.all([fruitModel("apple"), Deployed.start(named(intent))]);
  const edge = await Edge.start();
  const client = await open(edge, { timeout: 20_000 });
  const codeOf = (call: Promise<unknown>) =>
    call.then(
      () => null,
      (error: CodedError) => error.code,
    );
  expect(await codeOf(client.rank(ranks.name, []))).toBe("invalid");
  expect(await codeOf(client.rank(ranks.name, fruits, { timeout: -1 }))).toBe("invalid");
  expect(await codeOf(client.rank(ranks.name, fruits, { fallback: ["durian"] }))).toBe("invalid");
  expect(await codeOf(client.rank("nobody", fruits))).toBe("model-unknown");
  expect(await codeOf(client.rank(predicts.name, fruits))).toBe("wrong-task");
  expect(() => client.rankSync(ranks.name, [])).toThrow("at least one action");
  await edge.stop();
  await client.rank(ranks.name, fruits);
  expect(await codeOf(client.flush())).toBe("unreachable");
  await client.close();
  expect(await codeOf(client.rank(ranks.name, fruits))).toBe("closed");
});

test("a decision that is larger than the edge takes is answered, and counted as lost", async () => {
  const said = quietly();
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = await open(edge, { timeout: 20_000 });
  const before = await client.rank(model.name, fruits);
  const long = "x".repeat(1000);
  const many = Array.from({ length: 1000 }, (_, i) => ({ id: `${i}`, features: { kind: `${long}${i}` } }));
  const decisions = [await client.rank(model.name, many, { slots: 2 }), client.rankSync(model.name, many)];
  for (const decision of decisions) expect(decision).toMatchObject({ computedBy: { runtime: "native" } });
  await expect.poll(() => client.status().lost).toBe(3);
  expect(said.mock.calls.filter(([text]) => `${text}`.includes("larger than the edge takes"))).toHaveLength(1);
  const after = await client.rank(model.name, fruits);
  await client.flush();
  expect((await model.decisions()).map(({ id }) => id)).toEqual([before.id, after.id]);
});

test("where the part that comes behind hangs, nothing waits for it for ever", async () => {
  quietly();
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const models = await startingModels({ endpoint: edge.endpoint, models: [model.name] });
  await edge.behave({ answerAll: "never" });
  const page = await Page.open(
    { endpoint: edge.endpoint, models },
    (inside) => {
      const map = inside.document.createElement("script");
      map.type = "importmap";
      map.textContent = JSON.stringify({
        imports: { [new URL("./offline.ts", import.meta.url).href]: `${edge.endpoint}/hangs.js` },
      });
      inside.document.head.append(map);
    },
    { scorers: true },
  );
  pages.push(page);
  const { client } = page;
  const decision = client.rankSync(model.name, fruits, { deferred: true });
  const further = client.openSession();
  await Promise.all([
    ...[decision.shown(), decision.reward(1), further.close()],
    expect(client.flush()).rejects.toMatchObject({ code: "unreachable" }),
  ]);
  expect(client.status()).toMatchObject({ pending: 3, lost: 0 });
  await client.forget();
  await client.consent("denied");
  expect(client.status()).toMatchObject({ pending: 0 });
  expect(client.rankSync(model.name, fruits).chosen).toBe("banana");
  await client.close();
});
