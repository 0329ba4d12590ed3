import { expect, test } from "vitest";
import { aggregate } from "./reward.ts";

// In order of arrival; the second happened last.
const values = [
  { value: 2, at: 20 },
  { value: -1, at: 30 },
  { value: 4, at: 10 },
  { value: 3, at: 10 },
];

test.each([
  ["first", 4],
  ["last", -1],
  ["max", 4],
  ["min", -1],
  ["sum", 8],
  ["mean", 2],
] as const)("%s of several values goes by event time, then by arrival: %d", (kind, expected) => {
  expect(aggregate(kind, values)).toBe(expected);
  expect(aggregate(kind, [{ value: 7, at: 0 }])).toBe(7);
});

test("sums do not depend on the order of arrival", () => {
  const late = [0.1, 0.2, 0.3, 1e16, -1e16].map((value, at) => ({ value, at }));
  for (const kind of ["sum", "mean"] as const) expect(aggregate(kind, late.toReversed())).toBe(aggregate(kind, late));
});

test("no feedback is refused, and the list is left as it was", () => {
  expect(() => aggregate("max", [])).toThrow("there is no feedback to aggregate");
  expect(values.map(({ at }) => at)).toEqual([20, 30, 10, 10]);
});
