import * as ort from "onnxruntime-web/wasm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Graph } from "../../shared/heads/graph.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { films } from "./films.ts";
import { homeHeroGraph } from "./graph.ts";
import spec from "./spec.ts";

let graph: Graph;
beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  graph = await Graph.load(ort as unknown as OnnxRuntime, homeHeroGraph());
});
afterAll(() => graph.release());

const actions = films.map((f) => ({ content: [...f.content] }));
const run = (taste: number[] | null, recent: number[] | null, films = actions) =>
  graph.run({ session: { taste, recent }, context: {}, profile: {}, actions: films });

/** The definition, in 64 bits. */
function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  return dot(a, b) / Math.max(1e-6, Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b)));
}

function expectClose(values: number[], expected: number[]): void {
  expect(values).toHaveLength(expected.length);
  for (const [i, v] of values.entries()) expect(Math.abs(v - expected[i]!), `value ${i}`).toBeLessThan(1e-6);
}

test("the outputs are those of the definition, for many tastes", async () => {
  for (const [i, film] of films.entries()) {
    const taste = film.content.map((x, axis) => x * 0.7 + films[(i + 3) % 30]!.content[axis]! * 0.3);
    const recent = films[(i * 7 + 1) % 30]!.content;
    const { similarity, novelty } = await run(taste, [...recent]);
    expectClose(
      similarity!,
      films.map((f) => cosine(f.content, taste)),
    );
    expectClose(
      novelty!,
      films.map((f) => 1 - Math.max(0, cosine(f.content, recent))),
    );
  }
});

test("without a taste nothing is similar and all is new", async () => {
  for (const nothing of [null, new Array(8).fill(0)]) {
    const { similarity, novelty } = await run(nothing, nothing);
    expect(similarity).toEqual(new Array(30).fill(0));
    expect(novelty).toEqual(new Array(30).fill(1));
  }
});

test("one film, and a film without content, are served too", async () => {
  const taste = [...films[0]!.content];
  expectClose((await run(taste, taste, [actions[0]!])).similarity!, [1]);
  expectClose((await run(taste, taste, [actions[0]!])).novelty!, [0]);
  expectClose((await run(taste, taste, [{ content: new Array(8).fill(0) }])).similarity!, [0]);
});

test("the file is the same every time, and its inputs are features of the spec", () => {
  expect(homeHeroGraph()).toEqual(homeHeroGraph());
  const { session, action } = spec.features;
  for (const input of graph.inputs) {
    const [namespace, name] = input.split(".") as ["session" | "action", string];
    expect({ session, action }[namespace][name], input).toMatchObject({ size: graph.inputSize(input) });
  }
  expect(graph.outputs).toEqual(["similarity", "novelty"]);
});
