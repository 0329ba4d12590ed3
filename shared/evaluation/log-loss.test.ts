import fc from "fast-check";
import { expect, test } from "vitest";
import { logLoss } from "./log-loss.ts";

const labels = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 50 });

test("a constant forecast costs its cross entropy with the base rate, least at the base rate itself", () => {
  fc.assert(
    fc.property(labels, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (list, p) => {
      const rate = list.reduce<number>((a, b) => a + b, 0) / list.length;
      const loss = logLoss(Array(list.length).fill(p), list)!;
      expect(loss).toBeCloseTo(-rate * Math.log(p) - (1 - rate) * Math.log(1 - p), 9);
      expect(loss).toBeGreaterThanOrEqual(logLoss(Array(list.length).fill(rate), list)! - 1e-12);
    }),
  );
});

test("is the same when labels and probabilities change sides", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.constantFrom(0, 1))), (list) => {
      const loss = logLoss(
        list.map(([p]) => p),
        list.map(([, y]) => y),
      );
      const other = logLoss(
        list.map(([p]) => 1 - p),
        list.map(([, y]) => 1 - y),
      );
      if (loss === null) expect(other).toBeNull();
      else expect(other).toBeCloseTo(loss, 9);
    }),
  );
});

test("known values; a sure mistake is finite", () => {
  expect(logLoss([0.5, 0.5], [0, 1])).toBeCloseTo(Math.LN2, 15);
  expect(logLoss([1, 0], [1, 0])).toBeCloseTo(0, 12);
  expect(logLoss([0], [1])).toBeCloseTo(-Math.log(1e-15), 9);
  expect(logLoss([], [])).toBeNull();
});
