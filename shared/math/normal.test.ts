import fc from "fast-check";
import { expect, test } from "vitest";
import { normalCdf, normalQuantile } from "./normal.ts";

test.each([
  [0, 0.5],
  [1, 0.8413447460685429],
  [-1.959963984540054, 0.025],
  [-3, 0.0013498980316300933],
  [-6, 9.865876450376946e-10],
  [-38, 2.885428351e-316],
  [39, 1],
  [-39, 0],
])("the chance to be at most %d is %d", (x, p) => {
  expect(Math.abs(normalCdf(x) - p)).toBeLessThanOrEqual(2e-15 + 1e-9 * Math.min(p, 1e-9));
});

test("the chance rises, and mirrors", () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -40, max: 40 }),
      fc.double({ noNaN: true, min: 1e-6, max: 1 }),
      (x, step) => {
        expect(normalCdf(x)).toBeLessThanOrEqual(normalCdf(x + step) + 1e-15);
        expect(Math.abs(normalCdf(x) + normalCdf(-x) - 1)).toBeLessThan(1e-14);
      },
    ),
  );
});

test("the quantile is the inverse", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 1e-300, max: 1 - 2 ** -50 }), (p) => {
      expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThan(1e-12 * Math.max(p, 1e-2));
    }),
  );
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
  expect(normalQuantile(-0.1)).toBeNaN();
});

test("gives the same bits everywhere", () => {
  expect([normalCdf(0.3), normalCdf(-4.2), normalQuantile(0.123)]).toMatchInlineSnapshot(`
    [
      0.6179114221889527,
      0.000013345749015906336,
      -1.1601198829975194,
    ]
  `);
});
