import { onnxModel } from "../../shared/artifact/onnx-proto.ts";
import {
  adaptive,
  auto,
  bucket,
  count,
  decayedMean,
  defineModel,
  field,
  lastDistinct,
  predict,
  rank,
  softmax,
  squareCb,
  vector,
} from "../../shared/contract/define.ts";

/** Models to forge decisions of: one that ranks natively, one that ranks with a graph, one that predicts. */

const session = {
  views: count("view", { window: "session" }),
  genres: lastDistinct("view.genre", 5),
  taste: decayedMean("view.content", { halfLife: "5m", size: 3 }),
};
const context = { device: field("device"), hour: field("hour") };
const action = { genre: field("genre"), decade: bucket("year", [1970, 1990, 2010]), content: vector("content", 3) };
const features = { session, context, action };

export const native = defineModel({
  name: "forged-native",
  task: rank(),
  features,
  interactions: [
    ["session", "action"],
    ["context", "action"],
  ],
  reward: { wait: "1h", default: null, aggregate: "first", range: [0, 1] },
  policy: softmax({ lambda: 3 }),
  learner: auto({ bits: 16 }),
});

export const withGraph = defineModel({
  name: "forged-graph",
  task: rank(),
  features,
  interactions: [["context", "graph"]],
  reward: { wait: "1h", default: null, aggregate: "first", range: [0, 1] },
  policy: squareCb({ gamma: 10 }),
  learner: adaptive({ bits: 16 }),
  graph: "./likeness.onnx",
});

export const predicting = defineModel({
  name: "forged-predict",
  task: predict(),
  features: { session, context },
  reward: { wait: "1h", default: null, aggregate: "first" },
  learner: adaptive({ bits: 16 }),
});

/** Output `likeness`: the product of each action's content and the session's taste. */
export const likeness = (): Uint8Array =>
  onnxModel({
    name: "likeness",
    inputs: [
      { name: "session.taste", type: "float32", shape: [1, 3] },
      { name: "action.content", type: "float32", shape: ["A", 3] },
    ],
    outputs: [{ name: "likeness", type: "float32", shape: ["A"] }],
    initializers: [{ name: "axis", dims: [1], data: new BigInt64Array([1n]) }],
    nodes: [
      { op: "Mul", inputs: ["action.content", "session.taste"], outputs: ["products"] },
      { op: "ReduceSum", inputs: ["products", "axis"], outputs: ["likeness"], attributes: { keepdims: { int: 0 } } },
    ],
  });
