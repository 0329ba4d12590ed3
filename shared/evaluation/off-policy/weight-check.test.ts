import { expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import { isFarFromOne } from "./weight-check.ts";

const NOBODY_KNOWS = Number.POSITIVE_INFINITY;

function check(weights: readonly number[], bound = NOBODY_KNOWS) {
  const mean = weights.reduce((sum, w) => sum + w, 0) / weights.length;
  const meanSquare = weights.reduce((sum, w) => sum + w * w, 0) / weights.length;
  return isFarFromOne({ count: weights.length, mean, meanSquare, largest: Math.max(...weights), bound });
}

/** Weights of the uniform policy among K actions on a log of an epsilon-greedy one. */
function weights(seed: number, n: number, count: number, epsilon: number): number[] {
  const random = seededRandom(seed);
  const best = 1 - epsilon + epsilon / count;
  return Array.from({ length: n }, () => 1 / count / (random() < best ? best : epsilon / count));
}

test("weights of right propensities are not called wrong, rare ones neither", () => {
  let wrong = 0;
  for (let seed = 1; seed <= 300; seed++)
    for (const [count, epsilon] of [
      [3, 0.3],
      [10, 0.1],
      [10, 0.02],
      [100, 0.05],
    ] as const)
      if (check(weights(seed, 1000, count, epsilon), count === 3 ? 1 / epsilon : NOBODY_KNOWS)) wrong++;
  expect(wrong).toBe(0);
});

test("propensities that are twice or half of what they should be are", () => {
  expect(check(weights(1, 1000, 3, 0.3).map((w) => w / 2))).toBe("below");
  expect(check(weights(1, 1000, 3, 0.3).map((w) => w * 2))).toBe("above");
  expect(check(Array(1000).fill(2 / 3))).toBe("below");
  expect(check(Array(29).fill(2 / 3))).toBeNull();
});
