import fc from "fast-check";
import { expect, test } from "vitest";
import { exp2 } from "./exp2.ts";

test("is exact for whole numbers, down to the smallest", () => {
  for (let n = -1080; n <= 1030; n++) expect(exp2(n)).toBe(2 ** n);
});

test("agrees with the engine's own within 2^-50", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1000, max: 1000 }), (x) => {
      expect(Math.abs(exp2(x) / 2 ** x - 1)).toBeLessThan(2 ** -50);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [Number.NEGATIVE_INFINITY, 0],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NaN, Number.NaN],
  [-1e300, 0],
  [-0, 1],
])("2^%d is %d", (x, expected) => {
  expect(exp2(x)).toBe(expected);
});

test("gives the same bits everywhere", () => {
  expect([exp2(0.3), exp2(-0.3), exp2(10.7)]).toEqual([1.2311444133449163, 0.8122523963562356, 1663.4929077375696]);
});
