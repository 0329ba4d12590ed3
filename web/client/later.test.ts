import { afterEach, expect, test, vi } from "vitest";
import { Later } from "./later.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("what is loaded behind is loaded once, and is there from then on", async () => {
  const load = vi.fn(async () => "it");
  const later = new Later(load);
  expect([later.isAsked, later.value]).toEqual([false, undefined]);
  expect(await Promise.all([later.soon(), later.now(), later.here])).toEqual(["it", "it", "it"]);
  expect([later.isAsked, later.value, load.mock.calls.length]).toEqual([true, "it", 1]);
});

test("what cannot be loaded is tried again by itself, and whoever waits for it gets it then", async () => {
  vi.useFakeTimers();
  const load = vi.fn(async () => "it").mockRejectedValueOnce(new Error("gone"));
  const later = new Later(load);
  const soon = later.soon();
  await expect(later.now()).rejects.toThrow("gone");
  await vi.runAllTimersAsync();
  expect([await soon, await later.now(), load.mock.calls.length]).toEqual(["it", "it", 2]);
});
