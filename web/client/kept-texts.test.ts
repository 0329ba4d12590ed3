import { afterEach, expect, test, vi } from "vitest";
import { type Deployed, fruitModel } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruits } from "./testing/models.ts";
import { type Inside, Page } from "./testing/pages.ts";

/** What a page finds at once may have been written by another release, by half of one, or by somebody else. It begins as for the first time then. */

let made: Promise<Deployed> | undefined;
const taught = (): Promise<Deployed> => {
  made ??= fruitModel("banana");
  return made;
};
const pages: Page[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.crash();
  sessionStorage.clear();
  localStorage.clear();
  vi.restoreAllMocks();
});

async function open(edge: Edge, before?: (inside: Inside) => void): Promise<Page> {
  const page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000 }, before);
  pages.push(page);
  return page;
}

const wrong = ["{broken", "null", "5", '"text"', "{}", "[null]", '{"k":null}', '{"k":{"until":9e15}}'];
const session = { id: "s", unit: "u", next: 3, issuedAt: Date.now() };
const cases: [name: string, text: string][] = [
  ...[
    ...wrong,
    { ...session },
    { ...session, id: {}, events: [], first: 0 },
    { ...session, events: [null], first: 0 },
  ].map((left): [string, string] => ["session", typeof left === "string" ? left : JSON.stringify(left)]),
  ...["unit", "spare", "sticky"].flatMap((name) => wrong.map((text): [string, string] => [name, text])),
  ...[...wrong, '{"snapshots":{}}', '{"snapshots":[null]}', '{"manifest":{},"snapshots":[{"publishedAt":9e15}]}'].map(
    (text): [string, string] => ["model", text],
  ),
];

test.each(cases)("%s: %s", async (name, text) => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const model = await taught();
  const edge = await Edge.start();
  const place = `edgewise ${edge.endpoint}`;
  const key = name === "model" ? `${place} model ${model.name}` : `${place} ${name}`;
  for (const storage of [localStorage, sessionStorage]) storage.setItem(key, text);
  const { client } = await open(edge);
  client.track("bite", { kind: "apple" });
  const ids = [client.rankSync(model.name, fruits), client.rankSync(model.name, fruits, { sticky: "session" })];
  const decision = await client.rank(model.name, fruits, { sticky: "unit" });
  expect(decision).toMatchObject({ chosen: "banana", computedBy: { runtime: "native" } });
  await client.flush();
  expect(await edge.answers()).toMatchObject({ accepted: ids.length + 1, rejected: [], unread: [] });
});

test("a tab's storage that is full keeps nothing from being sent", async () => {
  const model = await taught();
  const edge = await Edge.start();
  await edge.behave({ batchAnswers: Array.from({ length: 100 }, () => ({ status: 503 })) });
  const first = await open(edge);
  const decision = await first.client.rank(model.name, fruits);
  pages.pop()!.crash();
  await edge.behave({});
  const { client } = await open(edge, (inside) => {
    inside.Storage.prototype.setItem = () => {
      throw new inside.DOMException("as if", "QuotaExceededError");
    };
  });
  await expect.poll(async () => (await model.decisions()).map(({ id }) => id)).toContain(decision.id);
  const sticky = await client.rank(model.name, fruits, { sticky: "unit" });
  expect((await client.rank(model.name, fruits, { sticky: "unit" })).id).toBe(sticky.id);
});
