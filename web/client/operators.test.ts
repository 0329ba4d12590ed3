import { afterEach, expect, test, vi } from "vitest";
import {
  adaptive,
  defineModel,
  epsilonGreedy,
  field,
  lastSeenAgo,
  rank,
  seen,
  similarity,
  text,
  timesSeen,
  vector,
} from "../../shared/contract/define.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import type { Client, ClientOptions } from "./client.ts";
import { startingModels } from "./starting-models.ts";
import { Deployed } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { named } from "./testing/models.ts";
import { Page } from "./testing/pages.ts";

const pages: Page[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.crash();
  sessionStorage.clear();
  localStorage.clear();
  vi.restoreAllMocks();
});

async function open(options: ClientOptions): Promise<Client> {
  const page = await Page.open({ timeout: 20_000, ...options });
  pages.push(page);
  return page.client;
}

/** The default policy and a linear head: what a page lacks are the operators. */
const shop = defineModel({
  name: "shop",
  task: rank(),
  features: {
    context: { query: text("query"), mood: vector("mood", 2) },
    action: {
      title: text("title"),
      near: similarity("context.mood", "mood"),
      viewed: seen("view.item", "id"),
      times: timesSeen("view.item", "id"),
      ago: lastSeenAgo("view.item", "id"),
    },
  },
  interactions: [["context", "action"]],
  reward: { wait: "1m", default: null, aggregate: "first" },
  learner: adaptive({ bits: 14 }),
});
const shoes = [
  { id: "a", features: { title: "Rote Schuhe 👟", mood: [1, 0.5] } },
  { id: "b", features: { title: "赤い靴", mood: [-1, 0] } },
  { id: "c", features: { title: null } },
];

test("a page loads operators when a model has them, and the edge finds what it decided by them right", async () => {
  const model = await Deployed.start(named(shop));
  const edge = await Edge.start();
  const client = await open({ endpoint: edge.endpoint });
  const rejected: unknown[] = [];
  client.on("rejected", (event) => rejected.push(event));
  client.track("view", { item: "b" });
  client.track("view", { item: "elsewhere" });
  client.track("view", { item: "b" });
  const first = await client.rank(model.name, shoes, { context: { query: "Ｒｏｔｅ Schuhe", mood: [0.1, 0.2] } });
  client.track("view", { item: "c" });
  const second = await client.rank(model.name, shoes, { context: { query: "" }, slots: 2 });
  const at = client.rankSync(model.name, shoes, { context: { query: ["a b", "é"], mood: [0, 0] } });
  for (const decision of [first, second, at]) {
    expect(decision).toMatchObject({ computedBy: { runtime: "native" } });
    await decision.reward(1);
  }
  await client.flush();
  await expect.poll(async () => (await model.decisions()).length, { timeout: 20_000 }).toBe(4);
  expect(rejected).toEqual([]);
  expect(await edge.answers()).toMatchObject({ rejected: [] });
  const records = (await model.decisions()) as RankDecision[];
  const found = records.map(({ matches }) => matches!.map(({ value, times }) => [value, times]));
  // Nothing is told of what was seen elsewhere.
  expect(found[0]).toEqual([["b", 2]]);
  expect(found[1]).toEqual([
    ["c", 1],
    ["b", 2],
  ]);
  for (const { ago } of records.flatMap(({ matches }) => matches!)) expect(ago).toBeLessThan(60);
});

test("until they are here, the page's own order is shown, and from then on the model decides at once", async () => {
  const model = await Deployed.start(named({ ...shop, policy: epsilonGreedy({ epsilon: 0 }) }));
  const plain = await Deployed.start(named(shop));
  const edge = await Edge.start();
  const models = await startingModels({ endpoint: edge.endpoint, models: [model.name, plain.name] });
  await edge.behave({ answerAll: "never" });
  const client = await open({ endpoint: edge.endpoint, models });
  expect(client.rankSync(plain.name, shoes)).toMatchObject({ chosen: "a", reason: "no-snapshot" });
  await expect.poll(() => client.peek(plain.name, shoes).reason).toBeUndefined();
  await expect.poll(() => client.peek(model.name, shoes).reason).toBeUndefined();
});

test("where they cannot be had, the page's own order is shown in time, and other models decide", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const model = await Deployed.start(named(shop));
  const other = await Deployed.start(
    named({
      ...shop,
      format: 1,
      features: { ...shop.features, context: {}, action: { title: field("title") } },
      interactions: [],
    }),
  );
  const edge = await Edge.start();
  const page = await Page.open({ endpoint: edge.endpoint }, (inside) => {
    const map = inside.document.createElement("script");
    map.type = "importmap";
    const operators = new URL("./other-operators.ts", import.meta.url).href;
    map.textContent = JSON.stringify({ imports: { [operators]: `${operators}.gone` } });
    inside.document.head.append(map);
  });
  pages.push(page);
  const { client } = page;
  const fallback = await client.rank(model.name, shoes, { timeout: 500, fallback: ["b"] });
  expect(fallback).toMatchObject({ chosen: "b", computedBy: { runtime: "none" } });
  expect((await client.rank(other.name, shoes, { timeout: 20_000 })).reason).toBeUndefined();
});

test("a text of more words than there may be is an error that says what and where", async () => {
  const model = await Deployed.start(named(shop));
  const edge = await Edge.start();
  const client = await open({ endpoint: edge.endpoint });
  const query = Array.from({ length: 20_000 }, (_, i) => i.toString(36)).join(" ");
  await expect(client.rank(model.name, shoes, { context: { query } })).rejects.toThrow(
    /^actions\[0\] makes [\d,]+ features with the interactions of the spec: at most 32,768 are possible$/,
  );
  await expect(client.rank(model.name, shoes, { context: { query: "x".repeat(2 ** 20) } })).rejects.toThrow(
    "context.query: has 1048576 characters: at most 262144 are possible",
  );
});
