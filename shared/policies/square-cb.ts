import { inverseGapWeighting } from "./inverse-gaps.ts";
import { ownPolicy } from "./policy.ts";

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
 * Where it is known what scores may be wrong by (`auto`), half of the probability goes by gaps between score + width, the bounds of LinUCB (Li, Chu, Langford &
 * Schapire 2010), and gaps count twice as much: what little is known of is looked for by its width (docs/adr/0035-look-where-little-is-known.md).
 *
 * Every example counts once: its guarantee is for an unweighted regression oracle, and its propensities get so small that weights of
 * 1 / propensity would drown the rest. (Vowpal Wabbit keeps the division by the mean number of actions there, which only slows learning.)
 */
export const squareCb = ownPolicy({
  type: inverseGapWeighting.type,
  fields: (z) => ({ gamma: z.number().positive(), exponent: z.number().min(0).max(1) }),
  defaults: { gamma: 0.5, exponent: 1 },
  distribution: (spec, beliefs, experience) => inverseGapWeighting.distribution(spec, beliefs, experience),
  countsOnce: true,
});

/** What the command line calls it. Pages do without. */
export const squareCbText = { name: "squarecb", takes: ["gamma", "exponent"] } as const;
