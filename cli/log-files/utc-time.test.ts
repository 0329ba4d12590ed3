import { expect, test } from "vitest";
import { utcTime } from "./utc-time.ts";

test.each([
  ["2026-03-04T05:00:00Z", 5],
  ["2026-03-04 05:00:00", 5],
  ["2026-03-04 05:00", 5],
  ["2026-03-04", 0],
  ["2026-03-04 05:00:00+01", 4],
  ["2026-03-04T05:00:00+01", 4],
  ["2026-03-04T05:00:00.000+0100", 4],
  ["2026-03-04T05:00:00+01:00[Europe/Paris]", 4],
  ["2026-03-04 05:00:00 CET", 4],
  ["2026-03-04 05:00:00.000000 UTC", 5],
  ["04.03.2026 05:00:00", 5],
  ["1772600400000", 5],
  ["1772600400", 5],
  ["1772600400.25", 5],
  ["Wed, 04 Mar 2026 05:00:00 GMT", 5],
  ["Wed Mar 04 2026 05:00:00", 5],
])("%s is hour %d of a day in UTC", (text, hour) => {
  expect(Math.floor(utcTime(text) / 1000) * 1000).toBe(Date.UTC(2026, 2, 4, hour));
});

test("the day comes first where it must", () => {
  expect(utcTime("31.03.2026 05:00:00")).toBe(Date.UTC(2026, 2, 31, 5));
});

test.each(["", "undefined", "05-03-2026", "yesterday", "17"])("%j is no time", (text) => {
  expect(utcTime(text)).toBeNaN();
});
