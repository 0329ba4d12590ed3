import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { userEvent } from "vitest/browser";
import { count, defineModel, field, max, rank, ratio, sum } from "../../../shared/contract/define.ts";
import type { ModelSpec } from "../../../shared/contract/spec.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import { createClient } from "../client.ts";
import { Deployed } from "../testing/deployed.ts";
import { Edge } from "../testing/edge.ts";
import { named } from "../testing/models.ts";
import { pageSignals } from "./signals.ts";

/** What only a page sees, in a real one. */

let told: [type: string, properties: Properties | undefined][] = [];
let ends: (() => void)[] = [];
const asking = (session: ModelSpec["features"]["session"]): ModelSpec =>
  defineModel({
    name: "asking",
    task: rank(),
    features: { session, action: { name: field("name") } },
    reward: { wait: "1m", default: 0, aggregate: "first" },
  });
function start(...types: string[]): AbortController {
  const ending = new AbortController();
  const session = Object.fromEntries(types.map((type) => [type, count(type, { window: "session" })]));
  pageSignals(asking(session), (type, properties) => void told.push([type, properties]), ending.signal);
  ends.push(() => ending.abort());
  return ending;
}
const patience = { timeout: 10_000 };
const add = (html: string): HTMLElement => {
  const element = document.body.appendChild(document.createElement("div"));
  element.innerHTML = html;
  ends.push(() => element.remove());
  return element;
};
const see = (state: DocumentVisibilityState) => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue(state);
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  told = [];
});
afterEach(() => {
  for (const end of ends) end();
  ends = [];
  vi.restoreAllMocks();
});

test("nothing is told of that was not asked for", async () => {
  start("page-hidden", "view", "constructor");
  add('<button data-edgewise-item="a">a</button>').querySelector("button")!.click();
  see("visible");
  expect(told).toEqual([]);
  see("hidden");
  expect(told).toEqual([["page-hidden", undefined]]);
});

test("the time in which the page can be seen is told of when it goes out of sight, and no other", async () => {
  see("visible");
  start("page-dwell");
  await new Promise((resolve) => setTimeout(resolve, 300));
  see("hidden");
  await new Promise((resolve) => setTimeout(resolve, 300));
  see("visible");
  see("hidden");
  expect(told.map(([type]) => type)).toEqual(["page-dwell"]);
  const { seconds } = told[0]![1] as { seconds: number };
  expect(seconds).toBeGreaterThanOrEqual(0.3);
});

test("how deep the visitor scrolled is told of in tenths, and only when it is deeper", async () => {
  add('<div style="height: 10000px"></div>');
  start("page-scroll");
  const depths = () => told.map(([, properties]) => (properties as { depth: number }).depth);
  scrollTo(0, 3000);
  await expect.poll(() => depths().length, patience).toBe(1);
  scrollTo(0, 0);
  scrollTo(0, document.documentElement.scrollHeight);
  await expect.poll(() => depths().at(-1), patience).toBe(1);
  const before = depths().length;
  scrollTo(0, 4000);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(depths()).toHaveLength(before);
  expect(depths()).toEqual(depths().toSorted((a, b) => a - b));
  expect(depths()[0]).toBeGreaterThan(0.2);
  expect(depths()[0]).toBeLessThan(0.9);
  scrollTo(0, 0);
});

test("what was in the window for a second was exposed, also what came or changed later, and what left was not", async () => {
  see("visible");
  const box = add('<div data-edgewise-item="a" style="height: 20px"></div>');
  start("page-exposure");
  const later = document.createElement("div");
  later.style.height = "20px";
  later.dataset.edgewiseItem = "b";
  box.append(later);
  const gone = box.appendChild(document.createElement("div"));
  gone.style.height = "20px";
  gone.dataset.edgewiseItem = "c";
  await new Promise((resolve) => setTimeout(resolve, 200));
  gone.remove();
  const items = () => told.map(([, properties]) => (properties as { item: string }).item).sort();
  await expect.poll(items, patience).toEqual(["a", "b"]);
  later.dataset.edgewiseItem = "d";
  await expect.poll(items, patience).toEqual(["a", "b", "d"]);
});

test("clicks again and again in one place are rage, and those of who is busy are not", async () => {
  start("page-rage");
  const click = (x: number) => document.body.dispatchEvent(new MouseEvent("click", { clientX: x, bubbles: true }));
  for (const x of [0, 100, 200, 300]) click(x);
  for (let i = 0; i < 5; i++) click(10);
  await expect.poll(() => told, patience).toEqual([["page-rage", { clicks: 5 }]]);
});

test("a pointer that rests on a choice and leaves it hesitated; one that chose did not", async () => {
  const box = add(
    '<button style="position: fixed; inset: 0 auto auto 0">a</button><p style="position: fixed; inset: 90px auto auto 90px">-</p>',
  );
  const [button, other] = [box.querySelector("button")!, box.querySelector("p")!];
  start("page-hesitation");
  await userEvent.hover(other);
  await userEvent.hover(button);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await userEvent.hover(other);
  await expect.poll(() => told.map(([type]) => type), patience).toEqual(["page-hesitation"]);
  expect((told[0]![1] as { seconds: number }).seconds).toBeGreaterThanOrEqual(1);
  await userEvent.hover(button);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  button.click();
  await userEvent.hover(other);
  expect(told).toHaveLength(1);
});

test("back and forward within the page are told of", async () => {
  start("page-back");
  history.pushState({}, "", location.href);
  history.back();
  await expect.poll(() => told, patience).toEqual([["page-back", undefined]]);
});

test("each is begun once for a client, whatever its operator, and ends with it", () => {
  const added = vi.spyOn(document, "addEventListener");
  const ending = new AbortController();
  ends.push(() => ending.abort());
  const follow = (session: ModelSpec["features"]["session"]) =>
    pageSignals(asking(session), (type) => void told.push([type, undefined]), ending.signal);
  follow({ views: count("view", { window: "session" }) });
  expect(added).not.toHaveBeenCalled();
  follow({ away: ratio("page-hidden", "view", { window: "10m" }), depth: max("page-scroll.depth", { window: "1m" }) });
  follow({ away: count("page-hidden", { window: "session" }), time: sum("page-rage.clicks", { window: "session" }) });
  expect(added.mock.calls.map(([type]) => type).sort()).toEqual(["click", "scroll", "visibilitychange"]);
  see("hidden");
  ending.abort();
  see("hidden");
  expect(told).toEqual([["page-hidden", undefined]]);
});

test("what the page saw is in the features of its next decision", async () => {
  const model = await Deployed.start(named(asking({ away: count("page-hidden", { window: "session" }) })));
  const edge = await Edge.start();
  const client = createClient({ endpoint: edge.endpoint, signals: pageSignals });
  ends.push(() => void client.close());
  const { name } = model;
  await client.rank(name, [{ id: "a" }], { timeout: 20_000 });
  see("hidden");
  see("visible");
  await client.rank(name, [{ id: "a" }]);
  await client.flush();
  const features = async () => (await model.decisions()).map(({ sessionFeatures }) => sessionFeatures);
  await expect.poll(features, { timeout: 20_000 }).toEqual([{ away: 0 }, { away: 1 }]);
});
