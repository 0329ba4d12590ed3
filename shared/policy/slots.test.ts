import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "../spec/model.ts";
import { distribution } from "./distribution.ts";
import { sample } from "./sample.ts";
import { rankSlots, sampleSlots, slotPropensities } from "./slots.ts";
import { probabilities as softmax } from "./softmax.ts";

const policy: fc.Arbitrary<Policy> = fc.oneof(
  fc.record({ type: fc.constant("epsilonGreedy" as const), epsilon: fc.double({ noNaN: true, min: 0, max: 1 }) }),
  fc.record({
    type: fc.constant("squareCb" as const),
    gamma: fc.double({ noNaN: true, min: 1e-3, max: 1e3 }),
    exponent: fc.constantFrom(0, 0.5, 1),
  }),
);
const score = fc.oneof(fc.double({ noNaN: true, min: -3, max: 3 }), fc.constantFrom(0, 1));
const scores = fc.array(score, { minLength: 1, maxLength: 12 });
const examples = fc.nat(1e6);
const id = fc.string({ minLength: 1, maxLength: 12 });
const square: Policy = { type: "squareCb", gamma: 2, exponent: 0 };

/** All lists of `slots` of the actions below `count`. */
function lists(count: number, slots: number): number[][] {
  if (slots === 0) return [[]];
  return lists(count, slots - 1).flatMap((above) =>
    Array.from({ length: count }, (_, action) => action)
      .filter((action) => !above.includes(action))
      .map((action) => [...above, action]),
  );
}

const product = (values: readonly number[]) => values.reduce((a, b) => a * b, 1);
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe("rankSlots", () => {
  test("puts no action in two places, and fills as many as there are actions for", () => {
    fc.assert(
      fc.property(id, policy, scores, examples, fc.integer({ min: 1, max: 20 }), (d, p, s, n, slots) => {
        const { chosen, propensities } = rankSlots(d, p, s, n, slots);
        expect(chosen).toHaveLength(Math.min(slots, s.length));
        expect(new Set(chosen).size).toBe(chosen.length);
        for (const action of chosen) expect(s[action]).toBeDefined();
        expect(propensities).toHaveLength(chosen.length);
        for (const propensity of propensities) expect(propensity).toBeGreaterThan(0);
      }),
    );
  });

  test("with one slot is the decision without slots", () => {
    fc.assert(
      fc.property(id, policy, scores, examples, (d, p, s, n) => {
        const probabilities = distribution(p, s, n);
        const index = sample(d, probabilities);
        expect(rankSlots(d, p, s, n, 1)).toEqual({ chosen: [index], propensities: [probabilities[index]] });
      }),
    );
  });

  test("leaves the upper slots as they are when there are more", () => {
    fc.assert(
      fc.property(id, policy, scores, examples, fc.integer({ min: 1, max: 12 }), (d, p, s, n, slots) => {
        const some = rankSlots(d, p, s, n, slots);
        const all = rankSlots(d, p, s, n, s.length);
        expect(all.chosen.slice(0, slots)).toEqual(some.chosen);
        expect(all.propensities.slice(0, slots)).toEqual(some.propensities);
      }),
    );
  });

  test("logs the propensity of each slot given those above: the policy's, over the actions left", () => {
    fc.assert(
      fc.property(id, policy, scores, examples, (d, p, s, n) => {
        const { chosen, propensities } = rankSlots(d, p, s, n, s.length);
        chosen.forEach((action, slot) => {
          const left = s.map((_, i) => i).filter((i) => !chosen.slice(0, slot).includes(i));
          const probabilities = distribution(
            p,
            left.map((i) => s[i]!),
            n,
          );
          expect(propensities[slot]).toBe(probabilities[left.indexOf(action)]);
        });
        expect(slotPropensities(chosen, p, s, n)).toEqual(propensities);
      }),
    );
  });

  test("fills 1,000 places with 1,000 actions", () => {
    const many = Array.from({ length: 1000 }, (_, i) => (i * 37) % 101);
    const { chosen, propensities } = rankSlots("s.1", square, many, 10, 1000);
    expect(new Set(chosen).size).toBe(1000);
    expect(propensities.at(-1)).toBe(1);
    expect(propensities.every((p) => p > 0 && p <= 1)).toBe(true);
  });

  test("gives lists as often as their propensities say, over the ids", () => {
    const s = [0.9, 0.1, 0.5, 0.4];
    const all = lists(4, 3);
    const counts = new Map(all.map((list) => [list.join(), 0]));
    const runs = 40_000;
    for (let n = 0; n < runs; n++) {
      const key = rankSlots(`session.${n}`, square, s, 0, 3).chosen.join();
      counts.set(key, counts.get(key)! + 1);
    }
    let statistic = 0;
    for (const list of all) {
      const expected = runs * product(slotPropensities(list, square, s, 0));
      statistic += (counts.get(list.join())! - expected) ** 2 / expected;
    }
    // 23 degrees of freedom; one case in a thousand is above.
    expect(statistic).toBeLessThan(49.7);
  });

  test("refuses what it cannot do", () => {
    for (const slots of [0, -1, 1.5, Number.NaN])
      expect(() => rankSlots("s.1", square, [1], 0, slots)).toThrow("is no number of slots");
    expect(() => rankSlots("s.1", square, [], 0, 1)).toThrow("there are no actions");
    expect(() => rankSlots("s.1", square, [1, Number.NaN], 0, 1)).toThrow("score 1 is not a number");
  });
});

describe("slotPropensities", () => {
  test("of all lists make 1", () => {
    fc.assert(
      fc.property(
        policy,
        fc.array(score, { minLength: 1, maxLength: 5 }),
        examples,
        fc.integer({ min: 1, max: 5 }),
        (p, s, n, slots) => {
          const all = lists(s.length, Math.min(slots, s.length));
          expect(sum(all.map((list) => product(slotPropensities(list, p, s, n))))).toBeCloseTo(1, 10);
        },
      ),
    );
  });

  test("of a list that the policy never makes are 0", () => {
    expect(slotPropensities([1, 0], { type: "epsilonGreedy", epsilon: 0 }, [1, 0], 0)).toEqual([0, 1]);
  });

  test("refuses an action that is there twice or not at all", () => {
    expect(() => slotPropensities([1, 1], square, [1, 0], 0)).toThrow("action 1 of slot 1 is not among those left");
    expect(() => slotPropensities([2], square, [1, 0], 0)).toThrow("action 2 of slot 0");
  });
});

describe("sampleSlots", () => {
  test("of softmax is the Plackett-Luce model", () => {
    const s = [1, 0.2, -0.5];
    const strength = s.map(Math.exp);
    const runs = 20_000;
    const counts = new Map(lists(3, 3).map((list) => [list.join(), 0]));
    for (let n = 0; n < runs; n++) {
      const { chosen, propensities } = sampleSlots(`pl.${n}`, 3, 3, (left) =>
        softmax(
          left.map((i) => s[i]!),
          1,
        ),
      );
      counts.set(chosen.join(), counts.get(chosen.join())! + 1);
      let rest = sum(strength);
      chosen.forEach((action, slot) => {
        expect(propensities[slot]).toBeCloseTo(strength[action]! / rest, 12);
        rest -= strength[action]!;
      });
    }
    let statistic = 0;
    for (const [a, b, c] of lists(3, 3)) {
      const expected = (runs * strength[a!]! * strength[b!]!) / sum(strength) / (strength[b!]! + strength[c!]!);
      statistic += (counts.get([a, b, c].join())! - expected) ** 2 / expected;
    }
    // 5 degrees of freedom.
    expect(statistic).toBeLessThan(20.5);
  });

  test("tells the distribution which slot it is for", () => {
    const bySlot = (left: readonly number[], slot: number) => left.map((action) => (action === 2 - slot ? 1 : 0));
    expect(sampleSlots("s.1", 3, 3, bySlot)).toEqual({ chosen: [2, 1, 0], propensities: [1, 1, 1] });
  });
});
