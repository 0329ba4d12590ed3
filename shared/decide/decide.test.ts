import "../heads/all-heads.ts";
import fc from "fast-check";
import * as ort from "onnxruntime-web/wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { fixtureDecisions } from "../../conformance/decisions.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { onnxModel } from "../artifact/onnx-proto.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { predictResponse as predictSchema, rankResponse as rankSchema } from "../contract/calls.ts";
import {
  adaptive,
  bagging,
  bayesian,
  cover,
  defineModel,
  field,
  predict,
  rank,
  squareCb,
  thompson,
  vector,
} from "../contract/define.ts";
import { decisionRecord } from "../contract/record.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { varianceTable } from "../heads/bayesian.ts";
import { votingTables } from "../heads/committee.ts";
import { Graph } from "../heads/graph.ts";
import { LinearHead } from "../heads/linear.ts";
import { linkOf } from "../heads/link.ts";
import { logistic } from "../math/logistic.ts";
import { policyOf } from "../policies/all-policies.ts";
import type { Beliefs, Experience } from "../policies/policy.ts";
import { committeeOf, type Policy } from "../policies/policy-of.ts";
import { sample } from "../policies/sample.ts";
import { decide, decidePredict, decideRank, predictResponse, rankResponse } from "./decide.ts";
import { loadModel, modelLabel } from "./loaded-model.ts";
import { runGraph } from "./run-graph.ts";
import { withGraph } from "./with-graph.ts";
import { withSnapshot } from "./with-snapshot.ts";

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

const reward = { wait: "1m", default: 0, aggregate: "first" } as const;
const hero = defineModel({
  name: "hero",
  task: rank(),
  features: {
    context: { device: field("device"), taste: vector("taste", 2) },
    action: { genre: field("genre"), content: vector("content", 2) },
  },
  interactions: [["context", "action"]],
  reward,
  learner: adaptive({ bits: 10 }),
  graph: "./hero.onnx",
});
const intent = defineModel({
  name: "intent",
  task: predict(),
  features: { context: { device: field("device") } },
  reward,
  learner: adaptive({ bits: 10 }),
});

function snapshot(spec: ModelSpec, number = 12): SnapshotData {
  const random = new FixtureRandom(number);
  const { bits } = spec.learner;
  const table = () => Float32Array.from({ length: 2 ** bits }, () => random.next() - 0.5);
  const heads = committeeOf(spec.policy)?.heads ?? 0;
  return {
    ...{ model: spec.name, version: 1, number, bits, link: linkOf(spec), examples: 40, weights: table() },
    ...(heads > 0 && { beside: votingTables(Array.from({ length: heads }, table)) }),
    ...(policyOf(spec.policy).needsDeviations && { beside: varianceTable(table().map(Math.abs), 0.5) }),
  };
}

const distribution = (policy: Policy, beliefs: Beliefs, experience: Experience) =>
  policyOf(policy).distribution(policy, beliefs, experience);

const call = {
  id: "s.1",
  unit: "visitor",
  at: 1_000,
  context: { device: "tv", taste: [1, 2] },
  sessionFeatures: {},
  profileFeatures: {},
  place: "browser" as const,
};
const actions = ["drama", "comedy", "noir"].map((genre, i) => ({
  id: `film-${i}`,
  features: { genre, content: [i, 1] },
}));
const rankCall = { ...call, actions };

const similarity = onnxModel({
  name: "similarity",
  inputs: [
    { name: "context.taste", type: "float32", shape: [1, 2] },
    { name: "action.content", type: "float32", shape: ["A", 2] },
  ],
  outputs: [{ name: "similarity", type: "float32", shape: ["A"] }],
  initializers: [{ name: "axes", dims: [1], data: new BigInt64Array([1n]) }],
  nodes: [
    { op: "Mul", inputs: ["action.content", "context.taste"], outputs: ["products"] },
    { op: "ReduceSum", inputs: ["products", "axes"], outputs: ["similarity"], attributes: { keepdims: { int: 0 } } },
  ],
});

describe("decideRank", () => {
  test("logs what it was made from and with, in the form of the log", async () => {
    const decision = decideRank(loadModel(hero, snapshot(hero)), { ...rankCall, session: "s" }, null);
    expect(decisionRecord.parse(decision)).toEqual(decision);
    expect(decision).toMatchObject({
      model: "hero",
      version: 1,
      snapshot: 12,
      session: "s",
      graph: null,
      format: 2,
      assignment: null,
      deferred: false,
      computedBy: { place: "browser", runtime: "native" },
    });
    expect(decision.probabilities).toEqual([
      ...distribution(hero.policy, { scores: decision.scores }, { examples: 40 }),
    ]);
    expect(decision.chosen).toBe(sample("s.1", decision.probabilities));
    expect(new Set(decision.scores).size).toBe(3);
  });

  test("is a pure function of model and call", async () => {
    const [a, b] = [loadModel(hero, snapshot(hero)), loadModel(hero, snapshot(hero))];
    expect(decideRank(a, rankCall, null)).toEqual(decideRank(b, rankCall, null));
  });

  test("decides without a graph that fails, if its caller can do with that", async () => {
    const native = loadModel(hero, snapshot(hero));
    const failing = { runtime: "wasm" as const, run: () => Promise.reject(new Error("out of memory")) };
    const broken = { ...native, graph: failing };
    await expect(runGraph(broken, rankCall)).rejects.toThrow("out of memory");
    const told: unknown[] = [];
    const decision = decideRank(broken, rankCall, await runGraph(broken, rankCall, (error) => told.push(error)));
    expect(decision).toEqual(decideRank(native, rankCall, null));
    expect(decision.computedBy.runtime).toBe("native");
    expect(told).toEqual([new Error("out of memory")]);
  });

  test("runs the graph, logs its outputs and lets them score", async () => {
    const model = loadModel(hero, snapshot(hero));
    const graph = await Graph.load(ort, similarity);
    const loaded = withGraph(model, graph);
    const outputs = await runGraph(loaded, rankCall);
    const decision = decideRank(loaded, rankCall, outputs);
    expect(decisionRecord.parse(decision)).toEqual(decision);
    expect(decision.graph).toEqual({ similarity: [2, 3, 4] });
    expect(decision.computedBy.runtime).toBe("wasm");
    expect(decision.scores).not.toEqual(decideRank(model, rankCall, null).scores);
    const onWebGpu = { ...loaded, graph: { runtime: "webgpu" as const } };
    expect(decideRank(onWebGpu, rankCall, outputs).computedBy.runtime).toBe("webgpu");
  });

  test("makes every decision of the fixture fit for the log", async () => {
    for (const { spec, call: asked, graph } of fixtureDecisions()) {
      const model = loadModel(spec, snapshot(spec));
      const decision = decide(model, asked, graph);
      expect(decisionRecord.parse(JSON.parse(JSON.stringify(decision)))).toEqual(decision);
    }
  });

  test.each([
    { policy: squareCb(), learner: adaptive({ bits: 8 }) },
    { policy: bagging({ bags: 2 }), learner: adaptive({ bits: 8 }) },
    { policy: thompson(), learner: bayesian({ bits: 8 }) },
  ])("survives numbers of any size in the call, $policy.type", async ({ policy, learner }) => {
    const spec = defineModel({
      name: "sizes",
      policy,
      task: rank(),
      features: { context: { x: field("x") }, action: { y: field("y") } },
      interactions: [
        ["context", "action"],
        ["context", "action", "action"],
      ],
      reward,
      learner,
    });
    const weights = new Float32Array(256).fill(3e38);
    const made = snapshot(spec);
    const model = loadModel(spec, {
      ...made,
      weights,
      ...(policy.type === "bagging" && { beside: votingTables([weights, weights]) }),
      ...(policy.type === "thompson" && { beside: varianceTable(weights, 1e300) }),
    });
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, fc.array(number, { minLength: 1, maxLength: 5 }), (x, ys) => {
        const list = ys.map((y, i) => ({ id: String(i), features: { y } }));
        const decision = decideRank(model, { ...rankCall, context: { x }, actions: list }, null);
        expect(() => decisionRecord.parse(decision)).not.toThrow();
      }),
    );
  });

  test.each([
    ["bagging", { policy: bagging({ bags: 3, epsilon: 0.1 }) }],
    ["cover", { policy: cover({ policies: 2 }) }],
    ["thompson", { policy: thompson(), learner: bayesian({ bits: 10 }) }],
  ] as const)("samples what the snapshot's heads and variances say, %s", async (_, rest) => {
    const spec = defineModel({ ...hero, graph: undefined, ...rest } as unknown as typeof hero);
    const model = loadModel(spec, snapshot(spec));
    const decision = decideRank(model, rankCall, null);
    expect(decisionRecord.parse(decision)).toEqual(decision);
    const hashed = model.featurizer.hash({ ...decision, actions });
    const beliefs = {
      scores: decision.scores,
      committee: snapshot(spec).beside!.tables.map((weights) => new LinearHead(weights, 10).score(hashed)),
      deviations: model.head.deviations?.(hashed) ?? [],
    };
    expect(decision.probabilities).toEqual([...distribution(spec.policy, beliefs, { examples: 40 })]);
    expect(decision.chosen).toBe(sample("s.1", decision.probabilities));
  });

  test("is as unsure as the features are that tell actions apart", async () => {
    const spec = defineModel({
      name: "unsure",
      task: rank(),
      features: { context: { device: field("device") }, action: { size: field("size") } },
      reward,
      policy: thompson(),
      learner: bayesian({ bits: 8 }),
    });
    const made = snapshot(spec);
    const values = new Float32Array(256);
    const { featurizer } = loadModel(spec, made);
    const sizes = [0, 3, -2].map((size, i) => ({ id: String(i), features: { size } }));
    const hashed = featurizer.hash({ ...call, actions: sizes, graph: null });
    const unseen = loadModel(spec, { ...made, beside: varianceTable(values, 0.5) });
    expect([...unseen.head.deviations!(hashed)]).toEqual([0, Math.sqrt(0.5), Math.sqrt(0.5)]);
    const known = loadModel(spec, { ...made, beside: varianceTable(values.fill(0.25), 9) });
    expect([...known.head.deviations!(hashed)]).toEqual([0, 1.5, 1]);
  });

  test("refuses other tasks and no actions", async () => {
    const predicting = loadModel(intent, snapshot(intent));
    const ranking = loadModel(hero, snapshot(hero));
    expect(() => decideRank(predicting, rankCall, null)).toThrow("intent is a predict model: it cannot rank");
    expect(() => decideRank(ranking, { ...rankCall, actions: [] }, null)).toThrow("decision s.1 has no actions");
    expect(() => decidePredict(ranking, call, null)).toThrow("hero is a rank model: it cannot predict");
  });

  test("answers with the chosen action first and the others by falling score", async () => {
    const decision = decideRank(loadModel(hero, snapshot(hero)), rankCall, null);
    const answer = rankResponse({ ...decision, scores: [0.2, 0.5, 0.2], chosen: 2 });
    expect(rankSchema.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({ id: "s.1", model: "hero@1.12", chosen: "film-2" });
    expect(answer.ranking.map(({ id }) => id)).toEqual(["film-2", "film-1", "film-0"]);
    expect(answer.ranking[1]).toEqual({ id: "film-1", score: 0.5, probability: decision.probabilities[1] });
  });
});

describe("decidePredict", () => {
  test("answers the probability of the score", async () => {
    const decision = decidePredict(loadModel(intent, snapshot(intent)), call, null);
    expect(decisionRecord.parse(decision)).toEqual(decision);
    expect(decision.score).not.toBe(0);
    expect(decision.value).toBe(logistic(decision.score));
    const answer = predictResponse(decision);
    const { computedBy, value } = decision;
    expect(predictSchema.parse(answer)).toEqual({ id: "s.1", model: "intent@1.12", computedBy, value });
  });

  test("answers the score itself where a value is predicted", async () => {
    const basket = defineModel({ ...intent, name: "basket", task: predict("value") });
    const decision = decidePredict(loadModel(basket, snapshot(basket)), call, null);
    expect(decision.value).toBe(decision.score);
  });
});

describe("a loaded model", () => {
  test("takes newer snapshots of its version", async () => {
    const model = loadModel(hero, snapshot(hero));
    const newer = withSnapshot(model, snapshot(hero, 13));
    expect(modelLabel(decideRank(newer, rankCall, null))).toBe("hero@1.13");
    expect(newer.featurizer).toBe(model.featurizer);
    expect(() => withSnapshot(model, { ...snapshot(hero), version: 2 })).toThrow("the snapshot is of version 2");
  });

  test.each([
    [{ model: "other" }, "the snapshot has model other, the spec of hero hero"],
    [{ bits: 11 }, "the snapshot has bits 11, the spec of hero 10"],
    [{ link: "logistic" } as const, "the snapshot has link logistic, the spec of hero identity"],
  ])("refuses a snapshot with %j", (change, message) => {
    expect(() => loadModel(hero, { ...snapshot(hero), ...change })).toThrow(message);
  });

  test("refuses a snapshot without the heads or the variances that its policy needs", () => {
    const voting = { ...hero, policy: bagging({ bags: 3 }) };
    expect(() => loadModel(voting, snapshot(hero))).toThrow(
      "has weights alone, the spec of hero asks for 3 heads that vote",
    );
    expect(() => loadModel(hero, snapshot(voting))).toThrow(
      "has 3 heads that vote, the spec of hero asks for weights alone",
    );
    const unsure = { ...hero, policy: thompson(), learner: bayesian({ bits: 10 }) };
    expect(() => loadModel(unsure, snapshot(hero))).toThrow("has weights alone, the spec of hero asks for variances");
  });

  test("refuses a graph that it has no features for", async () => {
    const graph = await Graph.load(ort, similarity);
    expect(() => withGraph(loadModel(intent, snapshot(intent)), graph)).toThrow("the graph does not fit model intent");
  });
});
