import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FixtureRandom } from "../../conformance/random.ts";
import { normalCdf } from "../math/normal.ts";
import { thompson } from "./policies.ts";

const probabilities = (scores: number[], deviations: number[]) =>
  thompson.distribution(thompson({ epsilon: 0 }), { scores, deviations }, { examples: 0 });

const action = fc.record({
  mean: fc.double({ noNaN: true, min: -100, max: 100 }),
  deviation: fc.oneof(fc.constant(0), fc.double({ noNaN: true, min: 1e-6, max: 50 })),
});
const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

describe("Thompson sampling", () => {
  test("has no negative probability and sums to 1", () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 20 }), (actions) => {
        const p = probabilities(
          actions.map((a) => a.mean),
          actions.map((a) => a.deviation),
        );
        expect(p.every((x) => x >= 0 && x <= 1)).toBe(true);
        expect(Math.abs(sum(p) - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 200 },
    );
  });

  test("of two actions has the probability that their difference has", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -3, max: 3 }),
        fc.double({ noNaN: true, min: 0.2, max: 2 }),
        fc.double({ noNaN: true, min: 0.2, max: 2 }),
        (gap, a, b) => {
          const p = probabilities([gap, 0], [a, b]);
          expect(Math.abs(p[0]! - normalCdf(gap / Math.sqrt(a * a + b * b)))).toBeLessThan(1e-3);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("agrees with drawing scores and taking the best", () => {
    const means = [0.1, 0.3, 0.25, -0.2];
    const deviations = [0.5, 0.1, 0.3, 1];
    const random = new FixtureRandom(4);
    const counts = [0, 0, 0, 0];
    const draws = 20_000;
    for (let n = 0; n < draws; n++) {
      // Sums of twelve uniforms are near enough to normal here.
      const scores = means.map((mean, a) => {
        let z = -6;
        for (let k = 0; k < 12; k++) z += random.next();
        return mean + deviations[a]! * z;
      });
      counts[scores.indexOf(Math.max(...scores))]!++;
    }
    const p = probabilities(means, deviations);
    counts.forEach((count, a) => {
      expect(Math.abs(count / draws - p[a]!)).toBeLessThan(0.012);
    });
  });

  test("is greedy where nothing is unsure, and shares between ties", () => {
    expect([...probabilities([1, 3, 3], [0, 0, 0])]).toEqual([0, 0.5, 0.5]);
    const p = probabilities([1, 3], [1e-9, 1e-9]);
    expect(p[1]).toBeCloseTo(1, 12);
    expect(probabilities([0, 0, 0, 0], [2, 2, 2, 2])[3]).toBeCloseTo(0.25, 12);
  });

  test("tries what it knows little of", () => {
    const p = probabilities([1, 0.9], [0.01, 1]);
    expect(p[1]).toBeCloseTo(normalCdf(-0.1), 2);
  });

  test("takes 1,000 actions", () => {
    const random = new FixtureRandom(9);
    const p = probabilities(
      Array.from({ length: 1000 }, () => random.next()),
      Array.from({ length: 1000 }, () => 0.1),
    );
    expect(sum(p)).toBeCloseTo(1, 10);
  });

  test("refuses what is no number", () => {
    expect(() => probabilities([], [])).toThrow("there are no scores");
    expect(() => probabilities([Number.POSITIVE_INFINITY], [1])).toThrow("mean 0 is not a finite number");
    expect(() => probabilities([1], [-1])).toThrow("deviation 0 is not a number from 0");
    expect(() => probabilities([1, 1], [1])).toThrow("deviation 1 is not a number from 0");
  });
});
