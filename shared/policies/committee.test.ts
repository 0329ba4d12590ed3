import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { enforceFloor } from "./floor.ts";
import { probabilities as softmax } from "./softmax.ts";
import { probabilities as tauFirst } from "./tau-first.ts";
import { vote } from "./vote.ts";

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const scores = fc.array(fc.double({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 1, maxLength: 30 });

describe("softmax", () => {
  test("is a distribution in the order of the scores, and does not see a shift", () => {
    fc.assert(
      fc.property(scores, fc.double({ noNaN: true, min: 0, max: 100 }), (s, lambda) => {
        const p = softmax(s, lambda);
        expect(sum(p)).toBeCloseTo(1, 12);
        for (let i = 1; i < s.length; i++) if (s[i]! > s[0]!) expect(p[i]).toBeGreaterThanOrEqual(p[0]!);
        const shifted = softmax(
          s.map((x) => x + 64),
          lambda,
        );
        for (let i = 0; i < s.length; i++) expect(shifted[i]).toBeCloseTo(p[i]!, 9);
      }),
    );
  });

  test("of two scores is the logistic of their difference", () => {
    expect(softmax([1, 3], 0.5)[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 14);
    expect(Array.from(softmax([1, -Number.MAX_VALUE], 0))).toEqual([0.5, 0.5]);
    expect(Array.from(softmax([5, 5, 5, 5], 1e9))).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

test("tau-first is uniform for tau examples, and then takes the first of the best", () => {
  expect(Array.from(tauFirst([1, 2, 2, 0], 10, 9))).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(Array.from(tauFirst([1, 2, 2, 0], 10, 10))).toEqual([0, 1, 0, 0]);
});

test("a vote is shared by those tied with the best", () => {
  const votes = new Float64Array(3);
  vote([1, 1, 0], 0.5, votes);
  vote([0, 1, 0.9], 0.5, votes);
  vote([1, 1.0001, 0], 0.5, votes);
  expect(Array.from(votes)).toEqual([0.5, 1, 0]);
});

describe("the floor", () => {
  test("leaves a distribution with at least epsilon / K everywhere, in the same order", () => {
    fc.assert(
      fc.property(scores, fc.double({ noNaN: true, min: 0, max: 1 }), (s, epsilon) => {
        const before = softmax(s, 0.01);
        const p = before.slice();
        enforceFloor(p, epsilon);
        expect(sum(p)).toBeCloseTo(1, 12);
        for (let i = 0; i < p.length; i++) {
          expect(p[i]).toBeGreaterThanOrEqual(epsilon / p.length - 1e-12);
          if (before[i]! > before[0]!) expect(p[i]).toBeGreaterThanOrEqual(p[0]!);
        }
      }),
    );
  });

  test("takes the same from each action above it", () => {
    const p = Float64Array.of(0.6, 0.4, 0, 0);
    enforceFloor(p, 0.2);
    for (const [i, x] of [0.55, 0.35, 0.05, 0.05].entries()) expect(p[i]).toBeCloseTo(x, 15);
    const even = Float64Array.of(0.7, 0.3);
    enforceFloor(even, 0.2);
    expect(even[0]).toBeCloseTo(0.7, 15);
    enforceFloor(even, 1);
    expect(Array.from(even)).toEqual([0.5, 0.5]);
  });
});
