import { expect, test } from "vitest";
import { cover } from "./policies.ts";

const committee = [
  [1, 0, 0],
  [1, 0, 0],
  [0, 1, 0],
  [0, 1, 1],
];
const scores = [9, 9, 9];

test("cover is uniform at first, and keeps 1 / sqrt(K n) for every action", () => {
  const spec = cover({ policies: 4, psi: 1 });
  for (const x of cover.distribution(spec, { scores, committee }, { examples: 0 })) expect(x).toBeCloseTo(1 / 3, 14);
  expect(cover.distribution(spec, { scores, committee }, { examples: 1e4 })[2]).toBe(0.125);
  const alike = { scores, committee: [[1, 0, 0]] };
  expect(Math.min(...cover.distribution(spec, alike, { examples: 1e4 }))).toBe(1 / Math.sqrt(3e4));
});

test("cover's least propensity is that floor, or epsilon / K, but none that vanishes", () => {
  expect(cover.leastPropensity(cover(), 3, 1e4)).toBe(1 / Math.sqrt(3e4));
  expect(cover.leastPropensity(cover(), 3, 1e9)).toBe(1 / 300);
  expect(cover.leastPropensity(cover({ epsilon: 0.3 }), 3, 1e9)).toBeCloseTo(0.1, 15);
});

test("its heads learn with the floor that it decides with", () => {
  const committeeOf = cover.committee(cover({ epsilon: 0.3 }));
  expect(committeeOf).toMatchObject({ by: "cover", heads: 3, psi: 0.1 });
  expect(committeeOf!.by === "cover" && committeeOf!.floor(3, 7)).toBeCloseTo(0.1, 15);
});
