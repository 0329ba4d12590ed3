import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "../spec/model.ts";
import { distribution } from "./distribution.ts";
import { probabilities as epsilonGreedy } from "./epsilon-greedy.ts";
import { probabilities as squareCb } from "./square-cb.ts";

const score = fc.oneof(
  fc.double({ noNaN: true, min: -10, max: 10 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, 1.00001, 1e-300, -1e308, 1e308, Number.MAX_VALUE, -Number.MAX_VALUE),
);
const scores = fc.array(score, { minLength: 1, maxLength: 50 });
const policy: fc.Arbitrary<Policy> = fc.oneof(
  fc.record({ type: fc.constant("epsilonGreedy" as const), epsilon: fc.double({ noNaN: true, min: 0, max: 1 }) }),
  fc.record({
    type: fc.constant("squareCb" as const),
    gamma: fc.double({ noNaN: true, min: 1e-3, max: 1e6 }),
    exponent: fc.constantFrom(0, 0.3, 0.5, 1),
  }),
);
const examples = fc.nat(1e9);
const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

describe("a policy's distribution", () => {
  test("has no negative probability and sums to 1", () => {
    fc.assert(
      fc.property(policy, scores, examples, (p, s, n) => {
        const result = distribution(p, s, n);
        expect(result).toHaveLength(s.length);
        expect(result.every((x) => x >= 0 && x <= 1)).toBe(true);
        expect(Math.abs(sum(result) - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 1000 },
    );
  });

  test("never gives a higher score a lower probability", () => {
    fc.assert(
      fc.property(policy, scores, examples, (p, s, n) => {
        const result = distribution(p, s, n);
        for (let i = 0; i < s.length; i++)
          for (let j = 0; j < s.length; j++)
            if (s[i]! > s[j]!) expect(result[i]).toBeGreaterThanOrEqual(result[j]! - 1e-15);
      }),
    );
  });

  test("does not depend on the order of the actions", () => {
    fc.assert(
      fc.property(policy, scores, examples, fc.infiniteStream(fc.nat()), (p, s, n, keys) => {
        const order = s.map((_, i) => ({ i, key: keys.next().value! })).sort((a, b) => a.key - b.key);
        const result = distribution(p, s, n);
        const permuted = distribution(
          p,
          order.map(({ i }) => s[i]!),
          n,
        );
        order.forEach(({ i }, at) => {
          expect(Math.abs(permuted[at]! - result[i]!)).toBeLessThan(1e-12);
        });
      }),
    );
  });

  test("is certain with one action", () => {
    fc.assert(
      fc.property(policy, score, examples, (p, s, n) => {
        expect(distribution(p, [s], n)[0]).toBeCloseTo(1, 14);
      }),
    );
  });

  test("is uniform when all are tied", () => {
    fc.assert(
      fc.property(policy, score, fc.integer({ min: 1, max: 50 }), examples, (p, s, count, n) => {
        for (const x of distribution(p, Array(count).fill(s), n)) expect(x).toBeCloseTo(1 / count, 12);
      }),
    );
  });

  test.each([
    { type: "epsilonGreedy", epsilon: 0.1 } as const,
    { type: "squareCb", gamma: 10, exponent: 0.5 } as const,
  ])("of $type refuses no scores and scores that are no numbers", (p) => {
    expect(() => distribution(p, [], 0)).toThrow("there are no scores");
    expect(() => distribution(p, [1, Number.NaN], 0)).toThrow("score 1 is not a number");
  });
});

describe("epsilon-greedy", () => {
  test("spreads epsilon over all and the rest over those tied with the best", () => {
    expect([...epsilonGreedy([1, 3, 2, 3], 0.2)]).toEqual([0.05, 0.45, 0.05, 0.45]);
  });

  test("counts scores within 1e-4 of their size as tied", () => {
    expect([...epsilonGreedy([1, 1.0001], 0)]).toEqual([0.5, 0.5]);
    expect([...epsilonGreedy([1, 1.0003], 0)]).toEqual([0, 1]);
    expect([...epsilonGreedy([0, 1e-9], 0)]).toEqual([0, 1]);
  });
});

describe("SquareCB", () => {
  test("gives 1 / (K + gamma gap) to all but the best", () => {
    expect([...squareCb([0.5, 1, 0], 8)]).toEqual([1 / 7, 1 - 1 / 7 - 1 / 11, 1 / 11]);
  });

  test("gets greedier with the square root of the examples", () => {
    const p = { type: "squareCb", gamma: 2, exponent: 0.5 } as const;
    expect(distribution(p, [0, 1], 0)[0]).toBe(0.5);
    expect(distribution(p, [0, 1], 25)[0]).toBe(1 / 12);
  });

  test("takes any exponent", () => {
    const p = { type: "squareCb", gamma: 2, exponent: 0.25 } as const;
    expect(distribution(p, [0, 1], 0)[0]).toBe(0.5);
    expect(distribution(p, [0, 1], 16)[0]).toBeCloseTo(1 / 6, 14);
    expect(distribution({ ...p, exponent: 1 }, [0, 1], 16)[0]).toBe(1 / 34);
    expect(distribution({ ...p, exponent: 0 }, [0, 1], 16)[0]).toBe(1 / 4);
  });
});
