import { power } from "../math/power.ts";
import { bestScore } from "./best.ts";
import type { Beliefs, Experience } from "./policy.ts";

/** More examples make it no greedier: what was tried long ago may have changed. */
const MOST_EXAMPLES = 50_000;

/** With more actions than these gaps count more, so that what is tried of them together is no more. */
const FEW = 10;

/** Where widths are known, gaps count so many times as much: what little is known of is looked for by its width. */
const SURER = 2;

/** How SquareCB (square-cb.ts) decides: all that a page needs of the default policy. */
export const inverseGapWeighting = {
  type: "squareCb" as const,
  distribution(
    { gamma, exponent }: { gamma: number; exponent: number },
    { scores, widths }: Beliefs,
    { examples, rewardRange = 1 }: Experience,
  ): Float64Array {
    const many = Math.max(scores.length / FEW, 1) * (widths ? SURER : 1);
    const greed = (gamma * many * power(Math.min(examples, MOST_EXAMPLES), exponent)) / rewardRange;
    const result = inverseGaps(scores, greed);
    if (!widths) return result;
    // Half goes by what actions may be worth: more would all go to an action that is new, until its first rewards are learned.
    const hopes = Array.from(scores, (score, i) => score + (rewardRange * widths[i]!) / 2);
    return inverseGaps(hopes, greed).map((hope, i) => (hope + result[i]!) / 2);
  },
};

/** @param gamma 0 or more: the higher, the greedier. 0 is uniform. */
function inverseGaps(scores: ArrayLike<number>, gamma: number): Float64Array {
  const best = bestScore(scores);
  const count = scores.length;
  const result = new Float64Array(count);
  let tied = 0;
  let others = 0;
  for (let i = 0; i < count; i++) {
    if (scores[i] === best) tied++;
    else {
      // A gap may overflow: gamma 0 times it is 0, too.
      result[i] = 1 / (count + (gamma * (best - scores[i]!) || 0));
      others += result[i]!;
    }
  }
  return result.map((share, i) => (scores[i] === best ? (1 - others) / tied : share));
}
