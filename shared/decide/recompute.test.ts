import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixtureDecisions } from "../../conformance/decisions.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { specs as fixtureSpecs } from "../../conformance/specs.ts";
import { adaptive, auto, bayesian, factorised, field, predict, rank } from "../contract/define.ts";
import type { DecisionRecord, RankDecision } from "../contract/record.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { anyModel } from "../contract/testing/any-model.ts";
import { policies } from "../policies/all-policies.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { decide, decideRank } from "./decide.ts";
import { type LoadedModel, loadModel } from "./loaded-model.ts";
import { recompute } from "./recompute.ts";

const learners = [
  adaptive({ bits: 10 }),
  auto({ bits: 10 }),
  factorised({ bits: 10, rank: 3 }),
  bayesian({ bits: 10 }),
];
const reductions = ["mtr", "ips", "dr", "dm"] as const;

/** Every task, policy, learner and reduction that go together. */
function* everySpec(): Generator<ModelSpec> {
  const base = {
    name: "shelf",
    features: { context: { who: field("who"), hour: field("hour") }, action: { genre: field("genre") } },
    interactions: [
      ["context", "action"],
      ["graph", "action"],
    ] as ["context" | "graph", "action"][],
    reward: { wait: "1m", default: 0, aggregate: "first" } as const,
  };
  for (const learner of learners) {
    yield anyModel({ ...base, task: predict(), learner });
    for (const { defaults: policy } of policies)
      for (const reduction of reductions) {
        const spec = { ...base, task: rank(), policy, learner, reduction };
        try {
          yield anyModel(spec);
        } catch (error) {
          // They do not go together, and the author is told so.
          if (!(error as Error).message.includes("is not valid")) throw error;
        }
      }
  }
}

const GENRES = ["drama", "comedy", "noir", "western"];
const callOf = (id: string, who: string, hour: number, genres: readonly string[]) => ({
  id,
  unit: "visitor",
  at: 1_000,
  context: { who, hour },
  sessionFeatures: {},
  profileFeatures: {},
  place: "browser" as const,
  actions: genres.map((genre, i) => ({ id: `${genre}-${i}`, features: { genre } })),
});

/** The model after 30 examples, at snapshot 30. */
function taught(spec: ModelSpec): LoadedModel {
  const learner = new ModelLearner(spec);
  const random = new FixtureRandom(5);
  for (let n = 0; n < 30; n++) {
    const call = callOf(`t.${n}`, random.pick(["ada", "ben"]), random.whole(24), GENRES);
    const graph = { novelty: (spec.task.type === "rank" ? GENRES : [""]).map(() => random.next()) };
    learner.learn(decide(loadModel(spec, learner.snapshot(1, n)), call, graph), random.whole(2));
  }
  return loadModel(spec, learner.snapshot(1, 30));
}

const models = [...everySpec()].map(taught);
const ranking = models.filter(({ spec }) => spec.task.type === "rank");
const logged = <R extends DecisionRecord>(record: R): R => JSON.parse(JSON.stringify(record));

/** Of any size; one that is absurd hides what else is in a score. */
const anyHour = fc.oneof(fc.integer({ min: 0, max: 23 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const usualHour = fc.integer({ min: 0, max: 23 });

const anyDecision = (of: readonly LoadedModel[], hours: fc.Arbitrary<number>, least = 1) =>
  fc
    .record({
      model: fc.constantFrom(...of),
      id: fc.stringMatching(/^[a-z]{1,8}\.[0-9]{1,4}$/),
      who: fc.constantFrom("ada", "ben", "cleo"),
      hour: hours,
      genres: fc.array(fc.constantFrom(...GENRES), { minLength: least, maxLength: 12 }),
      novelty: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    })
    .map(({ model, id, who, hour, genres, novelty }) => {
      const rows = model.spec.task.type === "rank" ? genres.length : 1;
      const graph = novelty === null ? null : { novelty: Array.from({ length: rows }, (_, i) => novelty / (i + 1)) };
      return { model, record: logged(decide(model, callOf(id, who, hour, genres), graph)) };
    });
const anyRanking = (least = 1) =>
  anyDecision(ranking, usualHour, least).map(({ model, record }) => ({ model, record: record as RankDecision }));

test("every policy and learner is among the models", () => {
  expect(new Set(ranking.map(({ spec }) => spec.policy.type)).size).toBe(policies.length);
  expect(new Set(ranking.map(({ spec }) => spec.learner.type)).size).toBe(learners.length);
  expect(new Set(ranking.map(({ spec }) => spec.reduction)).size).toBe(reductions.length);
});

describe("a decision of the log", () => {
  test("comes out again bit for bit, and as it is", () => {
    fc.assert(
      fc.property(anyDecision(models, anyHour), ({ model, record }) => {
        expect(recompute(record, model)).toEqual({ decision: record, disagreements: [] });
      }),
      { numRuns: 1000 },
    );
  });

  test.each(fixtureSpecs)("of the fixture comes out again, $name", (spec) => {
    const learner = new ModelLearner(spec);
    for (const { call, graph, feedback } of fixtureDecisions().filter((fixture) => fixture.spec === spec)) {
      const model = loadModel(spec, learner.snapshot(1, learner.examples));
      const record = decide(model, call, graph);
      expect(recompute(logged(record), model)).toEqual({ decision: record, disagreements: [] });
      learner.learn(record, feedback);
    }
  });
});

describe("a claim that is not true is found:", () => {
  const next = (x: number): number => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, x);
    view.setBigUint64(0, view.getBigUint64(0) + 1n);
    return view.getFloat64(0);
  };
  const changed = (values: readonly number[], at: number): number[] => values.map((x, i) => (i === at ? next(x) : x));

  test("a propensity, by its last bit", () => {
    fc.assert(
      fc.property(anyRanking(), ({ model, record }) => {
        const claim = { ...record, probabilities: changed(record.probabilities, record.chosen) };
        expect(recompute(claim, model)).toEqual({ decision: record, disagreements: ["probabilities"] });
      }),
    );
  });

  test("a score, by its last bit", () => {
    fc.assert(
      fc.property(anyRanking(), fc.nat(), ({ model, record }, n) => {
        const claim = { ...record, scores: changed(record.scores, n % record.scores.length) };
        expect(recompute(claim, model).disagreements).toEqual(["scores"]);
      }),
    );
  });

  test("another choice than the one that was drawn", () => {
    fc.assert(
      fc.property(anyRanking(2), fc.nat(), ({ model, record }, n) => {
        const count = record.actions.length;
        const claim = { ...record, chosen: (record.chosen + 1 + (n % (count - 1))) % count };
        expect(recompute(claim, model).disagreements).toEqual(["chosen"]);
      }),
    );
  });

  test("a context that was another", () => {
    fc.assert(
      fc.property(anyDecision(models, usualHour), ({ model, record }) => {
        const who = record.context.who === "ada" ? "ben" : "ada";
        expect(recompute({ ...record, context: { ...record.context, who } }, model).disagreements).not.toEqual([]);
      }),
    );
  });

  test("graph outputs that were others", () => {
    fc.assert(
      fc.property(anyRanking(), ({ model, record }) => {
        const graph = { novelty: record.actions.map(() => 7) };
        expect(recompute({ ...record, graph }, model).disagreements).toContain("scores");
      }),
    );
  });

  test("fewer scores than actions", () => {
    const [model] = ranking as [LoadedModel];
    const record = decideRank(model, callOf("s.1", "ada", 3, GENRES), null);
    expect(recompute({ ...record, scores: record.scores.slice(1) }, model).disagreements).toEqual(["scores"]);
  });

  test("a prediction", () => {
    const model = models.find(({ spec }) => spec.task.type === "predict")!;
    const record = decide(model, callOf("s.1", "ada", 3, []), null) as DecisionRecord & { task: "predict" };
    expect(recompute({ ...record, value: 1 - record.value }, model).disagreements).toEqual(["value"]);
    expect(recompute({ ...record, score: next(record.score) }, model).disagreements).toEqual(["score"]);
  });
});

test("a decision of another model, snapshot or task is refused", () => {
  const [model] = ranking as [LoadedModel];
  const record = decideRank(model, callOf("s.1", "ada", 3, GENRES), null);
  for (const other of [{ model: "other" }, { version: 2 }, { snapshot: 31 }])
    expect(() => recompute({ ...record, ...other }, model)).toThrow(/is of .*, the model is shelf@1\.30/);
  const predicting = models.find(({ spec }) => spec.task.type === "predict")!;
  expect(() => recompute(record, predicting)).toThrow("decision s.1 is a rank decision, shelf is a predict model");
});
