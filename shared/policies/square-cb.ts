import { power } from "../math/power.ts";
import { bestScore } from "./best.ts";
import { definePolicy } from "./policy.ts";

/** More examples make it no greedier: what was tried long ago may have changed. */
const MOST_EXAMPLES = 50_000;

/** With more actions than these gaps count more, so that what is tried of them together is no more. */
const FEW = 10;

/** A gap that overflows is as good as this: gamma 0 times it must be 0, not NaN. */
const MOST_GAP = 1e308;

/**
 * SquareCB, inverse gap weighting (Foster & Rakhlin 2020, arXiv:2002.04926): an action that is worse than the best by g has
 * probability 1 / (K + gamma g), and the best has the rest. Exact ties for the best share it, so that the order of the
 * actions does not matter.
 *
 * The effective gamma is `gamma * examples^exponent`, of more than 10 actions (K / 10) times as much, for gaps in units of the range of the rewards
 * (bandit/observed-range.ts), with `auto` of what they scatter by (bandit/observed-spread.ts), so nothing need be set for rewards of another size. By default an action that is worse is tried in inverse proportion to the examples, so that what is lost on it
 * grows with their logarithm (and not with their root, as with the exponent .5 of the worst case and of Vowpal Wabbit, whose
 * gamma is 10); after 50,000 no less any more, as the world may change.
 *
 * Every example counts once: its guarantee is for an unweighted regression oracle, and its propensities get so small that weights of
 * 1 / propensity would drown the rest. (Vowpal Wabbit keeps the division by the mean number of actions there, which only slows learning.)
 */
export const squareCb = definePolicy({
  type: "squareCb",
  fields: (z) => ({ gamma: z.number().positive(), exponent: z.number().min(0).max(1) }),
  defaults: { gamma: 0.5, exponent: 1 },
  distribution({ gamma, exponent }, { scores }, { examples, rewardRange = 1 }) {
    const many = Math.max(scores.length / FEW, 1);
    return inverseGaps(scores, (gamma * many * power(Math.min(examples, MOST_EXAMPLES), exponent)) / rewardRange);
  },
  countsOnce: true,
  commandLine: { name: "squarecb", takes: ["gamma", "exponent"] },
});

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
      const gap = Math.min(best - scores[i]!, MOST_GAP);
      result[i] = 1 / (count + gamma * gap);
      others += result[i]!;
    }
  }
  return result.map((share, i) => (scores[i] === best ? (1 - others) / tied : share));
}
