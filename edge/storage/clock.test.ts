import { afterEach, expect, test, vi } from "vitest";
import { age, deadline } from "./clock.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const HOUR = 3_600_000;

test("what a clock noted that has gone back since is out of date, however little", () => {
  const now = 1e15;
  const clock = vi.spyOn(Date, "now").mockReturnValue(now);
  vi.spyOn(console, "warn").mockImplementation(() => {});
  expect([age(now), age(now - 5)]).toEqual([0, 5]);
  expect([deadline(now + 500, 500), deadline(now - 500, 500)]).toEqual([now + 500, now - 500]);
  for (const back of [1, 2 * HOUR, 48 * HOUR]) {
    clock.mockReturnValue(now - back);
    expect(age(now)).toBe(Number.POSITIVE_INFINITY);
    expect(deadline(now + 500, 500)).toBe(Number.NEGATIVE_INFINITY);
  }
  // Forward again, it is only old.
  clock.mockReturnValue(now + HOUR);
  expect(age(now)).toBe(HOUR);
  expect(deadline(now + 500, 500)).toBe(now + 500);
});

test("that the clock has gone back is said once a step, and not of a correction of milliseconds", () => {
  const now = 2e15;
  const clock = vi.spyOn(Date, "now").mockReturnValue(now);
  const lines = vi.spyOn(console, "warn").mockImplementation(() => {});
  const look = (time: number) => {
    clock.mockReturnValue(time);
    for (let i = 0; i < 3; i++) age(0);
  };
  for (const time of [now, now - 20, now + 5]) look(time);
  expect(lines).not.toHaveBeenCalled();
  for (const time of [now - HOUR, now - HOUR + 10, now + 24 * HOUR, now]) look(time);
  expect(lines.mock.calls.map(([line]) => JSON.parse(line as string).by)).toEqual([HOUR + 5, 24 * HOUR]);
});
