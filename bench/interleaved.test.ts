import { expect, test } from "vitest";
import { interleaved, median } from "./interleaved.ts";

test("median", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test("gives each case's time for one repetition, whatever the size of its batches", async () => {
  const times = await interleaved({ slow: async (n) => n * 2, fast: async (n) => n * 0.01 }, { rounds: 3 });
  expect(times.slow).toBeCloseTo(2000, 6);
  expect(times.fast).toBeCloseTo(10, 6);
});
