import { expect, test } from "vitest";
import { usualRange } from "./usual-range.ts";

test("the range of rewards is the usual one that holds them, or else their own with 0", () => {
  expect(usualRange(0, 0)).toEqual({ low: 0, high: 1 });
  expect(usualRange(-0.5, 0)).toEqual({ low: -1, high: 0 });
  expect(usualRange(-0.5, 0.5)).toEqual({ low: -1, high: 1 });
  expect(usualRange(2, 35)).toEqual({ low: 0, high: 35 });
  expect(usualRange(-35, 5)).toEqual({ low: -35, high: 5 });
});
