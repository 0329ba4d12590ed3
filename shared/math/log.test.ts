import fc from "fast-check";
import { expect, test } from "vitest";
import { log } from "./log.ts";

test("agrees with the engine's own within 2^-50", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 5e-324, noDefaultInfinity: true }), (x) => {
      expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(2 ** -50 * Math.abs(Math.log(x)));
    }),
    { numRuns: 2000 },
  );
});

test("is accurate near 1, too", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 0.5, max: 2 }), (x) => {
      expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(2 ** -50 * Math.abs(Math.log(x)));
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [1, 0],
  [0, Number.NEGATIVE_INFINITY],
  [-0, Number.NEGATIVE_INFINITY],
  [-1, Number.NaN],
  [Number.NaN, Number.NaN],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [2, Math.LN2],
])("of %d is %d", (x, expected) => {
  expect(log(x)).toBe(expected);
});
