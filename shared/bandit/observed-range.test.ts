import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import { ObservedRange } from "./observed-range.ts";

const rangeOf = (...rewards: number[]) => {
  const range = new ObservedRange();
  for (const reward of rewards) range.learn(reward);
  return range;
};
const bytesOf = (range: ObservedRange) => {
  const writer = new ByteWriter();
  range.write(writer);
  return writer.finish();
};

describe("the range of rewards", () => {
  test("is 1 while all are alike", () => {
    expect(rangeOf().width).toBe(1);
    expect(rangeOf(0, 0, 0).width).toBe(1);
    expect(rangeOf(-35).width).toBe(1);
  });

  test("is that of the rewards, whatever their unit", () => {
    expect(rangeOf(0, 1).width).toBeCloseTo(1, 3);
    expect(rangeOf(5, -35).width).toBeCloseTo(40, 2);
    const rewards = Array.from({ length: 5000 }, (_, i) => (i % 20 === 0 ? 1 : 0));
    expect(rangeOf(...rewards).width).toBeCloseTo(1, 2);
    expect(rangeOf(...rewards.map((x) => 64 * x)).width).toBe(64 * rangeOf(...rewards).width);
  });

  test("is at most ten times as wide for one absurd reward, and has it forgotten in time", () => {
    const range = rangeOf(0, 1, 1e15);
    expect(range.width).toBeCloseTo(10, 2);
    for (let i = 0; i < 60_000; i++) range.learn(i % 2);
    expect(range.width).toBeLessThan(1.03);
  });

  test("lets rewards that are really larger in within a few", () => {
    expect(rangeOf(0, 1, ...Array(5).fill(1000)).width).toBeGreaterThan(999);
  });

  test("is a number above 0 whatever the rewards", () => {
    const reward = fc.double({ noNaN: true, min: -1e15, max: 1e15 });
    fc.assert(
      fc.property(fc.array(reward, { maxLength: 50 }), (rewards) => {
        const { width } = rangeOf(...rewards);
        expect(width > 0 && width <= 2e15).toBe(true);
      }),
    );
  });

  test("comes back from its state, and from none that is not valid", () => {
    const range = rangeOf(1, 2, 9);
    const restored = new ObservedRange();
    restored.read(new ByteReader(bytesOf(range), "range"))();
    for (const reward of [4, 100, -3]) {
      range.learn(reward);
      restored.learn(reward);
      expect(restored.width).toBe(range.width);
    }
    for (const [i, value] of [
      [0, -1],
      [0, 0.5],
      [8, 1e9],
      [16, Number.NaN],
    ] as const) {
      const bytes = bytesOf(range);
      new DataView(bytes.buffer).setFloat64(i, value, true);
      expect(() => restored.read(new ByteReader(bytes, "range"))).toThrow("not a valid range: ");
    }
    expect(restored.width).toBe(range.width);
  });
});
