import { exp } from "../math/exp.ts";
import { bestScore } from "./best.ts";
import { definePolicy } from "./policy.ts";

/**
 * Softmax (Boltzmann): probabilities in proportion to e^(lambda score).
 * @param lambda 0 is uniform; the higher, the greedier.
 */
export const softmax = definePolicy({
  type: "softmax",
  fields: (z) => ({ lambda: z.number().min(0).max(1e6) }),
  defaults: { lambda: 10 },
  distribution: ({ lambda }, { scores }) => boltzmann(scores, lambda),
  commandLine: { name: "softmax", takes: ["lambda"] },
});

function boltzmann(scores: ArrayLike<number>, lambda: number): Float64Array {
  const best = bestScore(scores);
  const result = new Float64Array(scores.length);
  let sum = 0;
  for (let i = 0; i < result.length; i++) {
    // A gap that overflows is as good as the largest number: lambda 0 times it must be 0, not NaN.
    const gap = scores[i] === best ? 0 : Math.min(best - scores[i]!, Number.MAX_VALUE);
    result[i] = exp(-lambda * gap);
    sum += result[i]!;
  }
  for (let i = 0; i < result.length; i++) result[i]! /= sum;
  return result;
}
