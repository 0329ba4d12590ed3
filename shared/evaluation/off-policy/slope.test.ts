import { expect, test } from "vitest";
import { slope } from "./slope.ts";

const of = (...pairs: [number, number][]) => slope(pairs.map(([value, deviation]) => ({ value, deviation })));

test("the last of the estimates whose intervals of a quarter of their deviation all meet", () => {
  expect(of([0, 8])).toBe(0);
  // [-2, 2] and [1, 3].
  expect(of([0, 8], [2, 4])).toBe(1);
  // [-2, 2] and [2.1, 4.1].
  expect(of([0, 8], [3.1, 4])).toBe(0);
  // The third meets the first and the second, but not where they meet.
  expect(of([0, 8], [2.5, 4], [0.5, 3.2])).toBe(1);
  // What comes behind the first that does not meet is not looked at.
  expect(of([0, 8], [9, 4], [0, 0.8])).toBe(0);
});

test("who varies more than one before it counts for both", () => {
  // [-2, 2], as the second varies as much, and not [-0.2, 0.2].
  expect(of([0, 0.8], [1, 8])).toBe(1);
});

test("estimates that do not vary are told apart by any difference", () => {
  expect(of([0.5, 0], [0.5, 0], [0.6, 0])).toBe(1);
});
