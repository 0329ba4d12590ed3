import * as ort from "onnxruntime-web/wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { type OnnxGraph, type OnnxNode, type OnnxValue, onnxModel } from "../artifact/onnx-proto.ts";
import { decayedMean, defineModel, field, rank, vector } from "../contract/define.ts";
import type { ModelSpecInput } from "../contract/spec.ts";
import { checkGraph, Graph } from "./graph.ts";

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

const input = (name: string, ...shape: (number | string)[]): OnnxValue => ({ name, type: "float32", shape });
const output = (name: string): OnnxValue => ({ name, type: "float32", shape: ["A"] });
const dot: OnnxNode[] = [
  { op: "Mul", inputs: ["action.content", "session.taste"], outputs: ["products"] },
  { op: "ReduceSum", inputs: ["products", "axes"], outputs: ["similarity"], attributes: { keepdims: { int: 0 } } },
];
const similarity: OnnxGraph = {
  name: "similarity",
  inputs: [input("session.taste", 1, 2), input("action.content", "A", 2)],
  outputs: [output("similarity")],
  initializers: [{ name: "axes", dims: [1], data: new BigInt64Array([1n]) }],
  nodes: dot,
};
const load = (graph: OnnxGraph) => Graph.load(ort, onnxModel(graph));
const nothing = { session: {}, context: {}, profile: {} };

describe("a graph", () => {
  test("gets vectors by the names of features and gives a value an action", async () => {
    const graph = await load(similarity);
    expect(graph.inputs).toEqual(["session.taste", "action.content"]);
    expect(graph.outputs).toEqual(["similarity"]);
    const actions = [{ content: [1, 2] }, { content: [0.5, 0] }, { content: [-1, 1] }];
    expect(await graph.run({ ...nothing, session: { taste: [2, 1] }, actions })).toEqual({ similarity: [4, 1, -1] });
    await graph.release();
  });

  test("gets zeros for what is missing or has another length", async () => {
    const graph = await load(similarity);
    const actions = [{ content: [1, 2] }, {}, { content: null }, { content: [1, 2, 3] }, { content: ["a", "b"] }];
    expect(await graph.run({ ...nothing, session: { taste: [2, 1] }, actions })).toEqual({
      similarity: [4, 0, 0, 0, 0],
    });
    expect(await graph.run({ ...nothing, actions })).toEqual({ similarity: [0, 0, 0, 0, 0] });
  });

  test("gets scalars as vectors of length 1, of any namespace", async () => {
    const graph = await load({
      name: "scalars",
      inputs: [input("context.hour", 1, 1), input("profile.tenure", 1, 1), input("action.price", "A", 1)],
      outputs: [{ name: "sum", type: "float32", shape: ["A", 1] }],
      nodes: [
        { op: "Add", inputs: ["context.hour", "profile.tenure"], outputs: ["shared"] },
        { op: "Add", inputs: ["shared", "action.price"], outputs: ["sum"] },
      ],
    });
    const actions = [{ price: 0.25 }, { price: true }, { price: "x" }];
    const values = { session: {}, context: { hour: 3 }, profile: { tenure: 10 }, actions };
    expect(await graph.run(values)).toEqual({ sum: [13.25, 14, 13] });
  });

  test("has 0 where an output is not finite", async () => {
    const graph = await load({
      name: "logarithm",
      inputs: [input("action.price", "A", 1)],
      outputs: [{ ...output("log"), shape: ["A", 1] }],
      nodes: [{ op: "Log", inputs: ["action.price"], outputs: ["log"] }],
    });
    const actions = [{ price: 1 }, { price: 0 }, { price: -1 }];
    expect(await graph.run({ ...nothing, actions })).toEqual({ log: [0, 0, 0] });
  });

  test("whose output has another number of values than there are actions says so", async () => {
    const graph = await load({
      name: "taste",
      inputs: [input("session.taste", 1, 2)],
      outputs: [{ name: "double", type: "float32", shape: [1, 2] }],
      nodes: [{ op: "Add", inputs: ["session.taste", "session.taste"], outputs: ["double"] }],
    });
    const run = graph.run({ ...nothing, actions: [{}, {}, {}] });
    await expect(run).rejects.toThrow("graph output double does not have one value for each of the 3 actions");
  });

  test.each([
    ["an input that is named after no namespace", input("taste", 1, 2), "must be named session.*"],
    ["an input of open length", input("session.taste", 1, "D"), "must be float32 of shape [rows, D] with a fixed D"],
    ["an input of three dimensions", input("session.taste", 1, 2, 3), "must be float32 of shape"],
    [
      "an input of whole numbers",
      { ...input("session.taste", 1, 2), type: "int64" } as const,
      "must be float32 of shape",
    ],
  ])("with %s is refused", async (_, wrong, message) => {
    const outputs = [{ ...wrong, name: "y" }];
    const graph = {
      name: "g",
      inputs: [wrong],
      outputs,
      nodes: [{ op: "Identity", inputs: [wrong.name], outputs: ["y"] }],
    };
    await expect(load(graph)).rejects.toThrow(message);
  });

  test("that is no ONNX file is refused", async () => {
    await expect(Graph.load(ort, new Uint8Array(10).fill(7))).rejects.toThrow();
  });
});

describe("checkGraph", () => {
  const spec = (features: ModelSpecInput["features"]) =>
    defineModel({ name: "hero", task: rank(), features, reward: { wait: "1m", default: 0, aggregate: "first" } });

  test("takes a graph whose inputs are features", async () => {
    const features = {
      session: { taste: decayedMean("view.content", { halfLife: "1m", size: 2 }) },
      action: { content: vector("content", 2) },
    };
    const graph = await load(similarity);
    expect(() => checkGraph(spec(features), graph)).not.toThrow();
  });

  test("names every input that no feature provides", async () => {
    const graph = await load(similarity);
    const features = { context: { taste: field("taste") }, action: { content: vector("content", 3) } };
    expect(() => checkGraph(spec(features), graph)).toThrow(
      "the graph does not fit model hero: input session.taste is no feature of the spec; " +
        "input action.content has length 2, the feature has 3",
    );
  });
});
