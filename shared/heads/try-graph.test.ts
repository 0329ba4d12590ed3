import { existsSync, readFileSync } from "node:fs";
import * as ort from "onnxruntime-web/wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { type OnnxGraph, type OnnxValue, onnxModel } from "../artifact/onnx-proto.ts";
import { bucket, defineModel, field, rank, vector } from "../contract/define.ts";
import { Graph } from "./graph.ts";
import { tryGraph } from "./try-graph.ts";

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

const spec = defineModel({
  name: "cases",
  task: rank(),
  features: {
    context: { count: field("count") },
    action: { content: vector("content", 2), year: field("year"), genre: field("genre"), era: bucket("year", [2000]) },
  },
  reward: { wait: "30s", default: null, aggregate: "first" },
  graph: "./cases.onnx",
});
const actions = [
  { content: [1, 2], year: 1994, genre: "drama" },
  { content: [3, 0.5], year: 2019, genre: "comedy" },
  { content: [0, 0], year: 0, genre: "crime" },
];
const values = (count: number) => ({
  session: {},
  context: {},
  profile: {},
  actions: [...actions, actions[0]!].slice(0, count),
});

const input = (name: string, ...shape: (number | string)[]): OnnxValue => ({ name, type: "float32", shape });
const total = (...shape: (number | string)[]): OnnxValue => ({ name: "total", type: "float32", shape });
const axis = { name: "axis", dims: [1], data: new BigInt64Array([1n]) };
const sum = (parts: Partial<OnnxGraph> = {}, output = "total", keep = 0): Uint8Array =>
  onnxModel({
    name: "sum",
    inputs: [input("action.content", "A", 2)],
    outputs: [total("A")],
    initializers: [axis],
    nodes: [
      {
        op: "ReduceSum",
        inputs: [parts.inputs?.[0]?.name ?? "action.content", "axis"],
        outputs: [output],
        attributes: { keepdims: { int: keep } },
      },
    ],
    ...parts,
  });
const refused = async (bytes: Uint8Array) => (await tryGraph(ort, spec, bytes)).problems.join("; ");

describe("a graph is tried before it is taken", () => {
  test("and taken when it gives one number an action", async () => {
    expect(await tryGraph(ort, spec, sum())).toEqual({ problems: [], warnings: [] });
    expect(await tryGraph(ort, spec, sum({ outputs: [total("A", 1)] }, "total", 1))).toEqual({
      problems: [],
      warnings: [],
    });
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      "an output of two columns",
      sum({ outputs: [total("A", 2)], nodes: [{ op: "Identity", inputs: ["action.content"], outputs: ["total"] }] }),
      /output total has the shape \[A, 2\]/,
    ],
    [
      "rows that are fixed inside",
      sum({
        initializers: [axis, { name: "shape", dims: [2], data: new BigInt64Array([1n, 2n]) }],
        nodes: [
          { op: "Reshape", inputs: ["action.content", "shape"], outputs: ["one"] },
          { op: "ReduceSum", inputs: ["one", "axis"], outputs: ["total"], attributes: { keepdims: { int: 0 } } },
        ],
      }),
      /output total has the shape \[1\]|with 2 actions the graph does not run/,
    ],
    [
      "a fixed number of rows",
      sum({ inputs: [input("action.content", 1, 2)] }),
      /input action\.content has a fixed number of rows \(1\)/,
    ],
    [
      "a name that no record takes",
      sum({ outputs: [{ name: "x".repeat(200), type: "float32", shape: ["A"] }] }, "x".repeat(200)),
      /output x{60}… \(200 characters\) has a name/,
    ],
    [
      "an input of another type",
      onnxModel({
        name: "ids",
        inputs: [{ name: "action.year", type: "int64", shape: ["A", 1] }],
        outputs: [{ name: "total", type: "int64", shape: ["A", 1] }],
        nodes: [{ op: "Identity", inputs: ["action.year"], outputs: ["total"] }],
      }),
      /input action\.year is int64 of shape \[A, 1\], and must be float32/,
    ],
    [
      "an input that no feature provides",
      sum({ inputs: [input("action.nothing", "A", 2)] }),
      /input action\.nothing is no feature of the spec/,
    ],
    [
      "an input that is text by the spec",
      sum({ inputs: [input("action.era", "A", 1)] }),
      /input action\.era takes numbers, and the feature \(bucket\) is text/,
    ],
    ["no graph at all", new Uint8Array(4000), /ONNX Runtime cannot load the file as a graph/],
  ])("and refused for %s", async (_, bytes, problem) => {
    expect(await refused(bytes)).toMatch(problem);
  });

  test("a value that is text is told of once", async () => {
    const told: string[] = [];
    const graph = await Graph.load(ort, sum({ inputs: [input("action.genre", "A", 1)] }), (message) =>
      told.push(message),
    );
    await graph.run(values(3));
    await graph.run(values(1));
    expect(told).toEqual(['graph input action.genre takes a number, and was given the text "drama": the graph sees 0']);
    await graph.release();
  });
});

const CASES = new URL("../../../shared/cases/page/", import.meta.url);
describe.skipIf(!existsSync(CASES))("files from the world", () => {
  const file = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.onnx`, CASES)));

  test.each<[string, Record<string, number[]>]>([
    ["base", { total: [3, 3.5, 0] }],
    ["column-output", { total: [3, 3.5, 0] }],
    ["two-outputs", { plus: [3, 3.5, 0], minus: [-3, -3.5, -0] }],
    ["double-output", { total: [3, 3.5, 0] }],
    ["int64-output", { label: [1, 0, 0] }],
    ["opset-7", { total: [3, 3.5, 0] }],
    ["weights-as-inputs", { total: [3, 3.5, 0] }],
    ["quantised", { total: [3, 3.494, 0] }],
  ])("%s is taken, with 1, 3 and 4 actions", async (name, expected) => {
    expect(await tryGraph(ort, spec, file(name))).toEqual({ problems: [], warnings: [] });
    const graph = await Graph.load(ort, file(name));
    // What is quantised depends on all rows of a call.
    for (const count of [3, 1, 4])
      for (const [output, list] of Object.entries(await graph.run(values(count))))
        [...expected[output]!, expected[output]![0]!].slice(0, count).forEach((x, i) => {
          expect(list[i]).toBeCloseTo(x, name === "quantised" ? 1 : 6);
        });
    await graph.release();
  });

  test.each<[string, RegExp]>([
    ["label-and-probabilities", /output probabilities/],
    ["softmax-only", /output p /],
    ["fixed-batch-1", /input action\.content/],
    ["long-output-name", /output .*200 characters/],
    ["float16-output", /output total is float16/],
    ["int64-input", /input action\.year is int64/],
    ["corrupt", /cannot load the file as a graph/],
  ])("%s is refused by name", async (name, problem) => {
    const problems = await refused(file(name));
    expect(problems).toMatch(problem);
    expect(problems).not.toMatch(/\n| at /);
  });
});
