import { describe, expect, test } from "vitest";
import { byCostRanges, type CostRanges, squareCbOfVw } from "./cost-ranges.ts";

const RANGES: CostRanges = {
  rule: "eliminate",
  mellowness: 0.1,
  least: 0,
  most: 1,
  firstOnly: false,
  gamma: 10,
  exponent: 0.5,
};
const costs = Float32Array.of(0.5, 0.25, 0.75);
/** @param reach how far a score moves when an action's cost is learned. */
const shares = (ranges: Partial<CostRanges>, reach: number, examples: number, of = costs) => {
  const order = [...of.keys()].sort((a, b) => of[a]! - of[b]! || a - b);
  return [...byCostRanges({ ...RANGES, ...ranges }, of, order, () => reach, examples)];
};

test("VW's SquareCB gives the first of the best all that the others leave, of many as of few, and never stops getting greedier", () => {
  const of = (policy: { gamma: number; exponent: number }, costs: number[], examples: number) => {
    const order = costs.map((_, i) => i).sort((a, b) => costs[a]! - costs[b]! || a - b);
    return [...squareCbOfVw(policy, Float32Array.from(costs), order, examples)];
  };
  const near = (...shares: number[]) => shares.map((share) => expect.closeTo(share, 6));
  expect(of({ gamma: 8, exponent: 0 }, [-1, 0, -1], 0)).toEqual(near(1 - (1 / 11 + 1 / 3), 1 / 11, 1 / 3));
  expect(of({ gamma: 10, exponent: 0.5 }, [0, -1], 1e6)).toEqual(near(1 / 10_002, 1 - 1 / 10_002));
  const many = Array.from({ length: 1000 }, (_, i) => (i === 0 ? -1 : 0));
  expect(1 - of({ gamma: 0.5, exponent: 1 }, many, 100)[0]!).toBeCloseTo(999 / 1050, 4);
});

describe("exploring by what actions may cost", () => {
  test("takes all that may be the best alike, and fewer the more is known", () => {
    expect(shares({}, 1, 10)).toEqual([1 / 3, 1 / 3, 1 / 3].map(Math.fround));
    expect(shares({}, 0.2, 10)).toEqual([0.5, 0.5, 0]);
    expect(shares({}, 0.001, 10)).toEqual([0, 1, 0]);
    // Nothing was learned: what the model expects is certain, as in VW.
    expect(shares({}, 1, 0)).toEqual([0, 1, 0]);
    // Where nothing is known of the sensitivity, any cost is possible.
    expect(shares({}, Number.POSITIVE_INFINITY, 10)).toEqual([1 / 3, 1 / 3, 1 / 3].map(Math.fround));
  });

  test("holds what may be expected between the least and the most cost", () => {
    expect(shares({}, 0.001, 10, Float32Array.of(-1, -2, 3))).toEqual([0.5, 0.5, 0]);
    expect(shares({ least: -2 }, 0.001, 10, Float32Array.of(-1, -2, 3))).toEqual([0, 1, 0]);
  });

  test("is optimistic", () => {
    expect(shares({ rule: "optimistic" }, 0.1, 10)).toEqual([0, 1, 0]);
    // All may cost nothing. VW gives each of them a probability of 1.
    expect(shares({ rule: "optimistic" }, 10, 1000)).toEqual([1, 1, 1]);
    expect(shares({ rule: "optimistic", firstOnly: true }, 10, 1000)).toEqual([1, 0, 0]);
  });

  test("weighs those that may be the best by their gaps", () => {
    const [first, second, third] = shares({ rule: "squareCb" }, 0.2, 16);
    expect([first, second]).toEqual([1 / 11, 10 / 11].map((share) => expect.closeTo(share, 6)));
    expect(third).toBe(0);
  });
});
