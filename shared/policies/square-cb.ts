import { bestScore } from "./best.ts";

/**
 * SquareCB, inverse gap weighting (Foster & Rakhlin 2020, arXiv:2002.04926): an action that is worse than the best by g has
 * probability 1 / (K + gamma g), and the best has the rest. Exact ties for the best share it, so that the order of the
 * actions does not matter.
 * @param scores one an action; higher is better.
 * @param gamma 0 or more: the higher, the greedier. 0 is uniform.
 * @returns the probability of each action.
 * @throws RangeError when there is no score, or one is NaN.
 */
export function probabilities(scores: ArrayLike<number>, gamma: number): Float64Array {
  const best = bestScore(scores);
  const count = scores.length;
  const result = new Float64Array(count);
  let tied = 0;
  let others = 0;
  for (let i = 0; i < count; i++) {
    if (scores[i] === best) tied++;
    else {
      // A gap that overflows is as good as the largest number: gamma 0 times it must be 0, not NaN.
      const gap = Math.min(best - scores[i]!, Number.MAX_VALUE);
      result[i] = 1 / (count + gamma * gap);
      others += result[i]!;
    }
  }
  const share = (1 - others) / tied;
  for (let i = 0; i < count; i++) if (scores[i] === best) result[i] = share;
  return result;
}
