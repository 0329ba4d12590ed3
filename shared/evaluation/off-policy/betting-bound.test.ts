import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import { BettingLowerBound, type Wager } from "./betting-bound.ts";
import { atLeast, atMost } from "./ips.ts";

const fill = (values: readonly number[], most: number, wager: typeof atLeast = atLeast) => {
  const bound = new BettingLowerBound(0.025, 1000);
  for (const value of values) bound.update(wager(value, most));
  return bound;
};

/** `value` with the given probability, else 0. */
const rare = (seed: number, n: number, probability: number, value: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: n }, () => (random() < probability ? value : 0));
};

test("is 0 before there are values, and in [0, 1] always", () => {
  expect(fill([], 1).bound).toBe(0);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 30, noNaN: true }), { maxLength: 200 }), (values) => {
      for (const wager of [atLeast, atMost]) {
        const { bound } = fill(values, 30, wager);
        expect(bound).toBeGreaterThanOrEqual(0);
        expect(bound).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("comes near the mean with many values", () => {
  const { bound } = fill(rare(1, 5000, 0.2, 1), 1);
  expect(bound).toBeGreaterThan(0.17);
  expect(bound).toBeLessThan(0.2);
});

test("firstAbove tells when the bound passed a mean, which the bound of the values up to then confirms", () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0.01, max: 0.4, noNaN: true }), (seed, mean) => {
      const values = rare(seed, 200, 0.5, 1);
      const first = fill(values, 1).firstAbove(mean);
      if (first === null) {
        expect(fill(values, 1).bound).toBeLessThanOrEqual(mean * (1 + 1e-4));
        return;
      }
      expect(fill(values.slice(0, first), 1).bound).toBeGreaterThan(mean * (1 - 1e-3));
      expect(fill(values.slice(0, first - 1), 1).bound).toBeLessThanOrEqual(mean * (1 + 1e-3));
    }),
    { numRuns: 50 },
  );
});

describe("is above the mean with probability alpha at most, at any time", () => {
  // 400 runs of a bound that is wrong with probability .025: 10 expected at most, 22 or more has probability 5e-4.
  const wrongRuns = (wager: typeof atLeast, mean: number, probability: number, value: number) => {
    let wrong = 0;
    for (let seed = 0; seed < 400; seed++) {
      if (fill(rare(seed, 1000, probability, value), value, wager).firstAbove(mean) !== null) wrong++;
    }
    return wrong;
  };
  test.each([
    [0.5, 1],
    [0.01, 1],
    [0.02, 10],
  ])("for values with probability %d of %d", (probability, value) => {
    const mean = probability * value;
    expect(wrongRuns(atLeast, mean, probability, value)).toBeLessThan(22);
    expect(wrongRuns(atMost, 1 - mean, probability, value)).toBeLessThan(22);
  });
});

test("rules out every mean below the bound, for wagers of every kind", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const draws = fc.array(fc.record({ most: share, weight: share, reward: share, prediction: share }), {
    minLength: 30,
  });
  // As IPS from below and above, SNIPS and DR make them, with weights of up to 20, mostly small.
  const kinds: ((weight: number, most: number, reward: number, prediction: number) => Wager)[] = [
    (weight, most, reward) => atLeast(weight * reward, most),
    (weight, most, reward) => atMost(weight * reward, most),
    (weight, most, reward) => ({ ...atLeast(weight * reward, 1), denominator: weight, mostDenominator: most }),
    (weight, most, reward, prediction) => ({
      ...atLeast(prediction + weight * (reward - prediction), prediction + most * (1 - prediction)),
      mostNegative: Math.max(0, (most - 1) * prediction),
    }),
  ];
  fc.assert(
    fc.property(draws, fc.constantFrom(...kinds), fc.constantFrom(10, 1000), (list, wager, horizon) => {
      const bound = new BettingLowerBound(0.025, horizon);
      for (const { most, weight, reward, prediction } of list) {
        const largest = 1 + 19 * most * most * most;
        bound.update(wager(weight * largest, largest, reward, prediction));
      }
      for (let i = 0; i < 20; i++)
        expect(bound.firstAbove((bound.bound * i) / 20)).not.toBe(bound.bound > 0 ? null : 0);
    }),
  );
});

test("a value that could be further out than any before it is taken for 0", () => {
  const before = fill(rare(1, 500, 0.5, 1), 1);
  const after = fill(rare(1, 500, 0.5, 1), 1);
  after.update(atLeast(1000, 1000));
  expect(after.bound).toBeLessThanOrEqual(before.bound);
});

test("a value of unknown depth is not bet on, and does not stop the bets on others", () => {
  const bound = fill(rare(1, 500, 0.5, 1), 1);
  const before = bound.bound;
  bound.update({
    numerator: 1,
    denominator: 1,
    mostNegative: Number.POSITIVE_INFINITY,
    mostDenominator: 1,
    mostRatio: 1,
  });
  expect(bound.bound).toBeGreaterThan(0.9 * before);
  for (const value of rare(2, 500, 0.5, 1)) bound.update(atLeast(value, 1));
  expect(bound.bound).toBeGreaterThan(before);
});

test.each([
  [0, 1000],
  [1, 1000],
  [Number.NaN, 1000],
  [0.05, 0],
  [0.05, Number.POSITIVE_INFINITY],
])("alpha %d with horizon %d is refused", (alpha, horizon) => {
  expect(() => new BettingLowerBound(alpha, horizon)).toThrow(RangeError);
});
