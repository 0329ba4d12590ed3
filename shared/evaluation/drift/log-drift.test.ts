import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import { LogDrift, type Observation } from "./log-drift.ts";

const observation = (reward: number, context: object, score?: number): Observation => ({
  reward,
  score,
  values: () => ({ context: context as never, sessionFeatures: {}, profileFeatures: {} }),
});

const reportOf = (count: number, make: (i: number, random: () => number) => Observation) => {
  const drift = new LogDrift(count);
  const random = seededRandom(1);
  for (let i = 0; i < count; i++) drift.update(make(i, random));
  return drift.report;
};

test("what does not change has an index near 0, what does one above .25", () => {
  const report = reportOf(4000, (i, random) =>
    observation(
      random(),
      {
        user: { age: random(), city: random() < 0.5 ? "Rome" : "Oslo", id: `u${Math.floor(random() * 1e6)}` },
        hour: random() + (i < 2000 ? 0 : 0.5),
        shop: random() < (i < 2000 ? 0.2 : 0.6) ? "a" : "b",
        ...(i < 2000 && { gone: 1 }),
        tags: ["a"],
      },
      random() * (i < 2000 ? 1 : 2),
    ),
  )!;
  expect(report.reward).toBeLessThan(0.05);
  expect(report.score).toBeGreaterThan(0.25);
  expect(Object.keys(report.features).toSorted()).toEqual([
    ...["gone", "hour", "shop", "tags=a", "user.age", "user.city", "user.id"],
  ]);
  for (const stable of ["user.age", "user.city", "user.id"]) expect(report.features[stable]).toBeLessThan(0.05);
  for (const shifted of ["hour", "shop", "gone"]) expect(report.features[shifted]).toBeGreaterThan(0.25);
});

test("what appears, what was constant, and what is in lists of objects is a shift, too", () => {
  const report = reportOf(2000, (i, random) => {
    const late = i >= 1000;
    const constant = late ? 5 : 1;
    const items = [{ age: random() + Number(late) }, { device: "phone" }];
    return observation(0, { constant, items, ...(late && { promo: "x", price: 3 }) });
  })!;
  for (const shifted of ["constant", "items.age", "promo", "price"])
    expect(report.features[shifted]).toBeGreaterThan(0.25);
  expect(report.features["items.device"]).toBeLessThan(0.05);
});

test("features beyond those that are looked at are counted", () => {
  const context = Object.fromEntries(Array.from({ length: 1010 }, (_, i) => [`f${i}`, 1]));
  const report = reportOf(1000, () => observation(0, context))!;
  expect(Object.keys(report.features)).toHaveLength(999);
  expect(report.notLookedAt).toBe(11);
});

describe("says nothing", () => {
  test("of a short log", () => {
    expect(reportOf(999, () => observation(1, { a: 1 }))).toBeNull();
  });
  test("of scores that the log does not tell", () => {
    expect(reportOf(1000, () => observation(1, { a: 1 }))).toMatchObject({ score: null, features: { a: 0 } });
  });
});
