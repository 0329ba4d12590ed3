import { expect, test } from "vitest";
import { tauFirst } from "./policies.ts";

const distribution = (options: Parameters<typeof tauFirst>[0], scores: number[], examples: number) => [
  ...tauFirst.distribution(tauFirst(options), { scores }, { examples }),
];

test("tau-first is uniform for tau examples, and then takes the first of the best", () => {
  expect(distribution({ tau: 10 }, [1, 2, 2, 0], 9)).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(distribution({ tau: 10 }, [1, 2, 2, 0], 10)).toEqual([0, 1, 0, 0]);
});

test("tau-first keeps epsilon / K for each of the others", () => {
  expect(distribution({ tau: 0, epsilon: 0.4 }, [1, 2, 2, 0], 10)).toEqual([0.1, expect.closeTo(0.7, 14), 0.1, 0.1]);
  expect(tauFirst.leastPropensity(tauFirst({ epsilon: 0.4 }), 4, 0)).toBe(0.1);
});
