import { describe, expect, test } from "vitest";
import { decisionRecord, type RankDecision } from "../../shared/contract/record.ts";
import { JsonReader } from "../vw/json.ts";
import { dsjsonLine, exportedInput } from "./dsjson.ts";
import { edgewiseEvents } from "./edgewise-events.ts";
import type { FileEntry } from "./file-entry.ts";
import { dsjsonEvents } from "./json-events.ts";

const record = decisionRecord.parse({
  id: "s1.3",
  model: "home",
  version: 2,
  snapshot: 7,
  unit: "u",
  at: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  format: 2,
  assignment: null,
  deferred: false,
  computedBy: { place: "edge", runtime: "native" },
  context: { device: "tv", geo: { country: "ch" }, member: true, tags: ["a", "b"] },
  sessionFeatures: { views: 3, taste: [0.5, -0.5], genres: ["drama"] },
  profileFeatures: {},
  graph: { affinity: [0.1, 0.2, 0.3] },
  task: "rank",
  actions: [
    { id: "f1", features: { genre: "drama" } },
    { id: "f2", features: { genre: "comedy", year: 1999 } },
    { id: "f3", features: {} },
  ],
  scores: [0, 1, 2],
  probabilities: [0.25, 0.625, 0.125],
  chosen: 0,
}) as RankDecision;

describe("dsjsonLine", () => {
  test("writes what a decision service logs", () => {
    expect(JSON.parse(dsjsonLine(record, 0.5, record.at))).toEqual({
      _label_cost: -0.5,
      _label_probability: 0.25,
      _label_Action: 1,
      _labelIndex: 0,
      Version: "1",
      EventId: "s1.3",
      Timestamp: "2026-01-02T03:04:05.678Z",
      // The chosen action first, then the others by their probabilities.
      a: [1, 2, 3],
      p: [0.25, 0.625, 0.125],
      c: {
        context: { device: "tv", geo: { country: "ch" }, member: true, tags: { a: true, b: true } },
        session: { views: 3, taste: [0.5, -0.5], genres: { drama: true } },
        profile: {},
        _multi: [
          { _tag: "f1", action: { genre: "drama" }, graph: { affinity: 0.1 } },
          { _tag: "f2", action: { genre: "comedy", year: 1999 }, graph: { affinity: 0.2 } },
          { _tag: "f3", action: {}, graph: { affinity: 0.3 } },
        ],
      },
      VWState: { m: "home@2.7" },
    });
  });

  test("is read back as the decision that it was", () => {
    const [event] = dsjsonEvents()(dsjsonLine(record, 0.5, record.at)) as [FileEntry];
    expect(event.outcome).toEqual({ chosen: 0, propensity: 0.25, reward: 0.5, importance: 1 });
    expect([...event.probabilities!]).toEqual([0.25, 0.625, 0.125]);
    const { at, context, sessionFeatures, profileFeatures, actions, graph } = record;
    expect(event.values()).toEqual({ at, context, sessionFeatures, profileFeatures, actions, graph });
  });

  test("is read back as it was also where VW's way of writing sets does not tell: order, numbers, objects of truths", () => {
    const context = {
      ...{ years: ["x", "2020", "7"], mixed: ["b", 7, "a"], twice: ["a", "a"], none: [], empty: [""], only: [1, 2] },
      ...{ flags: { a: true, b: true }, geo: { tags: ["z", "1"] } },
    };
    const features = { tags: ["b", "10", "9"], deep: { tags: [true, "x"] } };
    const odd = { ...record, context, actions: record.actions.map((one) => ({ ...one, features })) };
    const line = dsjsonLine(odd, 0.5, record.at);
    const [event] = dsjsonEvents()(line) as [FileEntry];
    expect(JSON.stringify(event.values().context)).toBe(JSON.stringify(context));
    expect(JSON.stringify(event.values().actions)).toBe(JSON.stringify(odd.actions));
    // VW sees what it saw: a set of categories, and nothing of what stands beside.
    const { c } = JSON.parse(line);
    expect(c.context.years).toEqual({ 7: true, 2020: true, x: true });
    expect(() => dsjsonEvents()(line.replace('"_values":[', '"_values":[3,'))[0]!.values()).toThrow("c._values");
  });

  test("gives our reader of VW's formats a label and features in the namespaces of Edgewise", () => {
    const { head, actions } = new JsonReader("bandit", true).readDecision(dsjsonLine(record, 0.5, record.at));
    expect(actions.map(({ observed }) => observed)).toEqual([{ action: 1, cost: -0.5, probability: 0.25 }, null, null]);
    // context: device, member; its nested ones are namespaces of their own. session: views.
    expect(head.features("c".charCodeAt(0))!.length).toBe(2);
    expect(head.features("g".charCodeAt(0))!.length).toBe(2);
    expect(head.features("s".charCodeAt(0))!.length).toBe(1);
    expect(head.features("t".charCodeAt(0))!.length).toBe(4);
    expect(actions[1]!.features("a".charCodeAt(0))!.length).toBe(2);
  });

  test("without a reward there is no label", () => {
    const line = dsjsonLine(record, null, record.at);
    expect(Object.keys(JSON.parse(line)).filter((key) => key.startsWith("_label"))).toEqual([]);
    expect(dsjsonEvents()(line)[0]!.outcome).toBeNull();
  });

  test("a reward of 0 is a cost of 0", () => {
    expect(dsjsonLine(record, 0, record.at)).toContain('"_label_cost":0,');
  });
});

describe("a line of Edgewise's own log", () => {
  const read = edgewiseEvents();

  test("gives the same event as dsjson, and the record's own values", () => {
    const own = read(JSON.stringify({ decision: record, value: 0.5 }));
    const [exported] = dsjsonEvents()(dsjsonLine(record, 0.5, record.at)) as [FileEntry];
    expect(own.outcome).toEqual(exported.outcome);
    expect(own.probabilities).toEqual(exported.probabilities);
    expect(own.shared!.slots).toEqual(exported.shared!.slots);
    expect(own.values()).toEqual(record);
  });

  test("of the first format is read as one of today's, and of a newer one is refused by its number", () => {
    const { format, assignment, deferred, ...former } = record;
    expect(read(JSON.stringify({ decision: former, value: 0.5 })).values()).toEqual(record);
    expect(() => read(JSON.stringify({ decision: { ...record, format: 99 }, value: 1 }))).toThrow("is of format 99");
  });

  test("without a value it has no outcome", () => {
    expect(read(JSON.stringify({ decision: record, value: null })).outcome).toBeNull();
  });

  test("of a model that predicts it is refused", () => {
    const { actions, scores, probabilities, chosen, ...rest } = record;
    const decision = { ...rest, task: "predict", score: 0, value: 0.5 };
    expect(() => read(JSON.stringify({ decision, value: 1 }))).toThrow("which predicts: give its spec with --spec");
  });

  test("a value that is no number is refused", () => {
    expect(() => read(JSON.stringify({ decision: record, value: "1" }))).toThrow("must be a number or null");
  });
});

test.each([
  [[null], "c._matches.0: "],
  [[{ event: "view.item", value: "a", times: "many", ago: 1 }], "c._matches.0.times: "],
  [7, "c._matches: "],
])("matches that no log of ours has are named, %#", (_matches, problem) => {
  const features = { context: {}, session: {}, profile: {}, _multi: [{ _tag: "a", action: {} }], _matches };
  expect(() => exportedInput(features, 1)).toThrow(problem);
});
