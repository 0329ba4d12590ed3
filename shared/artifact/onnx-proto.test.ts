import * as ort from "onnxruntime-web/wasm";
import { beforeAll, expect, test } from "vitest";
import { onnxModel } from "./onnx-proto.ts";

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

test("ONNX Runtime runs what is written: every kind of attribute and tensor", async () => {
  const file = onnxModel({
    name: "all",
    inputs: [{ name: "x", type: "float32", shape: ["N", 3] }],
    outputs: [{ name: "y", type: "float32", shape: [3, "N"] }],
    initializers: [
      { name: "order", dims: [3], data: new Int32Array([2, 0, 1]) },
      { name: "slope", dims: [1], data: new Float32Array([0.5]) },
      { name: "minus", dims: [], data: new BigInt64Array([-1n]) },
    ],
    nodes: [
      { op: "Gather", inputs: ["x", "order"], outputs: ["gathered"], attributes: { axis: { int: -1 } } },
      { op: "Transpose", inputs: ["gathered"], outputs: ["turned"], attributes: { perm: { ints: [1, 0] } } },
      { op: "LeakyRelu", inputs: ["turned"], outputs: ["relu"], attributes: { alpha: { float: 0.25 } } },
      { op: "Constant", inputs: [], outputs: ["rise"], attributes: { value_floats: { floats: [10, 20, 30] } } },
      { op: "Unsqueeze", inputs: ["rise", "minus"], outputs: ["column"] },
      { op: "Add", inputs: ["relu", "column"], outputs: ["sum"] },
      { op: "PRelu", inputs: ["sum", "slope"], outputs: ["y"] },
    ],
    metadata: { author: "Ünï" },
  });
  const session = await ort.InferenceSession.create(file);
  expect(session.inputMetadata[0]).toMatchObject({ name: "x", type: "float32", shape: ["N", 3] });
  const x = new ort.Tensor("float32", new Float32Array([1, -2, 3, -4, 5, -400]), [2, 3]);
  const { y } = await session.run({ x });
  expect(y!.dims).toEqual([3, 2]);
  expect([...(y!.data as Float32Array)]).toEqual([13, -45, 21, 19, 29.5, 35]);
  expect(new TextDecoder().decode(file)).toContain("Ünï");
});

test("a string attribute arrives", async () => {
  const file = onnxModel({
    name: "pad",
    inputs: [{ name: "x", type: "float32", shape: [2] }],
    outputs: [{ name: "y", type: "float32", shape: [4] }],
    initializers: [{ name: "pads", dims: [2], data: new BigInt64Array([1n, 1n]) }],
    nodes: [{ op: "Pad", inputs: ["x", "pads"], outputs: ["y"], attributes: { mode: { string: "edge" } } }],
  });
  const session = await ort.InferenceSession.create(file);
  const { y } = await session.run({ x: new ort.Tensor("float32", new Float32Array([1, 2]), [2]) });
  expect([...(y!.data as Float32Array)]).toEqual([1, 1, 2, 2]);
});

test("an initializer that does not fit its dimensions is refused", () => {
  const initializers = [{ name: "w", dims: [2, 3], data: new Float32Array(5) }];
  expect(() => onnxModel({ name: "bad", inputs: [], outputs: [], initializers, nodes: [] })).toThrow(
    "initializer w of [2,3] has 5 values, not 6",
  );
});

test("a view into a larger buffer is written as the view", () => {
  const large = new Float32Array([9, 1.5, 9]);
  const file = onnxModel({
    name: "view",
    inputs: [],
    outputs: [],
    initializers: [{ name: "w", dims: [1], data: large.subarray(1, 2) }],
    nodes: [],
  });
  const bytes = Buffer.from(file);
  expect(bytes.includes(Buffer.from(new Float32Array([1.5]).buffer))).toBe(true);
  expect(bytes.includes(Buffer.from(new Float32Array([9]).buffer))).toBe(false);
});
