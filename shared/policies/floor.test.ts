import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { enforceFloor } from "./floor.ts";
import { softmax } from "./policies.ts";

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
const scores = fc.array(fc.double({ noNaN: true, min: -1e3, max: 1e3 }), { minLength: 1, maxLength: 30 });

describe("the floor", () => {
  test("leaves a distribution with at least epsilon / K everywhere, in the same order", () => {
    fc.assert(
      fc.property(scores, fc.double({ noNaN: true, min: 0, max: 1 }), (s, epsilon) => {
        const before = softmax.distribution(softmax({ lambda: 0.01 }), { scores: s }, { examples: 0 });
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
