import { expect, test } from "vitest";
import { Mtr } from "./mtr.ts";

test("an example counts 1 / propensity over the mean number of actions, this decision included", () => {
  const mtr = new Mtr({ type: "epsilonGreedy", epsilon: 0.2 });
  expect(mtr.importance(0.5, 4)).toBe(1 / 0.5 / 4);
  expect(mtr.importance(0.125, 2)).toBeCloseTo((8 * 2) / 6, 12);
});

test("a propensity that the policy never gives counts as the least that it does", () => {
  expect(new Mtr({ type: "epsilonGreedy", epsilon: 0.2 }).importance(1e-9, 4)).toBe(1 / 0.05 / 4);
  expect(new Mtr({ type: "epsilonGreedy", epsilon: 0 }).importance(1e-9, 4)).toBe(1);
});

test("a propensity that is none is refused and not counted", () => {
  const mtr = new Mtr({ type: "epsilonGreedy", epsilon: 0.2 });
  for (const propensity of [0, -1, Number.NaN])
    expect(() => mtr.importance(propensity, 4)).toThrow(`propensity ${propensity} is not above 0`);
  expect(mtr.weights).toMatchObject({ decisions: 0, actions: 0 });
});

test("with SquareCB and Thompson sampling every example counts 1", () => {
  expect(new Mtr({ type: "squareCb", gamma: 10, exponent: 0.5 }).importance(1e-9, 50)).toBe(1);
  expect(new Mtr({ type: "thompson", epsilon: 0 }).importance(1e-9, 50)).toBe(1);
});

test("where the policy has no floor, an example counts at most a hundred times what one of a uniform choice does", () => {
  const mtr = new Mtr({ type: "softmax", lambda: 50 });
  expect(mtr.importance(0.001, 10)).toBeCloseTo(100, 9);
  expect(mtr.importance(1e-300, 10)).toBeCloseTo(100, 9);
  expect(mtr.importance(0.5, 10)).toBeCloseTo(0.2, 9);
});
