import { describe, expect, test } from "vitest";
import { adaptive, auto, count, defineModel, field, log1p, predict, rank, stored } from "../contract/define.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { FeatureBuffer } from "./featurebuffer.ts";
import { Featurizer } from "./featurizer.ts";
import { CONSTANT, hashFeature, hashNamespace, interact2 } from "./hash.ts";
import type { FeaturizerInput } from "./hashed-decision.ts";
import { pushCoarse, pushFine, pushFinest, pushLinear } from "./numeric.ts";

const reward = { wait: "10m", default: 0, aggregate: "max" } as const;
const MASK = 2 ** 18 - 1;
const CONTEXT = hashNamespace("context");
const ACTION = hashNamespace("action");

const input = (parts: Partial<FeaturizerInput>): FeaturizerInput => ({
  at: 0,
  context: {},
  sessionFeatures: {},
  profileFeatures: {},
  actions: [],
  graph: null,
  ...parts,
});

function expanded(spec: ModelSpec, parts: Partial<FeaturizerInput>, action = 0): FeatureBuffer {
  const buffer = new FeatureBuffer(0);
  const decision = new Featurizer(spec).hash(input(parts));
  // Actions before it must leave no trace.
  for (let a = 0; a <= action; a++) decision.expand(a, buffer);
  return buffer;
}

const list = (buffer: FeatureBuffer): [number, number][] =>
  Array.from({ length: buffer.length }, (_, i) => [buffer.indices[i]! & MASK, buffer.values[i]!]);

function of(...parts: [(index: number, x: number, into: FeatureBuffer) => void, number, number][]): FeatureBuffer {
  const buffer = new FeatureBuffer();
  for (const [push, index, x] of parts) push(index, x, buffer);
  return buffer;
}

describe("with the learner auto", () => {
  const shop = defineModel({
    name: "shop",
    task: rank(),
    features: {
      context: { age: field("age"), device: field("device") },
      action: { price: field("price"), brand: field("brand") },
    },
    interactions: [["context", "action"]],
    reward,
    learner: auto(),
  });
  const call = { context: { age: 30, device: "tv" }, actions: [{ price: 9 }, { price: 0.7, brand: "acme" }] };
  const actions = call.actions.map((features, i) => ({ id: `${i}`, features }));
  const age = hashFeature("age", CONTEXT);
  const tv = hashFeature("tv", hashFeature("device", CONTEXT));
  const price = hashFeature("price", ACTION);
  const acme = hashFeature("acme", hashFeature("brand", ACTION));

  test("of a model that ranks a number is joined by its logarithm, its coarse features, and by its finest with categories", () => {
    const buffer = expanded(shop, { context: call.context, actions }, 1);
    const logarithm = (index: number, x: number, into: FeatureBuffer) =>
      pushLinear(index, x, new FeatureBuffer(), undefined, into);
    const pairsOf = (x: FeatureBuffer) =>
      Array.from({ length: x.length }, (_, i) => [x.indices[i]!, x.values[i]!] as const);
    const joined = (context: FeatureBuffer, action: FeatureBuffer): [number, number][] =>
      pairsOf(context).flatMap(([i, v]) =>
        pairsOf(action).map(([j, w]): [number, number] => [interact2(i, j) & MASK, v * w]),
      );
    const device = new FeatureBuffer();
    device.push(tv, 1);
    const brand = new FeatureBuffer();
    brand.push(acme, 1);
    const [coarse, log, finest] = [pushCoarse, logarithm, pushFinest].map((push) => of([push, age, 30])) as [
      FeatureBuffer,
      FeatureBuffer,
      FeatureBuffer,
    ];
    const [priceCoarse, priceLog] = [pushCoarse, logarithm].map((push) => of([push, price, 0.7])) as [
      FeatureBuffer,
      FeatureBuffer,
    ];
    expect(list(buffer)).toEqual([
      [CONSTANT & MASK, 1],
      ...[coarse, log, finest, device, brand, priceCoarse, priceLog].flatMap(list),
      [age & MASK, 30],
      [price & MASK, 0.7],
      ...list(buffer).slice(buffer.singles),
    ]);
    const sorted = (pairs: [number, number][]) => pairs.map(String).sort();
    expect(sorted(list(buffer).slice(buffer.singles, buffer.straight))).toEqual(
      sorted([...joined(log, priceLog), ...joined(log, brand), ...joined(device, brand), ...joined(device, priceLog)]),
    );
    expect(sorted(list(buffer).slice(buffer.straight))).toEqual(
      sorted([
        ...joined(coarse, brand),
        ...joined(coarse, priceCoarse),
        ...joined(finest, brand),
        ...joined(device, priceCoarse),
      ]),
    );
    expect(buffer.plain).toBe(buffer.singles);
  });

  test("of a model that predicts a number has coarse features in its namespace, linear and fine ones after all, and only the coarse interact", () => {
    const spec = defineModel({
      ...shop,
      task: predict(),
      features: { context: shop.features.context },
      interactions: [["context", "context"]],
    });
    const buffer = expanded(spec, { context: call.context });
    const context = of([pushCoarse, age, 30]);
    context.push(tv, 1);
    const linear = list(of([pushLinear, age, 30]));
    const fine = list(of([pushFine, age, 30]));
    const pairs: [number, number][] = [];
    for (let i = 0; i < context.length; i++)
      for (let j = i; j < context.length; j++)
        pairs.push([
          interact2(context.indices[i]!, context.indices[j]!) & MASK,
          context.values[i]! * context.values[j]!,
        ]);
    expect(list(buffer)).toEqual([[CONSTANT & MASK, 1], ...list(context), ...linear, ...fine, ...pairs]);
    expect(buffer.common).toBe(1 + context.length);
    expect(buffer.plain).toBe(1 + context.length + linear.length);
    expect(buffer.singles).toBe(buffer.plain + fine.length);
    expect(buffer.straight).toBe(buffer.length);
  });

  test("an action has the same features whenever it is expanded", () => {
    const decision = new Featurizer(shop).hash(input({ context: call.context, actions }));
    const alone = [0, 1].map((action) => list(expanded(shop, { context: call.context, actions }, action)));
    const buffer = new FeatureBuffer();
    for (const action of [1, 0, 1, 1, 0]) {
      decision.expand(action, buffer);
      expect(list(buffer)).toEqual(alone[action]);
    }
  });

  test.each([auto(), adaptive()])("a decision in the memory of the last one has nothing of it ($type)", (learner) => {
    const spec = { ...shop, learner };
    const inPlace = new Featurizer(spec);
    const prices = [[9, 0.7, 0], [], [0.1], [1e6, 2, 3, 4, 5], [7, 7], []];
    prices.forEach((of, n) => {
      const context = n % 3 === 1 ? {} : { age: 3 * n, device: `d${n}` };
      const asked = input({ context, actions: of.map((price, i) => ({ id: `${i}`, features: { price } })) });
      const decision = inPlace.hashInPlace(asked);
      const fresh = new Featurizer(spec).hash(asked);
      expect(decision.count).toBe(fresh.count);
      const [a, b] = [new FeatureBuffer(), new FeatureBuffer()];
      // Not every action is expanded, and not in order.
      for (let action = fresh.count - 1; action >= 0; action -= 2) {
        decision.expand(action, a);
        fresh.expand(action, b);
        expect(list(a)).toEqual(list(b));
        expect([a.plain, a.singles, a.common]).toEqual([b.plain, b.singles, b.common]);
      }
      expect(() => decision.expand(fresh.count, a)).toThrow(RangeError);
    });
  });

  test("every number gets the treatment, but what the author has treated", () => {
    const spec = defineModel({
      name: "all",
      task: predict(),
      features: {
        session: { views: count("view", { window: "session" }) },
        profile: { tenure: stored("tenure", { ttl: "1h", default: 0 }) },
        context: { age: field("age"), pages: log1p("pages") },
      },
      interactions: [],
      reward,
    });
    expect(spec.learner.type).toBe("auto");
    const features = list(
      expanded(spec, { context: { age: 2, pages: 1 }, sessionFeatures: { views: 3 }, profileFeatures: { tenure: 4 } }),
    );
    const plain = hashFeature("pages", CONTEXT) & MASK;
    expect(features.filter(([index]) => index === plain)).toEqual([[plain, Math.LN2]]);
    const numbers = [
      [hashFeature("age", CONTEXT), 2],
      [hashFeature("views", hashNamespace("session")), 3],
      [hashFeature("tenure", hashNamespace("profile")), 4],
    ] as const;
    let expected = 2;
    for (const [index, x] of numbers)
      for (const feature of list(of([pushCoarse, index, x], [pushLinear, index, x], [pushFine, index, x]))) {
        expect(features).toContainEqual(feature);
        expected++;
      }
    expect(features).toHaveLength(expected);
  });

  test("a missing number has no feature, and 0 has one", () => {
    const spec = defineModel({
      name: "zero",
      task: predict(),
      features: { context: { age: field("age") } },
      interactions: [],
      reward,
    });
    expect(expanded(spec, {}).length).toBe(1);
    expect(expanded(spec, { context: { age: 1e300 } }).length).toBe(1);
    expect(expanded(spec, { context: { age: 0 } }).length).toBe(2);
  });

  test("of more numbers than interactions have room for, zeros stand apart of them", () => {
    const names = (n: number) => Array.from({ length: n }, (_, i) => `x${i}`);
    const wide = (n: number) =>
      defineModel({
        name: "wide",
        task: predict(),
        features: { context: Object.fromEntries(names(n).map((name) => [name, field(name)])) },
        interactions: [["context", "context"]],
        reward,
      });
    // What a half has besides the coarse feature.
    const sparse = (n: number) => ({ context: { ...Object.fromEntries(names(n).map((name) => [name, 0])), x7: 0.5 } });
    const one = expanded(wide(1), { context: { x0: 0.5 } }).length - 3;
    expect(expanded(wide(127), sparse(127)).length).toBe(1 + 127 + (127 * 128) / 2 + one);
    const buffer = expanded(wide(128), sparse(128));
    expect(buffer.length).toBe(1 + 1 + 127 + one + 1);
    expect(buffer.common).toBe(2);
    // The same features as otherwise, in another place.
    const zero = expanded(wide(1), { context: { x0: 0 } }).indices[1]!;
    expect([...buffer.indices.subarray(buffer.common, buffer.plain)]).toContain(zero);
  });

  test("an interaction of more than 8,192 features is left out, whole", () => {
    const spec = defineModel({
      name: "wide",
      task: predict(),
      features: { context: { a: field("a"), b: field("b") } },
      interactions: [["context", "context"]],
      reward,
    });
    const words = (n: number) => Array.from({ length: n }, (_, i) => `w${i}`);
    const few = expanded(spec, { context: { a: words(64), b: words(63) } });
    expect(few.length).toBe(1 + 127 + (127 * 128) / 2);
    const context = Object.fromEntries(["a", "b", "c"].map((name) => [name, words(64)]));
    const wide = { ...spec, features: { ...spec.features, context: { ...spec.features.context, c: field("c") } } };
    expect(expanded(wide, { context }).length).toBe(1 + 192);
    expect(expanded({ ...wide, learner: adaptive() }, { context }).length).toBe(1 + 192 + (192 * 193) / 2);
  });
});

describe("a model without interactions", () => {
  const features = { session: { views: count("view", { window: "session" }) }, action: { genre: field("genre") } };

  test("gets those that tell actions apart, or all when there is one prediction", () => {
    expect(defineModel({ name: "a", task: rank(), features, reward }).interactions).toEqual([
      ["session", "action"],
      ["action", "action"],
    ]);
    expect(
      defineModel({
        name: "a",
        task: predict(),
        features: { session: features.session, context: { device: field("device") } },
        reward,
      }).interactions,
    ).toEqual([
      ["session", "session"],
      ["session", "context"],
      ["context", "context"],
    ]);
  });

  test("keeps none when its author says so, or chose a learner that is tuned by hand", () => {
    expect(defineModel({ name: "a", task: rank(), features, reward, interactions: [] }).interactions).toEqual([]);
    expect(defineModel({ name: "a", task: rank(), features, reward, learner: adaptive() }).interactions).toEqual([]);
  });
});
