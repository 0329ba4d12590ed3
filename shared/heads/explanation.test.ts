import { FeatureParts } from "../features/feature-parts.ts";
import "./all-heads.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adaptive, auto, bayesian, field, predict, rank } from "../contract/define.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { anyModel } from "../contract/testing/any-model.ts";
import type { Properties } from "../contract/values.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { Featurizer } from "../features/featurizer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { BayesianLearner } from "../online/bayesian.ts";
import { logisticLoss } from "../online/loss.ts";
import { briefExplanation } from "./brief-explanation.ts";
import { explainScore } from "./explain-score.ts";
import { total } from "./explanation.ts";
import { factorTable } from "./factorised.ts";
import { featureText } from "./feature-text.ts";
import { headOf } from "./heads.ts";
import { LinearHead } from "./linear.ts";

const BITS = 8;
const model = (learner: ModelSpec["learner"], task: ModelSpec["task"] = rank()): ModelSpec =>
  anyModel({
    name: "test",
    task,
    features: {
      context: { device: field("device"), age: field("age") },
      action: { genre: field("genre"), price: field("price") },
    },
    interactions: [
      ["context", "action"],
      ["graph", "action"],
      ["context", "context", "action"],
    ],
    reward: { wait: "1m", default: 0, aggregate: "max" },
    learner,
  });

const number = fc.double({ noNaN: true, min: -100, max: 100 });
const item = fc.record({ genre: fc.constantFrom("a", "b", "c"), price: number }) as fc.Arbitrary<Properties>;
const anyInput = fc
  .record({
    context: fc.record({ device: fc.constantFrom("tv", "phone"), age: number }) as fc.Arbitrary<Properties>,
    actions: fc.array(item, { maxLength: 4 }),
    match: fc.array(number, { minLength: 4, maxLength: 4 }),
  })
  .map(({ context, actions, match }) => ({
    at: 0,
    sessionFeatures: {},
    profileFeatures: {},
    context,
    actions: actions.map((features, i) => ({ id: `${i}`, features })),
    graph: { match },
  }));
const floats = (length: number) =>
  fc
    .array(fc.float({ noNaN: true, min: -1, max: 1 }), { minLength: length, maxLength: length })
    .map((list) => Float32Array.from(list));
const anyLearner = fc.constantFrom(auto({ bits: BITS }), adaptive({ bits: BITS }));

describe("an explanation of a linear head", () => {
  test("has the head's score, bit for bit, as the sum of its contributions, one for each feature", () => {
    fc.assert(
      fc.property(anyInput, floats(2 ** BITS), anyLearner, (input, weights, learner) => {
        const decision = new Featurizer(model(learner)).hash(input, new FeatureParts());
        const head = new LinearHead(weights, BITS);
        const scores = head.score(decision);
        const x = new FeatureBuffer();
        for (let action = 0; action < decision.count; action++) {
          const { score, contributions } = explainScore(head, decision, action);
          expect(score).toBe(scores[action]);
          expect(total(contributions)).toBe(scores[action]);
          decision.expand(action, x);
          const inOrder = contributions.toSorted((a, b) => a.position - b.position);
          expect(inOrder.map(({ index }) => index)).toEqual([...x.indices.subarray(0, x.length)]);
          expect(inOrder.map(({ value }) => value)).toEqual([...x.values.subarray(0, x.length)]);
          expect(inOrder.map(({ position }) => position)).toEqual(inOrder.map((_, i) => i));
          for (const { index, value, weight, contribution } of contributions) {
            expect(weight).toBe(weights[index!]);
            expect(contribution).toBe(weight * value);
          }
        }
      }),
    );
  });

  test("begins with what matters most", () => {
    fc.assert(
      fc.property(anyInput, floats(2 ** BITS), (input, weights) => {
        const { contributions } = explainScore(
          new LinearHead(weights, BITS),
          new Featurizer(model(auto())).hash(input, new FeatureParts()),
          0,
        );
        const sizes = contributions.map(({ contribution }) => Math.abs(contribution));
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      }),
    );
  });

  test("needs the parts", () => {
    const decision = new Featurizer(model(adaptive())).hash({
      at: 0,
      sessionFeatures: {},
      profileFeatures: {},
      context: {},
      actions: [],
      graph: null,
    });
    expect(() => explainScore(new LinearHead(new Float32Array(2 ** 18), 18), decision, 0)).toThrow("without the parts");
  });
});

describe("an explanation of a factorised head", () => {
  const rankOf = 3;
  const agree = (decision: HashedDecision, weights: Float32Array, values: Float32Array) => {
    const head = headOf({ bits: BITS, weights, beside: factorTable(rankOf, values) });
    const scores = head.score(decision);
    for (let action = 0; action < decision.count; action++) {
      const { score, contributions } = explainScore(head, decision, action);
      const size = contributions.reduce((sum, { contribution }) => sum + Math.abs(contribution), 1);
      expect(total(contributions)).toBe(score);
      expect(Math.abs(score - scores[action]!)).toBeLessThan(1e-12 * size);
    }
  };

  test("adds up to the head's score within rounding, pairs of features and all, with actions and without", () => {
    fc.assert(
      fc.property(
        anyInput,
        fc.constantFrom(rank(), predict()),
        floats(2 ** BITS),
        floats(rankOf * 2 ** BITS),
        (input, task, weights, values) => {
          const spec = model(adaptive({ bits: BITS }), task);
          const actions = task.type === "rank" ? input.actions : [];
          agree(new Featurizer(spec).hash({ ...input, actions }, new FeatureParts()), weights, values);
        },
      ),
    );
  });
});

test("a Bayesian learner says how unsure it is of each feature: the less, the more it saw of it", () => {
  const spec = model(bayesian({ bits: BITS }), predict());
  const featurizer = new Featurizer(spec);
  const learner = new BayesianLearner({ bits: BITS, loss: logisticLoss });
  const head = () => headOf({ bits: BITS, weights: learner.weights, beside: learner.beside });
  const decision = (device: string) =>
    featurizer.hash(
      { at: 0, context: { device }, sessionFeatures: {}, profileFeatures: {}, actions: [], graph: null },
      new FeatureParts(),
    );
  const deviation = (device: string) => {
    const { contributions } = explainScore(head(), decision(device), 0);
    return contributions.find(({ parts }) => parts.length === 1 && parts[0]!.name === "device")!.deviation!;
  };
  const x = new FeatureBuffer();
  const deviations = [10, 100].map((upTo) => {
    for (let i = learner.examples; i < upTo; i++) {
      decision("tv").expand(0, x);
      learner.learn(x, i % 2, 1);
    }
    return deviation("tv");
  });
  expect(deviation("phone")).toBeGreaterThan(deviations[0]!);
  expect(deviations[0]!).toBeGreaterThan(deviations[1]!);
  expect(deviations[1]!).toBeGreaterThan(0);
  const brief = briefExplanation(explainScore(head(), decision("tv"), 0), 1);
  expect(brief.contributions[0]!.deviation).toBeGreaterThan(0);
});

test("a brief explanation names what matters most, and sums up the others", () => {
  const device = { namespace: "context", name: "device", value: "tv" } as const;
  const age = { namespace: "context", name: "age", value: 30, scale: "fine" } as const;
  const entry = { index: 0, value: 1, weight: 0, deviation: null };
  const contributions = [
    { ...entry, parts: [device, { namespace: "action", name: "genre", value: "drama" } as const], contribution: 0.5 },
    { ...entry, parts: [age], contribution: -0.25 },
    { ...entry, parts: [device], contribution: 0.125 },
    { ...entry, parts: [{ namespace: "constant", name: "constant", value: 1 } as const], contribution: 0.0625 },
  ].map((c, position) => ({ ...c, position }));
  const text = (most: number) => {
    const brief = briefExplanation({ score: 0.4375, contributions }, most);
    return [...brief.contributions.map((c) => [featureText(c.parts), c.contribution]), brief.others];
  };
  expect(text(2)).toEqual([
    ["context.device = tv × action.genre = drama", 0.5],
    ["context.age = 30 (fine)", -0.25],
    { count: 2, contribution: 0.1875 },
  ]);
  expect(text(20).slice(-2)).toEqual([["constant", 0.0625], { count: 0, contribution: 0 }]);
});
