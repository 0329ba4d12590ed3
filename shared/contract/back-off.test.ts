import { expect, test } from "vitest";
import { backOff, retryAfter } from "./back-off.ts";

test("the wait doubles with each failure, up to the cap", () => {
  const waits = [1, 2, 3, 4, 5].map((failures) => backOff(failures, 1, { base: 100, cap: 1000 }));
  expect(waits).toEqual([100, 200, 400, 800, 1000]);
  expect(backOff(100_000, 1, { base: 100, cap: 1000 })).toBe(1000);
});

test("half of the wait is random", () => {
  expect(backOff(1, 0, { base: 100, cap: 1000 })).toBe(50);
  expect(backOff(1, 0.5, { base: 100, cap: 1000 })).toBe(75);
});

test("Retry-After is read as seconds or as a date, and bounded", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(retryAfter("7", now)).toBe(7000);
  expect(retryAfter("Sat, 21 Nov 2026 12:00:30 GMT", now)).toBe(30_000);
  expect(retryAfter("Sat, 21 Nov 2026 11:00:00 GMT", now)).toBe(0);
  expect(retryAfter("999999999", now)).toBe(600_000);
  expect(retryAfter("soon", now)).toBe(0);
  expect(retryAfter(null, now)).toBe(0);
});
