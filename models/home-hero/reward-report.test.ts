import { expect, test } from "vitest";
import { lastQuarter, summarize } from "./reward-report.ts";

const outcome = (reward: number, expected: number) => ({ reward, expected, uniform: 0.2, best: 0.6 });

test("means, and the way from uniform to best", () => {
  const s = summarize([outcome(1, 0.5), outcome(0, 0.3)]);
  expect(s.decisions).toBe(2);
  expect(s.reward).toBe(0.5);
  expect(s.way).toBeCloseTo(0.75, 12);
  expect(s.expectedWay).toBeCloseTo(0.5, 12);
});

test("the last quarter is at least one decision and never more than a quarter, rounded up", () => {
  const outcomes = Array.from({ length: 10 }, (_, i) => outcome(i, 0));
  expect(lastQuarter(outcomes).map((o) => o.reward)).toEqual([7, 8, 9]);
  expect(lastQuarter(outcomes.slice(0, 1))).toHaveLength(1);
});
