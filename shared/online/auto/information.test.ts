import fc from "fast-check";
import { expect, test } from "vitest";
import { features } from "../../../conformance/learner-checks.ts";
import { ByteReader } from "../../artifact/byte-reader.ts";
import { ByteWriter } from "../../artifact/byte-writer.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { HashedDecision } from "../../features/hashed-decision.ts";
import { widths, widthTable } from "../../heads/widths.ts";
import { Information } from "./information.ts";

const BITS = 8;
const SIZE = 2 ** BITS;

/** The constant, an action's own feature 1, a finer feature 2 of a number, then joined features; the last is joined of finer ones. */
function action(own: number, joined: number): FeatureBuffer {
  const x = features([0, 1], [1, own], [2, 1], [3, joined], [4, 1]);
  [x.common, x.plain, x.singles, x.straight] = [1, 2, 3, 4];
  return x;
}

/** The width by a snapshot's head. */
function published(information: Information, inverse: (index: number) => number, x: FeatureBuffer): number {
  const beside = widthTable(information.variances(inverse), information.unknown);
  const head = widths.make({ bits: BITS, weights: new Float32Array(SIZE), beside });
  const decision: HashedDecision = { count: 1, expand: (_, into) => Object.assign(into, x) };
  const result = new Float64Array(1);
  head.score(decision, result);
  return result[0]!;
}

test("before anything is known all of an action's features share one variance, however many they are", () => {
  const information = new Information(SIZE, () => 0);
  information.learn(features([0, 1]), 1, () => 1);
  const wide = action(1, 1);
  expect(information.width(wide, () => 1) ** 2).toBeCloseTo(2 * information.unknown, 12);
  for (let n = 0; n < 50; n++) information.learn(action(1, 1), 1, () => 1);
  const unknown = features([0, 1], [10, 1], [11, 1]);
  [unknown.common, unknown.plain, unknown.singles, unknown.straight] = [1, 3, 3, 3];
  // Of two features each has half, or a little less, as what is published is rounded down.
  expect(information.width(unknown, () => 1) ** 2).toBeLessThanOrEqual(0.52);
  expect(information.width(unknown, () => 1) ** 2).toBeGreaterThan(0.4);
});

test("it is the width of LinUCB with a matrix that is diagonal", () => {
  const information = new Information(SIZE, () => 0);
  let own = 0;
  let joined = 0;
  for (const [a, b] of [
    [1, 0.5],
    [-1, 1],
    [0.25, 0],
  ] as const) {
    information.learn(action(a, b), 2, () => 1);
    own += 2 * a * a;
    joined += 2 * b * b;
  }
  const prior = 1 / information.unknown;
  const expected = Math.sqrt(1 / (prior + own) + 4 / (prior + joined));
  expect(information.width(action(1, -2), () => 1)).toBeCloseTo(expected, 6);
  // Neither what actions have in common, nor finer features.
  const common = features([0, 1]);
  [common.common, common.plain, common.singles, common.straight] = [1, 1, 1, 1];
  expect(information.width(common, () => 1)).toBe(0);
});

test("a page's head has the width of the learner, but for its rounding", () => {
  const numbers = fc.integer({ min: -512, max: 512 }).map((n) => n / 64);
  fc.assert(
    fc.property(fc.array(fc.tuple(numbers, numbers), { maxLength: 40 }), numbers, numbers, (examples, own, joined) => {
      const information = new Information(SIZE, () => 0);
      const scales = new Map<number, number>();
      const inverse = (index: number) => 1 / (scales.get(index) ?? Number.POSITIVE_INFINITY);
      for (const [a, b] of examples) {
        const x = action(a, b);
        for (let i = 0; i < x.length; i++)
          scales.set(x.indices[i]!, Math.max(scales.get(x.indices[i]!) ?? 0, Math.abs(x.values[i]!)));
        information.learn(x, 1, inverse);
      }
      const learner = information.width(action(own, joined), inverse);
      const head = published(information, inverse, action(own, joined));
      expect(head).toBeLessThanOrEqual(learner * (1 + 1e-6));
      expect(head).toBeGreaterThanOrEqual(learner * Math.sqrt(0.79));
    }),
  );
});

test("the more is known of an action the narrower it is, and it is never narrower for knowing less", () => {
  const information = new Information(SIZE, () => 0);
  let last = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 100; n++) {
    const width = information.width(action(1, 1), () => 1);
    expect(width).toBeLessThan(last);
    last = width;
    information.learn(action(1, 1), 1, () => 1);
  }
});

test("its state comes back, and a wrong one is refused", () => {
  const information = new Information(SIZE, () => 0);
  for (let n = 0; n < 5; n++) information.learn(action(n, 1 / (n + 1)), 1, () => 0.2);
  const write = (of: Information): Uint8Array => {
    const writer = new ByteWriter();
    of.write(writer);
    return writer.finish();
  };
  const bytes = write(information);
  const other = new Information(SIZE, () => 0);
  other.read(new ByteReader(bytes, "state"), 0)();
  expect(write(other)).toEqual(bytes);
  expect(other.width(action(1, 1), () => 0.2)).toBe(information.width(action(1, 1), () => 0.2));
  const wrong = new ByteWriter();
  wrong.float64(-1);
  wrong.float64(0);
  expect(() => new Information(SIZE, () => 0).read(new ByteReader(wrong.finish(), "state"), 0)).toThrow(
    "its sum of importance of what tells actions apart is out of range",
  );
});
