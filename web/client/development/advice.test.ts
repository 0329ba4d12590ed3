import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  bucket,
  count,
  defineModel,
  field,
  hourOfDay,
  last,
  rank,
  similarity,
  sum,
  text,
} from "../../../shared/contract/define.ts";
import { Advice } from "./advice.ts";

const teasers = defineModel({
  name: "teasers",
  task: rank(),
  features: {
    session: { reads: count("read", { window: "session" }), latest: last("read.section") },
    context: { device: field("device"), hour: hourOfDay(), country: field("geo.country") },
    action: { section: field("sectoin"), decade: bucket("year", [1980, 2000]) },
  },
  reward: { wait: "1m", default: null, aggregate: "first" },
  keep: { context: ["campaign"] },
});
const actions = [{ id: "a", features: { section: "world", year: 1994 } }];
const geo = { country: "pt" };

let said: string[];
let advice: Advice;
const begin = ({ hasSignals = false } = {}) => {
  said = [];
  advice = new Advice((message) => said.push(message), hasSignals);
};
beforeEach(() => {
  vi.useFakeTimers();
  begin();
});
afterEach(() => vi.useRealTimers());
/** All that is said of these calls, in the end. */
const settled = (): string[] => {
  vi.advanceTimersByTime(10_000);
  return said;
};

test("a name that was typed wrong is told with the feature that was meant, once, whichever of the two is wrong", () => {
  advice.takeSpec(teasers);
  for (let i = 0; i < 3; i++) advice.takeCall("teasers", actions, { context: { devcie: "phone", geo } });
  expect(settled()).toEqual([
    'teasers: no feature reads "devcie" of the context; feature "device" reads "device" of the context, which no call gave. Is one of the two wrong?',
    'teasers: no feature reads "section" of actions; feature "section" reads "sectoin" of actions, which no call gave. Is one of the two wrong?',
  ]);
});

test("an action that is joined with nothing, as that would be too much, is told once", () => {
  const search = defineModel({
    ...{ name: "search", task: rank() },
    features: { context: { query: text("query") }, action: { title: text("title") } },
    reward: { wait: "1m", default: 0, aggregate: "first" },
  });
  const words = (n: number) => Array.from({ length: n }, (_, i) => `w${i}`).join(" ");
  advice.takeSpec(search);
  const titles = [5, 15, 16].map((n) => ({ id: `a${n}`, features: { title: words(n) } }));
  for (const n of [3, 150, 151]) advice.takeCall("search", titles, { context: { query: words(n) } });
  expect(settled()).toEqual([
    'search: context × action would have more than 8,192 features of action "a15", and is left out there, though perhaps not of others: shorten texts or vectors, or use similarity.',
  ]);
});

test("a list model whose calls name no place is told so, where the spec has places count", () => {
  const { reward } = teasers;
  const probabilities = { 1: 1, 2: 0.5 };
  const list = defineModel({
    ...teasers,
    reward: { ...reward, default: 0, examination: { path: "place", probabilities } },
  });
  const aboutPlaces = () => settled().filter((one) => one.includes("examination"));
  advice.takeSpec(list);
  advice.takeCall("teasers", actions, { slots: 2 });
  expect(aboutPlaces()).toEqual([
    'teasers: reward.examination reads "place" of the context, which no call of this page gave: places do not count. Lists give it by slot: { slots: [{ "place": 1 }, { "place": 2 }] }.',
  ]);
  begin();
  advice.takeSpec(list);
  advice.takeCall("teasers", actions, { slots: [{ place: 1 }, { place: 2 }] });
  expect(aboutPlaces()).toEqual([]);
});

test("what no feature reads is told together, and what the spec keeps is not", () => {
  advice.takeSpec(teasers);
  const context = { device: "phone", campaign: "x", email: "a@b.c", geo: { country: "pt", city: "Faro" } };
  advice.takeCall("teasers", [{ id: "a", features: { sectoin: "world", year: 1994, title: "A" } }], { context });
  expect(settled()).toEqual([
    expect.stringContaining('no feature reads "email", "geo.city" of the context: nothing is learned of it'),
    expect.stringContaining('no feature reads "title" of actions'),
  ]);
});

test("what a feature is compared with is read, too", () => {
  const action = { near: similarity("context.query", "look"), twin: similarity("action.cover", "look") };
  advice.takeSpec({ ...teasers, features: { ...teasers.features, context: {}, action } });
  const features = { look: [1, 2], cover: "red" };
  advice.takeCall("teasers", [{ id: "a", features }], { context: { qurey: [1, 2] } });
  expect(settled()).toEqual([
    'teasers: no feature reads "qurey" of the context; feature "near" reads "query" of the context, which no call gave. Is one of the two wrong?',
    'teasers: feature "twin" (similarity) can do nothing with "red", which came as "cover".',
  ]);
});

test("a feature that never comes is told when the page has had time to give it", () => {
  advice.takeSpec(teasers);
  advice.takeCall("teasers", [{ id: "a", features: { sectoin: "world", year: 1994 } }], { context: { geo } });
  expect(said).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(said).toEqual([]);
  expect(settled()).toEqual([
    'teasers: feature "device" reads "device" of the context, which no call of this page gave: it never comes.',
  ]);
  begin();
  advice.takeSpec(teasers);
  advice.takeCall("teasers", [{ id: "a", features: { sectoin: "world", year: 1994 } }], { context: { geo } });
  advice.takeCall("teasers", [{ id: "b" }], { context: {}, slots: [{ device: null }] });
  expect(settled()).toEqual([]);
});

test("the id that every action has is given", () => {
  advice.takeSpec({ ...teasers, features: { ...teasers.features, action: { id: field("id") } } });
  advice.takeCall("teasers", [{ id: "a" }], { context: { device: "phone", geo } });
  expect(settled()).toEqual([]);
});

test("a value that a feature cannot use is told, with the value", () => {
  advice.takeSpec(teasers);
  const features = { sectoin: [7, 8], year: "1994" };
  advice.takeCall("teasers", [{ id: "a", features }], { context: { device: "phone", geo } });
  expect(settled()).toEqual([
    'teasers: feature "section" (field) can do nothing with [7,8], which came as "sectoin".',
    'teasers: feature "decade" (bucket) can do nothing with "1994", which came as "year".',
  ]);
});

test("events and their properties that no feature reads are told, for all models of the page together", () => {
  const other = { ...teasers, name: "other", features: { ...teasers.features, session: { saves: { ...saved } } } };
  advice.takeEvent("raed", { section: "world" });
  advice.takeEvent("save", { price: 3, sectoin: "a" });
  advice.takeEvent("scrolled");
  expect(settled()).toEqual([]);
  for (const spec of [teasers, other]) {
    advice.takeSpec(spec);
    advice.takeCall(spec.name, [{ id: "a", features: { sectoin: "x", year: 1 } }], { context: { device: "x", geo } });
  }
  expect(settled()).toEqual([
    'no feature of teasers, other reads the event "raed"; feature "reads" of teasers reads "read", which did not come. Is one of the two wrong?',
    'no feature of teasers, other reads "sectoin" of the event "save".',
    'no feature of teasers, other reads the event "scrolled": these are the models that this page has asked so far.',
  ]);
  begin();
  advice.takeSpec(teasers);
  advice.takeEvent("read", { secton: "world" });
  expect(settled()).toEqual([
    'no feature of teasers reads "secton" of the event "read"; feature "latest" of teasers reads "section", which did not come. Is one of the two wrong?',
  ]);
});
const saved = sum("save.price", { window: "session" });

test("a visit may take its time: that an event never comes is told after ten decisions", () => {
  advice.takeSpec(teasers);
  const call = () =>
    advice.takeCall("teasers", [{ id: "a", features: { sectoin: "x", year: 1 } }], { context: { device: "x", geo } });
  for (let i = 0; i < 9; i++) call();
  expect(settled()).toEqual([]);
  call();
  expect(settled()).toEqual([
    'teasers: feature "reads" reads the event "read", which has not come in 10 decisions of this page.',
    'teasers: feature "latest" reads "section" of the event "read", which has not come in 10 decisions of this page.',
  ]);
});

test("events that a page tells of by itself need the option for it", () => {
  const spec = { ...teasers, features: { ...teasers.features, session: { dwell: { ...dwell } } } };
  advice.takeSpec(spec);
  advice.takeEvent("page-scroll");
  expect(settled()[1]).toBe(
    'teasers: feature "dwell" reads "seconds" of the event "page-dwell", which a page tells of by itself with createClient({ signals: pageSignals }).',
  );
  begin({ hasSignals: true });
  advice.takeSpec(spec);
  advice.takeEvent("page-scroll");
  expect(settled()).toHaveLength(1);
});
const dwell = sum("page-dwell.seconds", { window: "session" });

test("a spec that was mended is held to what it says now", () => {
  advice.takeSpec(teasers);
  advice.takeCall("teasers", actions, { context: { device: "phone", geo } });
  expect(settled()).toHaveLength(1);
  const mended = { ...teasers.features, action: { section: field("section"), decade: bucket("yaer", [1980]) } };
  advice.takeSpec({ ...teasers, features: mended });
  advice.takeCall("teasers", actions, { context: { device: "phone", geo } });
  expect(settled()).toHaveLength(2);
  expect(said[1]).toContain('no feature reads "year" of actions; feature "decade" reads "yaer"');
});
