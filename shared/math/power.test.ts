import fc from "fast-check";
import { expect, test } from "vitest";
import { power } from "./power.ts";

test("agrees with the engine's own", () => {
  const base = fc.double({ noNaN: true, min: 1e-30, max: 1e30 });
  const exponent = fc.double({ noNaN: true, min: -3, max: 3 });
  fc.assert(
    fc.property(base, exponent, (b, e) => {
      expect(Math.abs(power(b, e) / b ** e - 1)).toBeLessThan(1e-12);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  [7, 0, 1],
  [0, 0, 1],
  [7, 1, 7],
  [2, 0.5, Math.SQRT2],
  [0, 0.3, 0],
  [0, -0.3, Number.POSITIVE_INFINITY],
])("%d^%d is %d", (base, exponent, expected) => {
  expect(power(base, exponent)).toBe(expected);
});
