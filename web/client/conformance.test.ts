import { expect, test } from "vitest";
import { onnxAgreement, runConformance } from "../../conformance/conformance.ts";
import { expected } from "../../conformance/expected.ts";
import { loadOrt } from "./ort.ts";

test("Chromium decides, scores and learns the fixture to the last bit as expected", async () => {
  expect(runConformance()).toEqual(expected);
});

test("ONNX Runtime in Chromium agrees with the native head within 1e-5", async () => {
  expect(await onnxAgreement(await loadOrt(location.origin))).toBeLessThanOrEqual(1e-5);
});
