import { exp } from "../math/exp.ts";
import { bestScore } from "./best.ts";
import type { Experience } from "./policy.ts";

/**
 * How much a unit of rewards counts, with the root of the examples: a gap between two actions is known to within 1 over it. Chosen on seeds of _rare_ and _news_ (bench/ranking.ts): of the way to best 3 had .42 and .75, 1 had .26 and
 * .75, and a fixed 10 of the rewards' own units .04 and .59.
 */
const BY_ROOT = 3;
/** More examples make it no greedier: what was tried long ago may have changed. */
const MOST_EXAMPLES = 50_000;

/**
 * Shares `mass` in proportion to e^(lambda score).
 * @param lambda in the rewards' own units; null: it grows with what is known, in units of what rewards scatter by.
 */
export function powers(
  scores: ArrayLike<number>,
  lambda: number | null,
  { examples, rewardRange = 1 }: Experience,
  mass = 1,
): Float64Array {
  const strength = lambda ?? (BY_ROOT * Math.sqrt(Math.min(examples, MOST_EXAMPLES))) / rewardRange;
  const best = bestScore(scores);
  // A gap that overflows is as good as the largest number: lambda 0 times it must be 0, not NaN; nor is the strength times no gap.
  const gap = (score: number) => (score === best ? 0 : Math.min(best - score, Number.MAX_VALUE));
  const parts = Float64Array.from(scores, (score) => exp(-strength * gap(score) || 0));
  const sum = parts.reduce((a, b) => a + b);
  return parts.map((part) => (mass * part) / sum);
}
