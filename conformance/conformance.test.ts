import * as ort from "onnxruntime-web/wasm";
import { expect, test } from "vitest";
import { onnxAgreement, runConformance } from "./conformance.ts";
import { fixtureDecisions } from "./decisions.ts";
import { expected } from "./expected.ts";

test("Node decides, scores and learns the fixture to the last bit as expected", () => {
  expect(runConformance()).toEqual(expected);
});

test("the fixture has 1 to 50 actions, with and without a graph", () => {
  const decisions = fixtureDecisions();
  const counts = decisions.filter(({ spec }) => spec.task.type === "rank").map(({ call }) => call.actions.length);
  expect([Math.min(...counts), Math.max(...counts)]).toEqual([1, 50]);
  expect(new Set(decisions.map(({ graph }) => graph !== null))).toEqual(new Set([true, false]));
});

test("ONNX Runtime agrees with the native head within 1e-5", async () => {
  ort.env.wasm.numThreads = 1;
  expect(await onnxAgreement(ort)).toBeLessThan(1e-5);
});
