import { exp } from "../math/exp.ts";
import { bestScore } from "./best.ts";

/** e^(lambda score) of each score, in proportion to that of the best. */
export function powers(scores: ArrayLike<number>, lambda: number): Float64Array {
  const best = bestScore(scores);
  // A gap that overflows is as good as the largest number: lambda 0 times it must be 0, not NaN.
  const gap = (score: number) => (score === best ? 0 : Math.min(best - score, Number.MAX_VALUE));
  return Float64Array.from(scores, (score) => exp(-lambda * gap(score)));
}
