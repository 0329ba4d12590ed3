import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../conformance/random.ts";
import {
  adaptive,
  auto,
  decayedMean,
  defineModel,
  epsilonGreedy,
  field,
  predict,
  rank,
  similarity,
  vector,
} from "../contract/define.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { FeatureValues, Properties } from "../contract/values.ts";
import { decideRank } from "../decide/decide.ts";
import { loadModel } from "../decide/loaded-model.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { callFeature } from "./call.ts";
import type { CallGiven } from "./call-operators.ts";
import { FeatureParts } from "./feature-parts.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { Featurizer } from "./featurizer.ts";
import { onlyRead, readProperties } from "./read-properties.ts";
import "./other-operators.ts";

const reward = { wait: "1m", default: null, aggregate: "first" } as const;
const model = (parts: Partial<Parameters<typeof defineModel>[0]>): ModelSpec =>
  defineModel({
    name: "m",
    task: predict(),
    features: { context: { v: vector("v", 3), day: field("day") } },
    reward,
    ...parts,
  });

type Actions = { id: string; features: Properties }[];

function hashed(spec: ModelSpec, context: Properties, actions: Actions = [], sessionFeatures: FeatureValues = {}) {
  const input = { at: 0, context, sessionFeatures, profileFeatures: {}, actions, graph: null };
  const x = new FeatureBuffer();
  const decision = new Featurizer(spec).hash(input, new FeatureParts());
  decision.expand(0, x);
  expect(decision.counts(0).all).toBe(x.length);
  return Array.from({ length: x.length }, (_, i) => ({
    value: x.values[i]!,
    of: x.parts!.list[i]!.map(({ namespace, name }) => `${namespace}.${name}`).join(" * "),
  }));
}

describe("a vector without a graph", () => {
  test("is a feature a number, as it is, and one that it is there: zeros are not missing", () => {
    const of = (v: Properties[string]) => hashed(model({}), { v }).filter((one) => one.of.startsWith("context.v"));
    expect(of([0.5, 0, -2])).toEqual([
      { of: "context.v", value: 1 },
      { of: "context.v[0]", value: 0.5 },
      { of: "context.v[2]", value: -2 },
    ]);
    expect(of([0, 0, 0])).toEqual([{ of: "context.v", value: 1 }]);
    for (const missing of [null, [1, 2], [1, 2, 3, 4], ["1", 2, 3], "1,2,3", 5, []]) expect(of(missing)).toEqual([]);
  });

  test("is joined as the spec says, and in a rank model of auto with categories and vectors, if it is not too long", () => {
    const joined = (spec: ModelSpec, context: Properties, actions?: { id: string; features: Properties }[]) =>
      hashed(spec, context, actions)
        .filter(({ of }) => of.includes(" * "))
        .map(({ of, value }) => `${of} = ${value}`);
    expect(joined(model({}), { v: [1, 2, 3], day: "x" })).toEqual(["context.day * context.day = 1"]);
    const all = model({ learner: adaptive(), interactions: [["context", "context"]] });
    expect(joined(all, { v: [1, 2, 0], day: "x" })).toHaveLength(10);
    const ranked = (size: number) =>
      model({
        task: rank(),
        features: { context: { v: vector("v", 2) }, action: { w: vector("w", size), kind: field("kind") } },
        interactions: [["context", "action"]],
        learner: auto(),
      });
    const products = joined(ranked(2), { v: [2, 0] }, [{ id: "a", features: { w: [3, 5], kind: "x" } }]);
    expect(products).toEqual(
      expect.arrayContaining([
        "context.v[0] * action.kind = 2",
        "context.v[0] * action.w[0] = 6",
        "context.v[0] * action.w[1] = 10",
      ]),
    );
    const long = Array.from({ length: 65 }, () => 1);
    expect(
      joined(ranked(65), { v: [2, 0] }, [{ id: "a", features: { w: long, kind: "x" } }]).some((one) =>
        one.includes("w"),
      ),
    ).toBe(false);
  });

  test("of the session's events is learned likewise", () => {
    const taste = decayedMean("view.content", { halfLife: "1m", size: 2 });
    const spec = model({ features: { session: { taste }, context: { day: field("day") } } });
    expect(spec.format).toBe(2);
    const given = (value: FeatureValues[string]) =>
      hashed(spec, {}, [], { taste: value }).map(({ of, value }) => [of, value]);
    expect(given([0.5, 0])).toEqual([
      ["constant.constant", 1],
      ["session.taste", 1],
      ["session.taste[0]", 0.5],
    ]);
    expect(given(null)).toEqual([["constant.constant", 1]]);
  });

  test("stays unseen with a graph, and in specs of format 1, which are the versions that they were", () => {
    const { format, ...old } = model({});
    expect(format).toBe(2);
    expect(hashed(old, { v: [1, 2, 3] })).toHaveLength(1);
    expect(hashed(model({ graph: "g.onnx" }), { v: [1, 2, 3] })).toHaveLength(1);
    expect(model({ graph: "g.onnx" }).format).toBe(1);
  });
});

describe("similarity", () => {
  const given = (context: Properties, sessionFeatures = {}): CallGiven => ({ at: 0, context, sessionFeatures });
  const of = (b: unknown, a: unknown, to = "context.a") =>
    callFeature(similarity(to, "b"))({ b } as Properties, given({ a } as Properties), "id");

  test("is the cosine of two vectors", () => {
    expect(of([1, 0], [3, 0])).toBe(1);
    expect(of([1, 0], [0, 2])).toBe(0);
    expect(of([1, 1], [-2, -2])).toBeCloseTo(-1, 15);
    expect(of([1, 2, 2], [2, 1, 2])).toBeCloseTo(8 / 9, 15);
    expect(of([3e38, 3e38], [3e38, 0])).toBeCloseTo(Math.SQRT1_2, 15);
  });

  test("with a session feature, a nested property of the context, or one of the action itself", () => {
    expect(callFeature(similarity("session.taste", "b"))({ b: [1, 0] }, given({}, { taste: [2, 0] }), "id")).toBe(1);
    expect(callFeature(similarity("context.q.v", "b"))({ b: [1, 0] }, given({ q: { v: [0, 1] } }), "id")).toBe(0);
    expect(callFeature(similarity("action.c", "b"))({ b: [1, 0], c: [-1, 0] }, given({}), "id")).toBe(-1);
    expect(callFeature(similarity("context.a", "b"))({ b: [1, 0] }, { at: 0 })).toBeNull();
  });

  test("is missing where there is none, and not 0", () => {
    for (const b of [null, undefined, [], [0, 0], [1], [1, 2, 3], ["1", 0], "1", [Number.NaN, 1], [1e39, 1]]) {
      expect(of(b, [1, 0])).toBeNull();
      expect(of([1, 0], b)).toBeNull();
    }
  });

  test("is symmetric, from -1 to 1, 1 with itself, and does not depend on lengths", () => {
    const number = fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((x) => (Math.abs(x) < 1e-60 ? 0 : x));
    const pair = fc
      .integer({ min: 1, max: 20 })
      .chain((n) => fc.tuple(...[0, 1].map(() => fc.array(number, { minLength: n, maxLength: n }))));
    fc.assert(
      fc.property(pair, fc.constantFrom(0.5, 2, 1024), ([a, b], factor) => {
        const value = of(a, b);
        expect(of(b, a)).toBe(value);
        if (value === null) return;
        expect(Math.abs(value as number)).toBeLessThanOrEqual(1);
        expect(of(a, a)).toBeCloseTo(1, 12);
        expect(
          of(
            a!.map((x) => x * factor),
            b,
          ),
        ).toBeCloseTo(value as number, 12);
      }),
    );
  });

  test("is missing where a vector is too short to have a direction", () => {
    // Their squares have lost their digits: it was -.5.
    expect(of([-1.5717277847026288e-162], [3.514490168720232e-162])).toBeNull();
    expect(of([1e-150, 0], [1, 0])).toBeNull();
    expect(of([1e-130, 0], [1, 0])).toBe(1);
  });

  test("what is compared is logged, and nothing else", () => {
    const spec = model({
      task: rank(),
      features: { action: { near: similarity("context.q", "b"), own: similarity("action.c.d", "b") } },
    });
    const record = { context: { q: [1], other: 1 }, actions: [{ features: { b: [1], c: { d: [1], e: 1 }, f: 1 } }] };
    expect(onlyRead(record, readProperties([spec]))).toEqual({
      context: { q: [1] },
      actions: [{ features: { b: [1], c: { d: [1] } } }],
    });
  });

  test.each([
    ["taste", 'must be "session.feature", "context.property" or "action.property"'],
    ["session.taste.x", 'must be "session.feature", "context.property" or "action.property"'],
    ["action.image", "is of an action: give the feature to features.action"],
    ["session.taste", "is no vector: features.session.taste must be a decayedMean"],
    ["session.constructor", "is no vector: features.session.constructor must be a decayedMean"],
  ])("a spec that compares with %s, which there is not, is refused", (to, problem) => {
    expect(() => model({ features: { context: { s: similarity(to, "b") } } })).toThrow(
      `features.context.s.to: ${problem}`,
    );
  });
});

test("what a visitor's vector says of which action is best is learned", () => {
  const spec = model({
    ...{ task: rank(), policy: epsilonGreedy({ epsilon: 1 }), reward: { ...reward, default: 0 } },
    features: { context: { taste: vector("taste", 4) }, action: { k: field("k") } },
    interactions: [["context", "action"]],
  });
  const learner = new ModelLearner(spec);
  const random = seededRandom(11);
  const actions = ["a", "b"].map((k) => ({ id: k, features: { k } }));
  const call = (n: number) => ({
    ...{ id: `s.${n}`, unit: "u", at: 0, sessionFeatures: {}, profileFeatures: {}, place: "edge" as const },
    ...{ context: { taste: [0, 1, 2, 3].map(() => 2 * random() - 1) }, actions },
  });
  const first = loadModel(spec, learner.snapshot(1, 0));
  const best = (taste: readonly number[]) => Number(taste[1]! + taste[2]! > 0);
  for (let n = 0; n < 2000; n++) {
    const decision = decideRank(first, call(n), null);
    learner.learn(decision, Number(decision.chosen === best(decision.context.taste as number[])));
  }
  const learned = loadModel(spec, learner.snapshot(1, 1));
  let right = 0;
  for (let n = 0; n < 200; n++) {
    const { scores, context } = decideRank(learned, call(n), null);
    if (Number(scores[1]! > scores[0]!) === best(context.taste as number[])) right++;
  }
  expect(right).toBeGreaterThan(190);
});
