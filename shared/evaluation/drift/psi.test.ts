import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import { CategoricalPsi } from "./categorical-psi.ts";
import { NumericPsi } from "./numeric-psi.ts";
import { psi } from "./psi.ts";

describe("psi", () => {
  const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 4, maxLength: 4 });

  test("is its definition over shares with half an example more in every bin", () => {
    fc.assert(
      fc.property(counts, counts, (expected, actual) => {
        const share = (bins: number[], i: number) => (bins[i]! + 0.5) / (bins.reduce((sum, n) => sum + n, 0) + 2);
        const terms = expected.map(
          (_, i) => (share(actual, i) - share(expected, i)) * Math.log(share(actual, i) / share(expected, i)),
        );
        const value = psi(expected, actual);
        if (Math.max(...expected) === 0 || Math.max(...actual) === 0) expect(value).toBeNull();
        else {
          expect(value).toBeCloseTo(
            terms.reduce((sum, term) => sum + term, 0),
            10,
          );
          expect(value).toBeGreaterThanOrEqual(0);
          expect(psi(expected, expected)).toBe(0);
        }
      }),
    );
  });

  test("refuses different bins", () => {
    expect(() => psi([1], [1, 2])).toThrow(RangeError);
  });
});

describe("NumericPsi", () => {
  const random = seededRandom(1);
  const sample = (n: number, shift = 0) => Array.from({ length: n }, () => random() + shift);
  const measure = (values: readonly (number | null)[], reference: readonly (number | null)[] = sample(2000)) => {
    const stability = new NumericPsi(reference);
    for (const value of values) stability.update(value);
    return stability.value;
  };

  test("is small for the same distribution and large for a shifted one", () => {
    expect(measure(sample(2000))).toBeLessThan(0.02);
    expect(measure(sample(2000, 0.3))).toBeGreaterThan(0.25);
  });

  test("sees values that go missing", () => {
    expect(measure(sample(2000).map((x, i) => (i % 2 === 0 ? x : null)))).toBeGreaterThan(0.25);
  });

  test("does not split equal values", () => {
    const zeros = [...Array.from({ length: 900 }, () => 0), ...sample(100)];
    expect(measure(zeros, zeros)).toBe(0);
    expect(measure([5, 5, 5], [5, 5, 5])).toBe(0);
  });

  test("has no value without values, without a reference, and after reset", () => {
    expect(measure([])).toBeNull();
    expect(measure([1], [])).toBeNull();
    const stability = new NumericPsi([1, 2, 3]);
    stability.update(2);
    stability.reset();
    expect(stability.value).toBeNull();
  });

  test("refuses NaN and no bins", () => {
    expect(() => measure([Number.NaN])).toThrow(RangeError);
    expect(() => new NumericPsi([Number.NaN])).toThrow(RangeError);
    expect(() => new NumericPsi([1], 0)).toThrow(RangeError);
  });
});

test("CategoricalPsi compares categories, and puts new ones together", () => {
  const reference = ["a", "a", "b", "b", "a", "b"];
  const stability = new CategoricalPsi(reference);
  expect(stability.value).toBeNull();
  for (const category of reference) stability.update(category);
  expect(stability.value).toBe(0);
  for (let i = 0; i < 30; i++) stability.update(`new ${i}`);
  expect(stability.value).toBeCloseTo(psi([3, 3, 0], [3, 3, 30])!, 12);
  stability.reset();
  expect(stability.value).toBeNull();
});
