import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DecisionLearner } from "../bandit/decision-learner.ts";
import {
  adaptive,
  bucket,
  count,
  defineModel,
  field,
  last,
  lastDistinct,
  log1p,
  predict,
  rank,
  stored,
  vector,
} from "../contract/define.ts";
import { type ModelSpec, type Namespace, namespaces } from "../contract/spec.ts";
import { anyModel } from "../contract/testing/any-model.ts";
import type { FeatureValue, Properties } from "../contract/values.ts";
import { squaredLoss } from "../online/loss.ts";
import { policyOf } from "../policies/all-policies.ts";
import { sample } from "../policies/sample.ts";
import { callFeature } from "./call.ts";
import { callValues } from "./call-operators.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { Featurizer } from "./featurizer.ts";
import { CONSTANT, hashFeature, hashNamespace, interact2, interact3 } from "./hash.ts";
import type { FeaturizerInput } from "./hashed-decision.ts";
import "./other-operators.ts";

type Feature = [index: number, value: number];

function expanded(spec: ModelSpec, input: FeaturizerInput, action = 0): Feature[] {
  const buffer = new FeatureBuffer(0);
  new Featurizer(spec).hash(input).expand(action, buffer);
  return features(buffer);
}

const features = (buffer: FeatureBuffer): Feature[] =>
  Array.from({ length: buffer.length }, (_, i) => [buffer.indices[i]!, buffer.values[i]!]);

function model(parts: Partial<Parameters<typeof defineModel>[0]>): ModelSpec {
  return anyModel({
    name: "test",
    task: rank(),
    features: {},
    reward: { wait: "10m", default: 0, aggregate: "max" },
    learner: adaptive(),
    ...parts,
  });
}

const input = (parts: Partial<FeaturizerInput>): FeaturizerInput => ({
  at: 0,
  context: {},
  sessionFeatures: {},
  profileFeatures: {},
  actions: [],
  graph: null,
  ...parts,
});

/** What expand means, feature by feature, with nothing prepared or kept. */
function reference(
  spec: ModelSpec,
  { at, context, sessionFeatures, profileFeatures, actions, graph }: FeaturizerInput,
  a: number,
) {
  const blocks: Record<Namespace, Feature[]> = { session: [], context: [], profile: [], action: [], graph: [] };
  const add = (namespace: Namespace, name: string, value: FeatureValue | undefined) => {
    const index = hashFeature(name, hashNamespace(namespace));
    if (typeof value === "number" && value !== 0) blocks[namespace].push([index, value]);
    if (value === true) blocks[namespace].push([index, 1]);
    for (const text of Array.isArray(value) ? value : [value])
      if (typeof text === "string") blocks[namespace].push([hashFeature(text, index), 1]);
    if (!Array.isArray(value) || typeof value[0] !== "number" || spec.graph !== undefined) return;
    blocks[namespace].push([index, 1]);
    for (const [i, x] of (value as number[]).entries())
      if (x !== 0) blocks[namespace].push([hashFeature(`${i}.`, index), x]);
  };
  for (const name of Object.keys(spec.features.session).sort()) add("session", name, sessionFeatures[name]);
  const ofContext = callValues(callFeature, spec.features.context, context, { at });
  for (const name of Object.keys(ofContext).sort()) add("context", name, ofContext[name]);
  for (const name of Object.keys(spec.features.profile).sort()) add("profile", name, profileFeatures[name]);
  const ofAction = callValues(callFeature, spec.features.action, actions[a]?.features ?? {}, { at });
  for (const name of Object.keys(ofAction).sort()) add("action", name, ofAction[name]);
  const isNone = (name: string) => (ofAction[name] ?? false) === false;
  if (actions[a] && spec.graph === undefined && Object.keys(ofAction).every(isNone)) add("action", "id", actions[a].id);
  for (const name of Object.keys(graph ?? {}).sort()) add("graph", name, graph![name]![a]);

  const all: Feature[] = [[CONSTANT, 1], ...namespaces.flatMap((n) => blocks[n])];
  const done = new Set<string>();
  for (const names of spec.interactions) {
    const key = names.toSorted().join();
    if (done.has(key)) continue;
    done.add(key);
    const [first, second, third] = names.map((n) => blocks[n]);
    first!.forEach(([i, v], p) => {
      second!.forEach(([j, w], q) => {
        if (names[0] === names[1] && q < p) return;
        if (!third) all.push([interact2(i, j), v * w]);
        third?.forEach(([k, x], r) => {
          if (names[1] === names[2] && r < q) return;
          if (names[0] === names[2] && r < p) return;
          all.push([interact3(i, j, k), v * w * x]);
        });
      });
    });
  }
  const mask = 2 ** spec.learner.bits - 1;
  return all.map(([index, value]): Feature => [(index & mask) >>> 0, value]);
}

const featureOperators = {
  session: {
    views: count("view", { window: "session" }),
    genres: lastDistinct("view.genre", 3),
    item: last("view.item"),
  },
  context: { device: field("device"), tags: field("tags"), returning: field("returning"), price: log1p("price") },
  profile: {
    plan: stored("plan", { ttl: "1d", default: "free" }),
    tenure: stored("tenure", { ttl: "1d", default: 0 }),
  },
  action: {
    genre: field("genre"),
    year: bucket("year", [1980, 2000]),
    score: field("score"),
    content: vector("content", 2),
  },
};

const number = fc.oneof(
  fc.constant(0),
  fc.double({ noNaN: true, min: -100, max: 100 }).map((x) => x + 0),
);
const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("drama", "7", "", "\u00e9"));
const scalar = fc.oneof(number, text, fc.boolean(), fc.constant(null));
const actionFeatures = fc.record(
  { genre: scalar, year: scalar, score: scalar, content: fc.tuple(number, number) },
  { requiredKeys: [] },
) as fc.Arbitrary<Properties>;
const anyInput: fc.Arbitrary<FeaturizerInput> = fc
  .record({
    at: fc.nat(),
    context: fc.record(
      { device: scalar, tags: fc.array(text, { maxLength: 3 }), returning: fc.boolean(), price: number, other: text },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Properties>,
    sessionFeatures: fc.record(
      { views: fc.nat(9), genres: fc.array(text, { maxLength: 3 }), item: scalar },
      { requiredKeys: [] },
    ),
    profileFeatures: fc.record({ plan: text, tenure: number, other: number }, { requiredKeys: [] }),
    actions: fc.array(
      actionFeatures.map((own) => ({ id: "a", features: own })),
      { maxLength: 4 },
    ),
    novelty: fc.array(number, { minLength: 4, maxLength: 4 }),
    match: fc.array(number, { minLength: 4, maxLength: 4 }),
    withGraph: fc.boolean(),
  })
  .map(({ novelty, match, withGraph, ...rest }) => ({ ...rest, graph: withGraph ? { novelty, match } : null }));
const anyInteractions = fc.array(fc.array(fc.constantFrom(...namespaces), { minLength: 2, maxLength: 3 }), {
  maxLength: 4,
});

describe("an action without features", () => {
  const two = (first: Properties = {}) =>
    input({
      actions: [
        { id: "a", features: first },
        { id: "b", features: {} },
      ],
    });
  const idOf = (id: string) => [hashFeature(id, hashFeature("id", hashNamespace("action"))) & 0x3ffff, 1];

  test("has its id as one, in a model that has none for it and where it has none of the model's", () => {
    for (const action of [{}, { genre: field("genre") }, { id: field("id") }]) {
      const spec = model({ features: { action } });
      expect(expanded(spec, two(), 0)).toEqual([expect.anything(), idOf("a")]);
      expect(expanded(spec, two(), 1)).toEqual([expect.anything(), idOf("b")]);
    }
    const genres = model({ features: { action: { genre: field("genre"), seen: field("seen") } } });
    expect(expanded(genres, two({ genre: "drama" }), 0)).not.toContainEqual(idOf("a"));
    expect(expanded(genres, two({ seen: false }), 0)).toContainEqual(idOf("a"));
    // Numbers that are 0 are known.
    expect(expanded(genres, two({ seen: 0 }), 0)).not.toContainEqual(idOf("a"));
  });

  test("has what the graph makes of it, in a model with one", () => {
    const spec = model({ features: { action: { content: vector("content", 2) } }, graph: "graph.onnx" });
    expect(expanded(spec, { ...two(), graph: { novelty: [1, 2] } }, 0)).not.toContainEqual(idOf("a"));
  });

  test("joins with what else there is, where nobody names interactions", () => {
    const spec = defineModel({
      name: "test",
      task: rank(),
      features: { context: { device: field("device") } },
      reward: { wait: "10m", default: 0, aggregate: "max" },
    });
    expect(spec.interactions).toEqual([
      ["context", "action"],
      ["action", "action"],
    ]);
  });

  test("is learned by it", () => {
    const spec = defineModel({
      name: "ids",
      task: rank(),
      features: { context: { device: field("device") } },
      reward: { wait: "10m", default: 0, aggregate: "first" },
    });
    const featurizer = new Featurizer(spec);
    const learner = new DecisionLearner(spec, squaredLoss);
    let right = 0;
    for (let n = 0; n < 2000; n++) {
      const decision = featurizer.hash({ ...two(), context: { device: n % 2 ? "tv" : "phone" } });
      const probabilities = policyOf(spec.policy).distribution(spec.policy, learner.beliefs(decision), learner);
      const chosen = sample(`s.${n}`, probabilities);
      learner.learn(decision, { id: `s.${n}`, chosen, propensity: probabilities[chosen]! }, Number(chosen === 0));
      if (n >= 1500 && chosen === 0) right++;
    }
    expect(right).toBeGreaterThan(0.99 * 500);
  });
});

describe("expand", () => {
  test("gives what a naive expansion gives, for any values and interactions, in the same order", () => {
    fc.assert(
      fc.property(anyInput, anyInteractions, fc.constantFrom(8, 18, 21), (given, interactions, bits) => {
        const spec = model({ features: featureOperators, interactions, learner: adaptive({ bits }) });
        const decision = new Featurizer(spec).hash(given);
        expect(decision.count).toBe(Math.max(1, given.actions.length));
        const buffer = new FeatureBuffer(1);
        for (let a = 0; a < decision.count; a++) {
          decision.expand(a, buffer);
          expect(features(buffer)).toStrictEqual(reference(spec, given, a));
        }
      }),
      { numRuns: 300 },
    );
  });

  test("does not depend on which actions were expanded before, nor on what the buffer or the featurizer held", () => {
    fc.assert(
      fc.property(anyInput, anyInput, fc.array(fc.nat(3), { maxLength: 8 }), (earlier, given, order) => {
        const spec = model({
          features: featureOperators,
          interactions: [
            ["session", "action"],
            ["action", "graph"],
          ],
        });
        const featurizer = new Featurizer(spec);
        const buffer = new FeatureBuffer();
        featurizer.hash(earlier).expand(0, buffer);
        const decision = featurizer.hash(given);
        for (const a of order.filter((n) => n < decision.count)) {
          decision.expand(a, buffer);
          expect(features(buffer)).toStrictEqual(expanded(spec, given, a));
        }
      }),
    );
  });

  test("has all indices below 2^bits", () => {
    fc.assert(
      fc.property(anyInput, anyInteractions, fc.integer({ min: 8, max: 21 }), (given, interactions, bits) => {
        const spec = model({ features: featureOperators, interactions, learner: adaptive({ bits }) });
        for (const [index] of expanded(spec, given)) expect(index).toBeLessThan(2 ** bits);
      }),
    );
  });

  test("refuses an action that is not there", () => {
    const decision = new Featurizer(model({})).hash(input({ actions: [{ id: "a", features: {} }] }));
    for (const action of [-1, 1, Number.NaN])
      expect(() => decision.expand(action, new FeatureBuffer())).toThrow(RangeError);
  });
});

describe("features", () => {
  const h = (namespace: string, name: string) => hashFeature(name, hashNamespace(namespace));
  const mask = 2 ** 18 - 1;

  test("predict is one action without features", () => {
    const spec = model({ task: predict(), features: { context: { x: field("x") }, action: { y: field("y") } } });
    expect(new Featurizer(spec).hash(input({})).count).toBe(1);
    expect(expanded(spec, input({ context: { x: 2, y: 3 } }))).toEqual([
      [CONSTANT & mask, 1],
      [h("context", "x") & mask, 2],
    ]);
  });

  test.each<[FeatureValue, number[]]>([
    [2.5, [2.5]],
    [0, []],
    [-0, []],
    [true, [1]],
    [false, []],
    [null, []],
    ["drama", [1]],
    [
      ["a", "b"],
      [1, 1],
    ],
    [[], []],
    [[0.5, 1], []],
    [Number.NaN, []],
    [1e39, []],
  ])("of value %j have the values %j", (value, values) => {
    const spec = model({ features: { session: { f: last("view.f") } } });
    const found = expanded(spec, input({ sessionFeatures: { f: value } })).slice(1);
    expect(found.map(([, v]) => v)).toEqual(values);
  });

  test("a category is hashed as VW's name:category", () => {
    const spec = model({ features: { session: { k: last("view.k") } } });
    const [, category] = expanded(spec, input({ sessionFeatures: { k: "v" } }));
    expect(category).toEqual([hashFeature("v", h("session", "k")) & mask, 1]);
  });

  test("only what the spec names is a feature, and nothing inherited", () => {
    const spec = model({ features: { session: { constructor: last("view.k") } } });
    expect(expanded(spec, input({ sessionFeatures: { other: 1 }, context: { x: 1 } }))).toHaveLength(1);
  });

  test("do not depend on the order of keys in spec or values", () => {
    const forward = model({ features: { session: { a: last("v.a"), b: last("v.b") } } });
    const backward = model({ features: { session: { b: last("v.b"), a: last("v.a") } } });
    const one = expanded(forward, input({ sessionFeatures: { a: 1, b: 2 }, graph: { x: [1], y: [2] } }));
    const other = expanded(backward, input({ sessionFeatures: { b: 2, a: 1 }, graph: { y: [2], x: [1] } }));
    expect(other).toEqual(one);
  });

  test("categories are the same after more of them than are kept", () => {
    const spec = model({ features: { context: { id: field("id") } } });
    const featurizer = new Featurizer(spec);
    const buffer = new FeatureBuffer();
    for (let i = 0; i < 10_000; i++) {
      featurizer.hash(input({ context: { id: `id${i % 5000}` } })).expand(0, buffer);
      expect(buffer.indices[1]).toBe(hashFeature(`id${i % 5000}`, h("context", "id")) & mask);
    }
  });
});

describe("interactions", () => {
  const spec = (interactions: Namespace[][]) =>
    model({ features: { session: { s: last("v.s") }, action: { a: field("a"), b: field("b") } }, interactions });
  const given = input({ sessionFeatures: { s: 3 }, actions: [{ id: "1", features: { a: 2, b: 5 } }] });
  const values = (interactions: Namespace[][]) =>
    expanded(spec(interactions), given)
      .slice(4)
      .map(([, v]) => v);

  test("multiply values, the first namespace outermost", () => {
    expect(values([["session", "action"]])).toEqual([6, 15]);
  });

  test("of a namespace with itself give each pair once, squares included", () => {
    expect(values([["action", "action"]])).toEqual([4, 10, 25]);
  });

  test("of three times the same give each combination once", () => {
    expect(values([["action", "action", "action"]])).toEqual([8, 20, 50, 125]);
    expect(values([["action", "session", "action"]])).toEqual([12, 30, 75]);
    expect(values([["session", "action", "action"]])).toEqual([12, 30, 75]);
  });

  test("with a namespace that has no features give none", () => {
    expect(
      values([
        ["session", "context"],
        ["graph", "action"],
        ["profile", "profile"],
      ]),
    ).toEqual([]);
  });

  test("that repeat earlier ones, in whatever order, are dropped", () => {
    expect(
      values([
        ["session", "action"],
        ["action", "session"],
        ["session", "action"],
      ]),
    ).toEqual([6, 15]);
  });

  test("of the largest numbers stay finite", () => {
    const big = 3.4e38;
    const large = input({ actions: [{ id: "1", features: { a: big, b: -big } }] });
    const cubes = expanded(spec([["action", "action", "action"]]), large).slice(3);
    expect(cubes).toHaveLength(4);
    for (const [, v] of cubes) expect(Number.isFinite(v * v)).toBe(true);
  });
});
