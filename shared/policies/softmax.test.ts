import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { softmax } from "./policies.ts";
import type { Experience } from "./policy.ts";

const scores = fc.array(fc.double({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 1, maxLength: 30 });
const distribution = (of: number[], lambda: number) => [
  ...softmax.distribution(softmax({ lambda }), { scores: of }, { examples: 0 }),
];

describe("softmax", () => {
  test("is a distribution in the order of the scores, and does not see a shift", () => {
    fc.assert(
      fc.property(scores, fc.double({ noNaN: true, min: 0, max: 100 }), (s, lambda) => {
        const p = distribution(s, lambda);
        expect(p.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        for (let i = 1; i < s.length; i++) if (s[i]! > s[0]!) expect(p[i]).toBeGreaterThanOrEqual(p[0]!);
        const shifted = distribution(
          s.map((x) => x + 64),
          lambda,
        );
        for (let i = 0; i < s.length; i++) expect(shifted[i]).toBeCloseTo(p[i]!, 9);
      }),
    );
  });

  test("of two scores is the logistic of their difference", () => {
    expect(distribution([1, 3], 0.5)[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 14);
    expect(distribution([1, -Number.MAX_VALUE], 0)).toEqual([0.5, 0.5]);
    expect(distribution([5, 5, 5, 5], 1e9)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test("with nothing set it is greedier with the root of the examples, in units of what rewards scatter by", () => {
    const at = (of: number[], experience: Experience) => [
      ...softmax.distribution(softmax(), { scores: of }, experience),
    ];
    const scores = [0.02, 0.03];
    expect(at(scores, { examples: 0 })).toEqual([0.5, 0.5]);
    expect(at(scores, { examples: 10_000, rewardRange: 0.25 })[1]).toBeCloseTo(1 / (1 + Math.exp(-12)), 12);
    // A hundred times the rewards are chosen alike, and the root of a hundred times the examples tells ten times as much.
    expect(at([2, 3], { examples: 10_000, rewardRange: 25 })[1]).toBeCloseTo(1 / (1 + Math.exp(-12)), 12);
    expect(at(scores, { examples: 100, rewardRange: 0.25 })[1]).toBeCloseTo(1 / (1 + Math.exp(-1.2)), 12);
    expect(at([1, 1, 0], { examples: 1000, rewardRange: Number.MIN_VALUE })).toEqual([0.5, 0.5, 0]);
    expect(at(scores, { examples: 1e9 })).toEqual(at(scores, { examples: 50_000 }));
  });
});
