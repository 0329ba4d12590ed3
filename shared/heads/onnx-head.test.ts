import * as ort from "onnxruntime-web/wasm";
import { beforeAll, expect, test } from "vitest";
import { FixtureRandom } from "../../conformance/random.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { exportHead } from "../heads/onnx-export.ts";
import { logistic } from "../math/logistic.ts";
import { LinearHead } from "./linear.ts";
import { OnnxHead } from "./onnx-head.ts";

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
});

const random = new FixtureRandom(5);
const snapshot: SnapshotData = {
  model: "séance",
  version: 1,
  number: 3,
  bits: 10,
  link: "logistic",
  examples: 9,
  weights: Float32Array.from({ length: 1024 }, () => random.next() - 0.5),
};
const rows = [1, 40, 7].map((length) =>
  Array.from({ length }, (): [number, number] => [random.whole(1024), 2 * random.next() - 1]),
);
const decision = {
  count: rows.length,
  expand(action: number, into: FeatureBuffer) {
    into.clear();
    for (const [index, value] of rows[action]!) into.push(index, value);
  },
};

test("an exported head agrees with the native one within 1e-5, for actions of different length", async () => {
  const head = await OnnxHead.load(ort, exportHead(snapshot, "{}"));
  const scores = await head.score(decision);
  const native = new LinearHead(snapshot.weights, 10).score(decision);
  expect(scores).toHaveLength(3);
  for (let i = 0; i < 3; i++) expect(Math.abs(scores[i]! - native[i]!)).toBeLessThan(1e-5);
  await head.release();
});

test("an exported head of a probability has it as a second output, and takes indices of 64 bits from anybody", async () => {
  const session = await ort.InferenceSession.create(exportHead(snapshot, "{}"));
  expect(session.inputNames).toEqual(["indices", "values"]);
  expect(session.outputNames).toEqual(["score", "value"]);
  const { score, value } = await session.run({
    indices: new ort.Tensor("int64", new BigInt64Array([3n, 1023n]), [1, 2]),
    values: new ort.Tensor("float32", new Float32Array([1, 2]), [1, 2]),
  });
  const expected = snapshot.weights[3]! + 2 * snapshot.weights[1023]!;
  expect(score!.data[0]).toBeCloseTo(expected, 6);
  expect(value!.data[0]).toBeCloseTo(logistic(expected), 6);
  expect((await ort.InferenceSession.create(exportHead({ ...snapshot, link: "identity" }, "{}"))).outputNames).toEqual([
    "score",
  ]);
});

test("an exported head carries its spec and label, as text that is found in the file", () => {
  const file = new TextDecoder().decode(exportHead(snapshot, '{"name":"séance"}'));
  expect(file).toContain('{"name":"séance"}');
  expect(file).toContain("séance@1.3");
  expect(file).toContain("edgewise.hashing");
});

test("bytes that are no ONNX file are refused", async () => {
  await expect(OnnxHead.load(ort, new Uint8Array([1, 2, 3]))).rejects.toThrow("protobuf");
});
