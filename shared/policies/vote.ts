import { bestScore } from "./best.ts";
import { enforceFloor } from "./floor.ts";
import { isTied } from "./ties.ts";

/**
 * Adds one vote of a committee to `votes`: `share` for the best action, in parts when several are tied.
 * @param scores one an action; higher is better.
 * @throws RangeError when there is no score, or one is NaN.
 */
export function vote(scores: ArrayLike<number>, share: number, votes: Float64Array): void {
  const best = bestScore(scores);
  let tied = 0;
  for (let i = 0; i < scores.length; i++) if (isTied(scores[i]!, best)) tied++;
  for (let i = 0; i < scores.length; i++) if (isTied(scores[i]!, best)) votes[i]! += share / tied;
}

/**
 * The distribution of a committee: each of `count` actions is as probable as it has votes, but at least `least`.
 * @param committee scores by each head.
 */
export function votes(committee: readonly ArrayLike<number>[], count: number, least: number): Float64Array {
  const result = new Float64Array(count);
  for (const scores of committee) vote(scores, 1 / committee.length, result);
  // Ninths add up to more than 1.
  for (let a = 0; a < count; a++) result[a] = Math.min(result[a]!, 1);
  enforceFloor(result, least * count);
  return result;
}
