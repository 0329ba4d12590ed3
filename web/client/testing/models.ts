import { onnxModel } from "../../../shared/artifact/onnx-proto.ts";
import {
  count,
  defineModel,
  epsilonGreedy,
  field,
  last,
  predict,
  rank,
  vector,
} from "../../../shared/contract/define.ts";
import type { ModelSpec } from "../../../shared/contract/spec.ts";
import { hashFeature, hashNamespace } from "../../../shared/features/hash.ts";
import type { Publication } from "./control.ts";

/** A rank model that always takes the best fruit, so that a test can tell from the choice which weights decided. */
export const fruit: ModelSpec = defineModel({
  name: "fruit",
  task: rank(),
  features: {
    session: { bites: count("bite", { window: "session" }), latest: last("bite.kind") },
    context: { season: field("season") },
    action: { kind: field("kind") },
  },
  interactions: [["session", "action"]],
  reward: { wait: "1m", default: 0, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0 }),
});

export const intent: ModelSpec = defineModel({
  name: "intent",
  task: predict(),
  features: { context: { pages: field("pages") } },
  reward: { wait: "1m", default: null, aggregate: "first" },
});

/** Ranks by the sum of a vector, which only its graph can see. */
const sums: ModelSpec = defineModel({
  name: "sums",
  task: rank(),
  features: { action: { content: vector("content", 2) } },
  reward: { wait: "1m", default: 0, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0 }),
  graph: "./sums.onnx",
});

/** Feature `graph.total` has weight 1. */
export function sumsPublication(number: number): Publication {
  const graph = onnxModel({
    name: "sums",
    inputs: [{ name: "action.content", type: "float32", shape: ["A", 2] }],
    outputs: [{ name: "total", type: "float32", shape: ["A"] }],
    initializers: [{ name: "axis", dims: [1], data: new BigInt64Array([1n]) }],
    nodes: [
      { op: "ReduceSum", inputs: ["action.content", "axis"], outputs: ["total"], attributes: { keepdims: { int: 0 } } },
    ],
  });
  const index = (hashFeature("total", hashNamespace("graph")) & (2 ** sums.learner.bits - 1)) >>> 0;
  return { spec: sums, version: 1, number, weights: [[index, 1]], graph: [...graph] };
}

/** @param liking How good each kind of fruit is. */
export function fruitPublication(number: number, liking: Record<string, number>): Publication {
  const kind = hashFeature("kind", hashNamespace("action"));
  const mask = 2 ** fruit.learner.bits - 1;
  const weights = Object.entries(liking).map(([name, weight]): [number, number] => [
    (hashFeature(name, kind) & mask) >>> 0,
    weight,
  ]);
  return { spec: fruit, version: 1, number, weights };
}

export const fruits = ["apple", "banana", "cherry"].map((kind) => ({ id: kind, features: { kind } }));
