import fc from "fast-check";
import { expect, test } from "vitest";
import { logistic, softplus } from "./logistic.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

test("logistic is a probability, and its mirror is the complement", () => {
  fc.assert(
    fc.property(finite, (x) => {
      const p = logistic(x);
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
      expect(Math.abs(p + logistic(-x) - 1)).toBeLessThan(1e-15);
    }),
  );
});

test("softplus agrees with log1p(exp(x))", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -700, max: 700 }), (x) => {
      const expected = Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      expect(Math.abs(softplus(x) - expected)).toBeLessThanOrEqual(4e-15 * expected);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [1e300, 1e300],
  [-1e300, 0],
  [0, Math.LN2],
])("softplus(%d) is %d", (x, expected) => {
  expect(softplus(x)).toBe(expected);
});
