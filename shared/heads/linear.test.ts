import { expect, test } from "vitest";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { LinearHead } from "./linear.ts";

const rows: [number, number][][] = [
  [
    [0, 1],
    [3, 0.1],
    [3, 0.2],
  ],
  [],
  [[255, -2]],
];
const decision = {
  count: rows.length,
  expand(action: number, into: FeatureBuffer) {
    into.clear();
    for (const [index, value] of rows[action]!) into.push(index, value);
  },
};

test("a score is the sum of weight times value, one an action, in 64 bits", () => {
  const weights = new Float32Array(256);
  weights.set([0.5, 0, 0, 0.3]);
  weights[255] = 4;
  const w = Math.fround(0.3);
  expect([...new LinearHead(weights, 8).score(decision)]).toEqual([0.5 + w * 0.1 + w * 0.2, 0, -8]);
});

test("weights of another size are refused", () => {
  expect(() => new LinearHead(new Float32Array(255), 8)).toThrow("a head of 8 bits has 256 weights, not 255");
});
