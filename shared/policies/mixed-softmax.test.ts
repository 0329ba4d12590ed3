import { expect, test } from "vitest";
import { mixedSoftmax } from "./policies.ts";

const distribution = (scores: number[], lambda: number, epsilon: number) => [
  ...mixedSoftmax.distribution(mixedSoftmax({ lambda, epsilon }), { scores }, { examples: 0 }),
];

test("a share of epsilon is uniform, and the rest is softmax", () => {
  const [worse, better] = [1 / (1 + Math.exp(1)), 1 / (1 + Math.exp(-1))];
  const [first, second] = distribution([1, 3], 0.5, 0.2);
  expect(first).toBeCloseTo(0.1 + 0.8 * worse, 14);
  expect(second).toBeCloseTo(0.1 + 0.8 * better, 14);
  expect(distribution([1, 3, 2, 0], 1e6, 0.2)).toEqual([0.05, 0.05 + 0.8, 0.05, 0.05]);
});

test("an infinite score takes all but epsilon, and equals share", () => {
  const best = Number.POSITIVE_INFINITY;
  expect(distribution([1, best, best], 1, 0)).toEqual([0, 0.5, 0.5]);
  expect(distribution([5, 5], 1e6, 0.5)).toEqual([0.5, 0.5]);
  expect(() => distribution([Number.NaN, best], 1, 0)).toThrow("score 0 is not a number");
});
