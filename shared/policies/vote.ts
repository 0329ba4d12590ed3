import { bestScore } from "./best.ts";
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
