import { bestScore } from "./best.ts";
import { isTied } from "./ties.ts";

/**
 * Epsilon-greedy: epsilon is spread over all actions, the rest over those tied with the best.
 * @param scores one an action; higher is better.
 * @param epsilon share of exploration, 0 to 1.
 * @returns the probability of each action.
 * @throws RangeError when there is no score, or one is NaN.
 */
export function probabilities(scores: ArrayLike<number>, epsilon: number): Float64Array {
  const best = bestScore(scores);
  const count = scores.length;
  const result = new Float64Array(count).fill(epsilon / count);
  let tied = 0;
  for (let i = 0; i < count; i++) if (isTied(scores[i]!, best)) tied++;
  const share = (1 - epsilon) / tied;
  for (let i = 0; i < count; i++) if (isTied(scores[i]!, best)) result[i]! += share;
  return result;
}
