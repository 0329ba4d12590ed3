import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Policy } from "../contract/spec.ts";
import { committeeSize } from "./committee-size.ts";
import { type Beliefs, distribution as ofBeliefs } from "./distribution.ts";
import { probabilities as epsilonGreedy } from "./epsilon-greedy.ts";
import { leastPropensity } from "./least-propensity.ts";
import { probabilities as squareCb } from "./square-cb.ts";

const score = fc.oneof(
  fc.double({ noNaN: true, min: -10, max: 10 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, 1.00001, 1e-300, -1e308, 1e308, Number.MAX_VALUE, -Number.MAX_VALUE),
);
const scores = fc.array(score, { minLength: 1, maxLength: 50 });
const policy: fc.Arbitrary<Policy> = fc.oneof(
  fc.record({ type: fc.constant("epsilonGreedy" as const), epsilon: fc.double({ noNaN: true, min: 0, max: 1 }) }),
  fc.record({
    type: fc.constant("squareCb" as const),
    gamma: fc.double({ noNaN: true, min: 1e-3, max: 1e6 }),
    exponent: fc.constantFrom(0, 0.3, 0.5, 1),
  }),
  fc.record({ type: fc.constant("softmax" as const), lambda: fc.double({ noNaN: true, min: 0, max: 1e6 }) }),
);
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ noNaN: true, min: 0, max: 1 }));
const size = fc.integer({ min: 2, max: 32 });
/** Policies that look at more than the scores, or not at them alone. */
const elaborate: fc.Arbitrary<Policy> = fc.oneof(
  fc.record({ type: fc.constant("tauFirst" as const), tau: fc.nat(100), epsilon: share }),
  fc.record({ type: fc.constant("bagging" as const), bags: size, epsilon: share }),
  fc.record({
    type: fc.constant("cover" as const),
    policies: size,
    psi: fc.constant(1),
    epsilon: fc.option(share),
  }),
  fc.record({ type: fc.constant("thompson" as const), epsilon: fc.double({ noNaN: true, min: 0, max: 1 }) }),
);
/** What a model may think of 1 to 50 actions, and what it takes each kind of policy. */
const belief = fc
  .record({ policy: fc.oneof(policy, elaborate), count: fc.integer({ min: 1, max: 50 }) })
  .chain(({ policy: p, count }) => {
    const one = fc.array(score, { minLength: count, maxLength: count });
    const deviation = fc.double({ noNaN: true, min: 0, max: 1e6 });
    return fc.record({
      policy: fc.constant(p),
      beliefs: fc.record({
        scores: one,
        committee: fc.array(one, { minLength: committeeSize(p), maxLength: committeeSize(p) }),
        deviations: fc.array(deviation, { minLength: count, maxLength: count }),
      }) satisfies fc.Arbitrary<Beliefs>,
    });
  });
const examples = fc.nat(1e9);
const distribution = (p: Policy, s: readonly number[], n: number, rewardRange = 1) =>
  ofBeliefs(p, { scores: s }, { examples: n, rewardRange });
const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

describe("a policy's distribution", () => {
  test("has no negative probability and sums to 1", () => {
    fc.assert(
      fc.property(belief, examples, ({ policy: p, beliefs }, n) => {
        const result = ofBeliefs(p, beliefs, { examples: n });
        expect(result).toHaveLength(beliefs.scores.length);
        expect(result.every((x) => x >= 0 && x <= 1)).toBe(true);
        expect(Math.abs(sum(result) - 1)).toBeLessThan(1e-12);
      }),
      { numRuns: 1000 },
    );
  });

  test("keeps the least probability that it promises", () => {
    fc.assert(
      fc.property(belief, examples, ({ policy: p, beliefs }, n) => {
        const count = beliefs.scores.length;
        const epsilon = "epsilon" in p && p.type !== "epsilonGreedy" ? p.epsilon : null;
        const least = epsilon !== null ? epsilon / count : p.type === "cover" ? 1 / Math.sqrt(count * (n || 1)) : 0;
        for (const x of ofBeliefs(p, beliefs, { examples: n }))
          expect(x).toBeGreaterThanOrEqual(Math.min(least, 1 / count) * (1 - 1e-9));
      }),
    );
  });

  test("gives nothing that it may choose less than what weighing by 1 / propensity takes for the least", () => {
    fc.assert(
      fc.property(belief, fc.nat(5000), ({ policy: p, beliefs }, n) => {
        if (p.type === "softmax" || p.type === "thompson" || p.type === "squareCb") return;
        // Less than a hundredth of a uniform choice's counts as that.
        if ("epsilon" in p && p.epsilon !== null && p.epsilon > 0 && p.epsilon < 0.01) return;
        const count = beliefs.scores.length;
        const least = leastPropensity(p, count, n);
        for (const x of ofBeliefs(p, beliefs, { examples: n }))
          if (x > 0) expect(x).toBeGreaterThanOrEqual(least * (1 - 1e-9));
      }),
    );
  });

  test("is the same whatever unit rewards are counted in, with SquareCB", () => {
    const p = { type: "squareCb", gamma: 10, exponent: 0.5 } as const;
    const some = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(some, examples, fc.constantFrom(2 ** -20, 0.5, 32), (s, n, unit) => {
        const inUnits = s.map((x) => x * unit);
        expect(distribution(p, inUnits, n, unit)).toEqual(distribution(p, s, n));
      }),
    );
  });

  test("never gives a higher score a lower probability", () => {
    fc.assert(
      fc.property(policy, scores, examples, (p, s, n) => {
        const result = distribution(p, s, n);
        for (let i = 0; i < s.length; i++)
          for (let j = 0; j < s.length; j++)
            if (s[i]! > s[j]!) expect(result[i]).toBeGreaterThanOrEqual(result[j]! - 1e-15);
      }),
    );
  });

  test("does not depend on the order of the actions", () => {
    fc.assert(
      fc.property(policy, scores, examples, fc.infiniteStream(fc.nat()), (p, s, n, keys) => {
        const order = s.map((_, i) => ({ i, key: keys.next().value! })).sort((a, b) => a.key - b.key);
        const result = distribution(p, s, n);
        const permuted = distribution(
          p,
          order.map(({ i }) => s[i]!),
          n,
        );
        order.forEach(({ i }, at) => {
          expect(Math.abs(permuted[at]! - result[i]!)).toBeLessThan(1e-12);
        });
      }),
    );
  });

  test("is certain with one action", () => {
    fc.assert(
      fc.property(policy, score, examples, (p, s, n) => {
        expect(distribution(p, [s], n)[0]).toBeCloseTo(1, 14);
      }),
    );
  });

  test("is uniform when all are tied", () => {
    fc.assert(
      fc.property(policy, score, fc.integer({ min: 1, max: 50 }), examples, (p, s, count, n) => {
        for (const x of distribution(p, Array(count).fill(s), n)) expect(x).toBeCloseTo(1 / count, 12);
      }),
    );
  });

  test.each([
    { type: "epsilonGreedy", epsilon: 0.1 } as const,
    { type: "squareCb", gamma: 10, exponent: 0.5 } as const,
    { type: "softmax", lambda: 2 } as const,
    { type: "tauFirst", tau: 0, epsilon: 0 } as const,
  ])("of $type refuses no scores and scores that are no numbers", (p) => {
    expect(() => distribution(p, [], 0)).toThrow("there are no scores");
    expect(() => distribution(p, [1, Number.NaN], 0)).toThrow("score 1 is not a number");
  });
});

describe("epsilon-greedy", () => {
  test("spreads epsilon over all and the rest over those tied with the best", () => {
    expect([...epsilonGreedy([1, 3, 2, 3], 0.2)]).toEqual([0.05, 0.45, 0.05, 0.45]);
  });

  test("counts scores within 1e-4 of their size as tied", () => {
    expect([...epsilonGreedy([1, 1.0001], 0)]).toEqual([0.5, 0.5]);
    expect([...epsilonGreedy([1, 1.0003], 0)]).toEqual([0, 1]);
    expect([...epsilonGreedy([0, 1e-9], 0)]).toEqual([0, 1]);
  });

  test("ties an infinite score with its equals only", () => {
    const [best, worst] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect([...epsilonGreedy([1, worst, 1], 0)]).toEqual([0.5, 0, 0.5]);
    expect([...epsilonGreedy([1, best], 0)]).toEqual([0, 1]);
    expect([...epsilonGreedy([worst, worst], 0)]).toEqual([0.5, 0.5]);
  });
});

describe("SquareCB", () => {
  test("gives 1 / (K + gamma gap) to all but the best", () => {
    expect([...squareCb([0.5, 1, 0], 8)]).toEqual([1 / 7, 1 - 1 / 7 - 1 / 11, 1 / 11]);
  });

  test("gets greedier with the square root of the examples", () => {
    const p = { type: "squareCb", gamma: 2, exponent: 0.5 } as const;
    expect(distribution(p, [0, 1], 0)[0]).toBe(0.5);
    expect(distribution(p, [0, 1], 25)[0]).toBe(1 / 12);
  });

  test("never stops exploring", () => {
    const p = { type: "squareCb", gamma: 0.5, exponent: 1 } as const;
    expect(distribution(p, [0, 1], 1e9)[0]).toBe(1 / 25_002);
  });

  test("takes any exponent", () => {
    const p = { type: "squareCb", gamma: 2, exponent: 0.25 } as const;
    expect(distribution(p, [0, 1], 0)[0]).toBe(0.5);
    expect(distribution(p, [0, 1], 16)[0]).toBeCloseTo(1 / 6, 14);
    expect(distribution({ ...p, exponent: 1 }, [0, 1], 16)[0]).toBe(1 / 34);
    expect(distribution({ ...p, exponent: 0 }, [0, 1], 16)[0]).toBe(1 / 4);
  });
});

describe("a committee", () => {
  const committee = [
    [1, 0, 0],
    [1, 0, 0],
    [0, 1, 0],
    [0, 1, 1],
  ];
  const beliefs = { scores: [9, 9, 9], committee };

  test("gives an action its share of the votes, ties in parts", () => {
    const p = { type: "bagging", bags: 4, epsilon: 0 } as const;
    expect([...ofBeliefs(p, beliefs, { examples: 0 })]).toEqual([0.5, 0.375, 0.125]);
  });

  test("that covers is uniform at first, and keeps 1 / sqrt(K n) for every action", () => {
    const p = { type: "cover", policies: 4, psi: 1, epsilon: null } as const;
    for (const x of ofBeliefs(p, beliefs, { examples: 0 })) expect(x).toBeCloseTo(1 / 3, 14);
    expect(ofBeliefs(p, beliefs, { examples: 1e4 })[2]).toBe(0.125);
    expect(Math.min(...ofBeliefs(p, { ...beliefs, committee: [[1, 0, 0]] }, { examples: 1e4 }))).toBe(
      1 / Math.sqrt(3e4),
    );
  });
});

test("a policy refuses to guess what the snapshot lacks", () => {
  const [scores, experience] = [[1, 2], { examples: 0 }];
  const bagging = { type: "bagging", bags: 2, epsilon: 0 } as const;
  expect(() => ofBeliefs(bagging, { scores }, experience)).toThrow("needs a committee, and the snapshot has none");
  expect(() => ofBeliefs({ type: "thompson", epsilon: 0 }, { scores }, experience)).toThrow("needs deviations");
});
