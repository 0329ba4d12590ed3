import { bestScore } from "./best.ts";

/**
 * Explore first: uniform until `tau` examples were learned, then always the best action, the first of those with the best score.
 * @param scores one an action; higher is better.
 * @param examples how many were learned.
 * @returns the probability of each action.
 * @throws RangeError when there is no score, or one is NaN.
 */
export function probabilities(scores: ArrayLike<number>, tau: number, examples: number): Float64Array {
  const best = bestScore(scores);
  const result = new Float64Array(scores.length);
  if (examples < tau) return result.fill(1 / scores.length);
  for (let i = 0; ; i++)
    if (scores[i] === best) {
      result[i] = 1;
      return result;
    }
}
