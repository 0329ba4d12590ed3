import { describe, expect, test } from "vitest";
import { features } from "../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { accumulate, GRADIENTS, RATE, SCALE, step, WIDTH } from "./rate-table.ts";

const SIZE = 64;

describe("the table of rates", () => {
  test("has sums, scales and rates as they are defined, whichever way through the loops an example takes", () => {
    const table = new Float32Array(WIDTH * SIZE);
    const weights = new Float32Array(SIZE);
    const sums = new Float64Array(2);
    const gradients = new Map<number, number>();
    const scales = new Map<number, number>();
    const random = new FixtureRandom(11);
    for (let n = 0; n < 300; n++) {
      // Some indices twice, some values 0 where there was another, scales that grow late.
      const list = Array.from({ length: random.whole(20) }, (): [number, number] => {
        const index = random.whole(SIZE);
        const zero = scales.has(index) && random.next() < 0.1;
        return [index, zero ? 0 : (random.next() - 0.5) * 10 ** random.whole(4)];
      });
      const squaredGradient = 10 ** -random.whole(6);
      let norm = 0;
      let reach = 0;
      for (const [index, value] of list) {
        const size = Math.max(Math.abs(value), 2 ** -63);
        gradients.set(index, (gradients.get(index) ?? 0) + squaredGradient * size * size);
        scales.set(index, Math.max(scales.get(index) ?? 0, size));
        norm += (size / scales.get(index)!) ** 2;
        reach += (size * size) / (Math.sqrt(gradients.get(index)!) * scales.get(index)!);
      }
      accumulate(table, weights, features(...list), squaredGradient, sums);
      expect(sums[0]! / (norm || 1)).toBeCloseTo(list.length > 0 ? 1 : 0, 4);
      expect(sums[1]! / (reach || 1)).toBeCloseTo(list.length > 0 ? 1 : 0, 4);
      for (const [index] of list) {
        expect(table[WIDTH * index + GRADIENTS]! / gradients.get(index)!).toBeCloseTo(1, 4);
        expect(table[WIDTH * index + SCALE]! / scales.get(index)!).toBeCloseTo(1, 6);
        const rate = 1 / (Math.sqrt(gradients.get(index)!) * scales.get(index)!);
        expect(table[WIDTH * index + RATE]! / rate).toBeCloseTo(1, 4);
      }
    }
  });

  test("steps by value times rate, and keeps what a larger scale makes of the weights", () => {
    const table = new Float32Array(WIDTH * SIZE);
    const weights = new Float32Array(SIZE);
    const sums = new Float64Array(2);
    accumulate(table, weights, features([1, -2], [2, 1e30]), 1, sums);
    step(table, weights, features([1, -2], [2, 1e30]), 0.5);
    expect(weights[1]).toBe(-0.25);
    expect(weights[2]! * 1e18).toBeCloseTo(0.5, 5);
    accumulate(table, weights, features([1, 8]), 1, sums);
    expect(weights[1]).toBe(-0.0625);
  });

  test("does not rescale a weight again and again because 32 bits cannot hold its feature's value", () => {
    // 0.7 is above, 0.1 below what 32 bits make of them.
    for (const value of [0.7, 0.1]) {
      const table = new Float32Array(WIDTH * SIZE);
      const weights = new Float32Array(SIZE);
      const sums = new Float64Array(2);
      accumulate(table, weights, features([1, value]), 1e-3, sums);
      expect(table[WIDTH + SCALE]).toBeGreaterThanOrEqual(value);
      expect(table[WIDTH + SCALE]! / value - 1).toBeLessThan(2 ** -22);
      weights[1] = 1;
      for (let n = 0; n < 1000; n++) accumulate(table, weights, features([1, value]), 1e-3, sums);
      expect(weights[1]).toBe(1);
    }
  });
});
