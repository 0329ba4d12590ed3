import { describe, expect, test } from "vitest";
import { seededRandom } from "../../conformance/random.ts";
import { defineModel, epsilonGreedy, field, predict, rank } from "../contract/define.ts";
import type { RankDecision } from "../contract/record.ts";
import { decideRank } from "../decide/decide.ts";
import { loadModel } from "../decide/loaded-model.ts";
import { readProperties } from "../features/read-properties.ts";
import { Examination } from "./examination.ts";
import { ModelLearner } from "./model-learner.ts";

const places = { path: "place", probabilities: { hero: 1, shelf: 0.5, "3": 0.25 } };
const model = (reward: object) =>
  defineModel({
    ...{ name: "shelf", task: rank(), features: { action: { kind: field("kind") } } },
    reward: { wait: "1m", default: 0, aggregate: "first", ...reward },
    policy: epsilonGreedy({ epsilon: 1 }),
  });

describe("what is learned of a place", () => {
  const of = (reward: object, place: unknown, value: number) =>
    new Examination(model(reward)).of({ context: { place } as RankDecision["context"] }, value);

  test("is what its action is worth to whoever looks at it", () => {
    expect(of({ examination: places }, "hero", 1)).toEqual({ value: 1, importance: 1 });
    expect(of({ examination: places }, "shelf", 1)).toEqual({ value: 2, importance: 0.5 });
    expect(of({ examination: places }, "shelf", 0)).toEqual({ value: 0, importance: 0.5 });
    expect(of({ examination: places }, 3, 1)).toEqual({ value: 4, importance: 0.25 });
  });

  test("is counted from what is learned of no feedback", () => {
    const reward = { examination: places, default: -1, range: [-1, 1] };
    expect(of(reward, "shelf", 0)).toEqual({ value: 1, importance: 0.5 });
    expect(of(reward, "shelf", -1)).toEqual({ value: -1, importance: 0.5 });
  });

  test("is turned back into what is seen there", () => {
    const reward = { examination: places, default: -1, range: [-1, 1] };
    const examination = new Examination(model(reward));
    const decision = { context: { place: "shelf" } };
    for (const value of [-1, 0.25, 1])
      expect(examination.seen(decision, examination.of(decision, value).value)).toBe(value);
    expect(examination.seen({ context: {} }, 0.25)).toBe(0.25);
  });

  test("is the feedback itself at a place that the spec does not name, and without a click model", () => {
    for (const place of ["elsewhere", undefined, null, ["shelf"], "constructor"])
      expect(of({ examination: places }, place, 1)).toEqual({ value: 1, importance: 1 });
    expect(of({}, "shelf", 1)).toEqual({ value: 1, importance: 1 });
  });
});

test("an action that always stood low is worth what it is, and not what its place is", () => {
  const scores = (reward: object): number[] => {
    const learner = new ModelLearner(model(reward));
    const random = seededRandom(3);
    const spec = model(reward);
    const kinds = ["good", "bad"];
    const record = (n: number, chosen: number): RankDecision => ({
      ...{ format: 2, id: `s.${n}`, model: "shelf", version: 1, snapshot: 0, unit: "u", at: n, task: "rank" },
      ...{ computedBy: { place: "edge", runtime: "native" }, assignment: null, deferred: false, graph: null },
      // The good one stands where a quarter looks.
      ...{ context: { place: chosen === 0 ? "3" : "hero" }, sessionFeatures: {}, profileFeatures: {} },
      actions: kinds.map((kind) => ({ id: kind, features: { kind } })),
      ...{ scores: [0, 0], probabilities: [0.5, 0.5], chosen },
    });
    for (let n = 0; n < 8000; n++) {
      const chosen = n % 2;
      const looks = chosen === 1 || random() < 0.25;
      learner.learn(record(n, chosen), Number(looks && random() < (chosen === 0 ? 0.6 : 0.3)));
    }
    const loaded = loadModel(spec, learner.snapshot(1, 1));
    const call = { ...record(8000, 0), place: "edge" as const };
    return [...decideRank(loaded, call, null).scores];
  };
  const [good, bad] = scores({}) as [number, number];
  expect(good).toBeLessThan(bad);
  const [goodThere, badThere] = scores({ examination: places }) as [number, number];
  expect(goodThere).toBeCloseTo(0.6, 1);
  expect(badThere).toBeCloseTo(0.3, 1);
});

test("a loss is that of what was predicted to come of it at its place", () => {
  const learner = new ModelLearner(model({ examination: places }));
  const losses: number[] = [];
  const record: RankDecision = {
    ...{ format: 2, id: "s.1", model: "shelf", version: 1, snapshot: 0, unit: "u", at: 1, task: "rank" },
    ...{ computedBy: { place: "edge", runtime: "native" }, assignment: null, deferred: false, graph: null },
    ...{ context: { place: "3" }, sessionFeatures: {}, profileFeatures: {} },
    actions: [{ id: "good", features: { kind: "good" } }],
    ...{ scores: [0], probabilities: [1], chosen: 0 },
  };
  learner.learn(record, 1, (_, loss) => losses.push(loss));
  // Nothing was known: it predicted 0, and 1 came.
  expect(losses).toEqual([1]);
});

test("what tells the place is logged, though no feature reads it", () => {
  const { context } = readProperties([model({ examination: { ...places, path: "page.place" } })]);
  expect(context).toEqual(new Map([["page", new Set(["place"])]]));
});

test.each([
  [
    { examination: places, default: null },
    "reward.examination: needs a reward.default: where only decisions with feedback are learned, whoever gave it has looked",
  ],
  [{ examination: { path: "place", probabilities: {} } }, "reward.examination.probabilities: must name a place"],
  [{ examination: { path: "place", probabilities: { a: 0 } } }, "reward.examination.probabilities.a"],
  [{ examination: { path: "place", probabilities: { a: 1.2 } } }, "reward.examination.probabilities.a"],
  [{ examination: { path: "a.b.c", probabilities: { a: 1 } } }, "reward.examination.path"],
])("%j is refused", (reward, problem) => {
  expect(() => model(reward)).toThrow(problem);
});

test("a model that predicts has no places", () => {
  const reward = { wait: "1m", default: null, aggregate: "first", examination: places } as const;
  const features = { context: { a: field("a") } };
  expect(() => defineModel({ name: "m", task: predict(), features, reward })).toThrow(
    "reward.examination: is for models that rank",
  );
});
