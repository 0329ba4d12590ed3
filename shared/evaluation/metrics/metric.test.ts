import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { auc } from "../auc.ts";
import { logLoss } from "../log-loss.ts";
import { Brier } from "./brier.ts";
import { Calibration } from "./calibration.ts";
import type { Metric } from "./metric.ts";
import { StreamingAuc } from "./streaming-auc.ts";
import { StreamingLogLoss } from "./streaming-log-loss.ts";

const example = fc.record({
  // Often the same probability, and the ends: ties and bin borders.
  p: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.1, 0.5, 1)),
  y: fc.constantFrom(0, 1),
});
const examples = fc.array(example, { maxLength: 60 });
type Example = { p: number; y: number };

const metrics: Record<string, () => Metric> = {
  Brier: () => new Brier(),
  Calibration: () => new Calibration(),
  StreamingAuc: () => new StreamingAuc(),
  StreamingLogLoss: () => new StreamingLogLoss(),
};

const measure = (metric: Metric, list: readonly Example[]) => {
  for (const { p, y } of list) metric.update(p, y);
  return metric.value;
};
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(Object.entries(metrics))("%s", (_, create) => {
  test("has no value before an example", () => {
    expect(create().value).toBeNull();
  });

  test("counts an example of importance k like k examples", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(example, fc.integer({ min: 0, max: 3 })), { maxLength: 20 }), (list) => {
        const weighted = create();
        const repeated = create();
        for (const [{ p, y }, k] of list) {
          weighted.update(p, y, k);
          for (let i = 0; i < k; i++) repeated.update(p, y);
        }
        if (repeated.value === null) expect(weighted.value).toBeNull();
        else expect(weighted.value).toBeCloseTo(repeated.value, 10);
      }),
    );
  });

  test.each([
    [-0.1, 1, 1],
    [1.1, 1, 1],
    [Number.NaN, 1, 1],
    [0.5, -1, 1],
    [0.5, 0.5, 1],
    [0.5, 1, -1],
    [0.5, 1, Number.NaN],
    [0.5, 1, Number.POSITIVE_INFINITY],
  ])("refuses probability %d, label %d, importance %d and is as before", (p, y, importance) => {
    const metric = create();
    metric.update(0.3, 1);
    metric.update(0.6, 0);
    const before = metric.value;
    expect(() => metric.update(p, y, importance)).toThrow(RangeError);
    expect(metric.value).toBe(before);
  });
});

test("Brier is the mean squared error", () => {
  fc.assert(
    fc.property(examples, (list) => {
      fc.pre(list.length > 0);
      expect(measure(new Brier(), list)).toBeCloseTo(mean(list.map(({ p, y }) => (p - y) ** 2)), 10);
    }),
  );
});

test("StreamingLogLoss is the log loss", () => {
  fc.assert(
    fc.property(examples, (list) => {
      fc.pre(list.length > 0);
      const exact = logLoss(
        list.map(({ p }) => p),
        list.map(({ y }) => y),
      )!;
      // 1 - (1 - 1e-15) is not 1e-15 to all digits: the loss of a sure mistake differs by .001.
      expect(Math.abs(measure(new StreamingLogLoss(), list)! - exact)).toBeLessThan(2e-3);
      const unsure = list.filter(({ p }) => p > 1e-6 && p < 1 - 1e-6);
      fc.pre(unsure.length > 0);
      expect(measure(new StreamingLogLoss(), unsure)).toBeCloseTo(mean(unsure.map(loss)), 8);
    }),
  );
});
const loss = ({ p, y }: Example) => -Math.log(y === 1 ? p : 1 - p);

test("StreamingAuc is within its stated error of the exact one, and exact when no bin is shared", () => {
  fc.assert(
    fc.property(examples, fc.integer({ min: 0, max: 10 }), (list, precision) => {
      const exact = auc(
        list.map(({ p }) => p),
        list.map(({ y }) => y),
      );
      const metric = new StreamingAuc(precision);
      const value = measure(metric, list);
      if (exact === null) {
        expect(value).toBeNull();
        expect(metric.error).toBeNull();
      } else expect(Math.abs(value! - exact)).toBeLessThanOrEqual(metric.error! + 1e-12);
    }),
  );
  const apart = new StreamingAuc(2);
  measure(apart, [
    { p: 0.1, y: 0 },
    { p: 0.3, y: 1 },
    { p: 0.6, y: 0 },
    { p: 0.9, y: 1 },
  ]);
  expect([apart.value, apart.error]).toEqual([0.75, 0]);
});

test("Calibration counts each example in one bin, and its value is the expected calibration error", () => {
  fc.assert(
    fc.property(examples, fc.integer({ min: 1, max: 12 }), (list, bins) => {
      fc.pre(list.length > 0);
      const calibration = new Calibration(bins);
      const value = measure(calibration, list);
      let error = 0;
      for (const [i, bin] of calibration.bins.entries()) {
        const inside = list.filter(({ p }) => Math.min(bins - 1, Math.floor(p * bins)) === i);
        expect(bin.count).toBe(inside.length);
        if (inside.length === 0) {
          expect([bin.meanProbability, bin.rate]).toEqual([null, null]);
          continue;
        }
        expect(bin.meanProbability).toBeCloseTo(mean(inside.map(({ p }) => p)), 10);
        expect(bin.rate).toBeCloseTo(mean(inside.map(({ y }) => y)), 10);
        error += inside.length * Math.abs(mean(inside.map(({ p }) => p)) - mean(inside.map(({ y }) => y)));
      }
      expect(value).toBeCloseTo(error / list.length, 10);
    }),
  );
});

test.each([1, 1e-3, 1e-5])("StreamingAuc tells probabilities of around %d apart, and of around 1 - that", (scale) => {
  const list = [0.3, 0.301, 0.302, 0.303].map((x, i) => ({ p: x * scale, y: i % 2 }));
  const mirrored = list.map(({ p, y }) => ({ p: 1 - p, y: 1 - y }));
  for (const examples of [list, mirrored]) {
    const metric = new StreamingAuc();
    expect(measure(metric, examples)).toBe(0.75);
    expect(metric.error).toBe(0);
  }
});

test.each([0, -1, 1.5, Number.NaN])("%d is not a number of bins", (bins) => {
  expect(() => new Calibration(bins)).toThrow(RangeError);
});

test.each([-1, 17, 1.5, Number.NaN])("%d is not a precision", (precision) => {
  expect(() => new StreamingAuc(precision)).toThrow(RangeError);
});
