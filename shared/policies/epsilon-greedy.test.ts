import { describe, expect, test } from "vitest";
import { epsilonGreedy } from "./policies.ts";

const distribution = (scores: number[], epsilon: number) => [
  ...epsilonGreedy.distribution(epsilonGreedy({ epsilon }), { scores }, { examples: 0 }),
];

describe("epsilon-greedy", () => {
  test("spreads epsilon over all and the rest over those tied with the best", () => {
    expect(distribution([1, 3, 2, 3], 0.2)).toEqual([0.05, 0.45, 0.05, 0.45]);
  });

  test("counts scores within 1e-4 of their size as tied", () => {
    expect(distribution([1, 1.0001], 0)).toEqual([0.5, 0.5]);
    expect(distribution([1, 1.0003], 0)).toEqual([0, 1]);
    expect(distribution([0, 1e-9], 0)).toEqual([0, 1]);
  });

  test("ties an infinite score with its equals only", () => {
    const [best, worst] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(distribution([1, worst, 1], 0)).toEqual([0.5, 0, 0.5]);
    expect(distribution([1, best], 0)).toEqual([0, 1]);
    expect(distribution([worst, worst], 0)).toEqual([0.5, 0.5]);
  });

  test("gives nothing that it may choose less than what weighing by 1 / propensity takes for the least", () => {
    for (const epsilon of [0.01, 0.3, 1])
      expect(Math.min(...distribution([3, 1, 2], epsilon))).toBeCloseTo(
        epsilonGreedy.leastPropensity(epsilonGreedy({ epsilon }), 3, 0),
        12,
      );
    expect(epsilonGreedy.leastPropensity(epsilonGreedy({ epsilon: 0 }), 3, 0)).toBe(1 / 3);
  });
});
