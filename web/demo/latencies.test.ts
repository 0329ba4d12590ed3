import { expect, test } from "vitest";
import { Latencies } from "./latencies.ts";

test("the last and the median, over odd and even counts", () => {
  const latencies = new Latencies();
  expect([latencies.last, latencies.median, latencies.count]).toEqual([null, null, 0]);
  for (const ms of [900, 100, 300]) latencies.add(ms);
  expect([latencies.last, latencies.median, latencies.count]).toEqual([300, 300, 3]);
  latencies.add(500);
  expect([latencies.last, latencies.median]).toEqual([500, 400]);
});

test("the oldest leave when there are too many", () => {
  const latencies = new Latencies(2);
  for (const ms of [1000, 10, 20]) latencies.add(ms);
  expect([latencies.count, latencies.median]).toEqual([2, 15]);
});
