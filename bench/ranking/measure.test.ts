import { describe, expect, test } from "vitest";
import type { Contestant } from "./contestant.ts";
import { measure } from "./measure.ts";
import { Ridge } from "./references/ridge.ts";
import { news } from "./worlds/news.ts";
import { HELD_OUT, WORLDS } from "./worlds/worlds.ts";

const knowing = (probabilities: (expected: Float64Array) => Float64Array): Contestant => ({
  name: "who knows",
  begin: () => ({
    decide: ({ expected }) => ({ scores: expected, probabilities: probabilities(expected) }),
    learn: () => {},
  }),
});
const firstOf = (expected: Float64Array, value: number) =>
  expected.map((_, a) => Number(a === expected.indexOf(value)));
const best = knowing((expected) => firstOf(expected, Math.max(...expected)));
const uniform = knowing((expected) => expected.map(() => 1 / expected.length));

describe("a share", () => {
  test("is 1 of who takes the best and 0 of who takes all alike", () => {
    for (const share of measure(news, best, 1)) expect(share).toBeCloseTo(1, 9);
    for (const share of measure(news, uniform, 1)) expect(share).toBeCloseTo(0, 9);
  });

  test("is the same for the same seed, and another for another", () => {
    const worst = knowing((expected) => firstOf(expected, Math.min(...expected)));
    expect(measure(news, worst, 1)).toEqual(measure(news, worst, 1));
    expect(measure(news, worst, 1)).not.toEqual(measure(news, worst, 2));
  });
});

test("no two worlds are called alike", () => {
  const names = [...WORLDS, ...HELD_OUT].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test("a ridge solves its normal equations", () => {
  const ridge = new Ridge(2);
  ridge.learn([1, 0], 1);
  ridge.learn([1, 1], 3);
  // (I + X'X) w = X'y: 3 a + b = 4, a + 2 b = 3.
  expect(ridge.score([1, 0])).toBeCloseTo(1, 12);
  expect(ridge.score([0, 1])).toBeCloseTo(1, 12);
  expect(ridge.spread([0, 1])).toBeCloseTo(3 / 5, 12);
});
