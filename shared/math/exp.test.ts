import fc from "fast-check";
import { expect, test } from "vitest";
import { exp, expm1 } from "./exp.ts";

test("agrees with the engine's own within 1e-15", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -700, max: 709 }), (x) => {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-15);
    }),
    { numRuns: 3000 },
  );
});

test("rises, and stays finite until e^x does not fit", () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -746, max: 709.78 }),
      fc.double({ noNaN: true, min: 1e-3, max: 1 }),
      (x, step) => {
        expect(exp(x)).toBeLessThanOrEqual(exp(x + step));
        expect(exp(x)).toBeLessThan(Number.POSITIVE_INFINITY);
      },
    ),
  );
});

test.each([
  [0, 1],
  [-0, 1],
  [709.79, Number.POSITIVE_INFINITY],
  [1e300, Number.POSITIVE_INFINITY],
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  [Number.NEGATIVE_INFINITY, 0],
  [-1e300, 0],
  [-746, 0],
  [-745, 5e-324],
  [Number.NaN, Number.NaN],
])("e^%d is %d", (x, expected) => {
  expect(exp(x)).toBe(expected);
});

test("gives the same bits everywhere", () => {
  expect([exp(0.5), exp(-3.3), exp(100.7)]).toEqual([1.6487212707001282, 0.036883167401240015, 5.413203172330057e43]);
});

test("expm1 keeps its digits near 0", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -30, max: 30 }), (x) => {
      fc.pre(x !== 0);
      expect(Math.abs(expm1(x) / Math.expm1(x) - 1)).toBeLessThan(2e-15);
    }),
    { numRuns: 3000 },
  );
  expect(expm1(1e-300)).toBe(1e-300);
  expect(expm1(0)).toBe(0);
});
