import type { Reference } from "./reference.ts";

/** SquareCB (Foster & Rakhlin 2020) with the rate of its theorem, gamma = factor sqrt(K n). */
export const squareCbOnRidge = (factor: number): Reference["distribution"] => {
  return (beliefs, round, _, n) => {
    const count = round.actions.length;
    const scores = Float64Array.from(round.actions, (_, a) => beliefs.score(round, a));
    const best = scores.indexOf(Math.max(...scores));
    const gamma = factor * Math.sqrt(count * n);
    const result = scores.map((score) => 1 / (count + gamma * (scores[best]! - score)));
    result[best] = 0;
    result[best] = 1 - result.reduce((a, b) => a + b, 0);
    return result;
  };
};
