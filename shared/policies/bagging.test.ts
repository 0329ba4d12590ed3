import fc from "fast-check";
import { expect, test } from "vitest";
import { bagging } from "./policies.ts";

const committee = [
  [1, 0, 0],
  [1, 0, 0],
  [0, 1, 0],
  [0, 1, 1],
];
const experience = { examples: 0 };

test("bagging gives an action its share of the votes, ties in parts", () => {
  const spec = bagging({ bags: 4, epsilon: 0 });
  expect([...bagging.distribution(spec, { scores: [9, 9, 9], committee }, experience)]).toEqual([0.5, 0.375, 0.125]);
});

test("bagging gives nothing that it may choose less than what weighing by 1 / propensity takes for the least", () => {
  const votes = fc.array(fc.array(fc.constantFrom(0, 1, 2), { minLength: 3, maxLength: 3 }), {
    minLength: 2,
    maxLength: 32,
  });
  fc.assert(
    fc.property(votes, fc.constantFrom(0, 0.05, 1), (heads, epsilon) => {
      const spec = bagging({ bags: heads.length, epsilon });
      const least = bagging.leastPropensity(spec, 3, 0);
      for (const x of bagging.distribution(spec, { scores: [0, 0, 0], committee: heads }, experience))
        if (x > 0) expect(x).toBeGreaterThanOrEqual(least * (1 - 1e-9));
    }),
  );
});
