import { expect, test } from "vitest";
import { TokenBuckets } from "./token-buckets.ts";

const rate = { perSecond: 2, burst: 4 };

test("gives a burst, then what the rate brings, and says how long that takes", () => {
  const buckets = new TokenBuckets(10);
  expect([1, 2, 1].map((n) => buckets.take("a", n, rate, 0))).toEqual([0, 0, 0]);
  expect(buckets.take("a", 1, rate, 0)).toBe(0.5);
  expect(buckets.take("a", 1, rate, 499)).toBeCloseTo(0.0005);
  expect(buckets.take("a", 1, rate, 500)).toBe(0);
  expect(buckets.take("b", 4, rate, 500)).toBe(0);
  // Never more than the burst, however long nobody came; and nothing for a clock that goes back.
  expect([buckets.take("a", 4, rate, 1e9), buckets.take("a", 1, rate, 1e9)]).toEqual([0, 0.5]);
  expect(buckets.take("a", 1, rate, 0)).toBe(0.5);
});

test("gives more than a burst to a full bucket, which is in debt then", () => {
  const buckets = new TokenBuckets(10);
  expect(buckets.take("a", 10, rate, 0)).toBe(0);
  expect(buckets.take("a", 1, rate, 0)).toBe(3.5);
  expect(buckets.take("a", 1, rate, 3500)).toBe(0);
});

test("keeps a bounded number of buckets, and forgets the one that was used longest ago", () => {
  const buckets = new TokenBuckets(2);
  for (const name of ["a", "b", "a", "c"]) buckets.take(name, 4, rate, 0);
  expect(buckets.take("a", 1, rate, 0)).toBeGreaterThan(0);
  expect(buckets.take("b", 1, rate, 0)).toBe(0);
});
