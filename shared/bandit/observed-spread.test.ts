import { describe, expect, test } from "vitest";
import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import { ObservedSpread } from "./observed-spread.ts";

const spreadOf = (rewards: readonly number[], range = 1) => {
  const spread = new ObservedSpread();
  for (const reward of rewards) spread.learn(reward, range);
  return spread;
};
const bytesOf = (spread: ObservedSpread) => {
  const writer = new ByteWriter();
  spread.write(writer);
  return writer.finish();
};
const reader = (bytes: Uint8Array) => new ByteReader(bytes, "spread");
const clicks = (every: number, count: number) => Array.from({ length: count }, (_, i) => Number(i % every === 0));

describe("what rewards scatter by", () => {
  test("is their range until there were a hundred, and where all are alike", () => {
    expect(spreadOf([]).width(40)).toBe(40);
    expect(spreadOf(clicks(50, 99)).width(1)).toBe(1);
    expect(spreadOf(clicks(1, 1000)).width(1)).toBe(1);
  });

  test("is twice their deviation: as wide as the range of coins, .28 where two in a hundred are clicked", () => {
    expect(spreadOf(clicks(2, 5000)).width(1)).toBeCloseTo(1, 2);
    expect(spreadOf(clicks(50, 5000)).width(1)).toBeCloseTo(0.28, 1);
    const rewards = clicks(50, 5000);
    const larger = rewards.map((x) => 64 * x);
    expect(spreadOf(larger, 64).width(64)).toBe(64 * spreadOf(rewards).width(1));
  });

  test("stays nearly as wide as it was when bad rewards are avoided", () => {
    const spread = spreadOf([...clicks(2, 1000), ...clicks(1, 2000)]);
    expect(spread.width(1)).toBeGreaterThan(0.8);
  });

  test("takes an absurd reward for one at the end of the range", () => {
    expect(spreadOf([...clicks(50, 1000), 1e15], 1).width(1)).toBeLessThan(0.4);
  });

  test("comes back from its bytes, and reads no others", () => {
    const spread = spreadOf(clicks(3, 150));
    const again = new ObservedSpread();
    again.read(reader(bytesOf(spread)))();
    for (const one of [spread, again]) one.learn(0.5, 1);
    expect(bytesOf(again)).toEqual(bytesOf(spread));
    const writer = new ByteWriter();
    for (const value of [1, 0, -1, 0]) writer.float64(value);
    expect(() => again.read(reader(writer.finish()))).toThrow("its spread of rewards is out of range");
  });
});
