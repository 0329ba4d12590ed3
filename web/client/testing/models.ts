import { onnxModel } from "../../../shared/artifact/onnx-proto.ts";
import {
  adaptive,
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

/** Models that tests deploy, each under a name of its own: `deploy(named(fruit))`. */

/** A rank model that always takes the best fruit, so that a test can tell from the choice what was learned. */
export const fruit: ModelSpec = defineModel({
  name: "fruit",
  task: rank(),
  features: {
    session: { bites: count("bite", { window: "session" }), latest: last("bite.kind") },
    context: { season: field("season") },
    action: { kind: field("kind") },
  },
  interactions: [["session", "action"]],
  reward: { wait: "1m", default: null, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0 }),
  learner: adaptive(),
});

export const intent: ModelSpec = defineModel({
  name: "intent",
  task: predict(),
  features: { context: { pages: field("pages") } },
  reward: { wait: "1m", default: null, aggregate: "first" },
  learner: adaptive(),
});

/** Learns a weight for every tag. */
export const tagged: ModelSpec = defineModel({
  name: "tagged",
  task: rank(),
  features: { action: { tags: field("tags") } },
  reward: { wait: "1m", default: null, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0 }),
  learner: adaptive(),
});

/** Ranks by the sum of a vector, which only its graph can see. */
export const sums: ModelSpec = defineModel({
  name: "sums",
  task: rank(),
  features: { action: { content: vector("content", 2) } },
  reward: { wait: "1m", default: null, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0 }),
  learner: adaptive(),
  graph: "./sums.onnx",
});

/** The graph of `sums`: output `total`. */
export const sumsGraph = (): Uint8Array =>
  onnxModel({
    name: "sums",
    inputs: [{ name: "action.content", type: "float32", shape: ["A", 2] }],
    outputs: [{ name: "total", type: "float32", shape: ["A"] }],
    initializers: [{ name: "axis", dims: [1], data: new BigInt64Array([1n]) }],
    nodes: [
      { op: "ReduceSum", inputs: ["action.content", "axis"], outputs: ["total"], attributes: { keepdims: { int: 0 } } },
    ],
  });

export const fruits = ["apple", "banana", "cherry"].map((kind) => ({ id: kind, features: { kind } }));

/** The spec under a name that no other test has. */
export const named = (spec: ModelSpec): ModelSpec => ({
  ...spec,
  name: `${spec.name}-${crypto.randomUUID().slice(0, 8)}`,
});
