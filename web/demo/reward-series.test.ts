import { expect, test } from "vitest";
import { RewardSeries } from "./reward-series.ts";

test("points are means over the window, one every so many decisions", () => {
  const series = new RewardSeries(4, 2);
  for (const reward of [1, 0, 0, 0, 1, 1]) series.add({ reward, best: 0.5, uniform: 0.1 });
  expect(series.count).toBe(6);
  expect(series.columns).toEqual([
    [2, 4, 6],
    [0.5, 0.25, 0.5],
    [0.1, 0.1, 0.1],
    [0.5, 0.5, 0.5],
  ]);
});

test("progress is 0 at uniform and 1 at best", () => {
  const series = new RewardSeries(2, 1);
  expect(series.progress).toBeNull();
  series.add({ reward: 0.2, best: 0.6, uniform: 0.2 });
  expect(series.progress).toBeCloseTo(0);
  series.add({ reward: 1, best: 0.6, uniform: 0.2 });
  expect(series.progress).toBeCloseTo(1);
});
