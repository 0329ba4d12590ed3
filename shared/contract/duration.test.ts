import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";
import { duration } from "./spec.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["10m", 600_000],
  ["24h", 86_400_000],
  ["7d", 604_800_000],
  ["1.5h", 5_400_000],
  ["0s", 0],
])("%s is %i ms", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
  expect(duration.safeParse(text).success).toBe(true);
});

test.each(["", "10", "m", "-1s", "1.s", ".5s", "10 m", "10M", "1h30m", "1e3s", "session"])("%j is refused", (text) => {
  expect(() => parseDuration(text)).toThrow(`${JSON.stringify(text)} is not a duration`);
  expect(duration.safeParse(text).success).toBe(false);
});
