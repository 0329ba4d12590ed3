import { ownPolicy } from "./policy.ts";
import { powers } from "./powers.ts";

/**
 * Softmax (Boltzmann): probabilities in proportion to e^(lambda score).
 * @param lambda 0 is uniform; the higher, the greedier. It counts in the rewards' own units, as Vowpal Wabbit's. Null: it grows with the root of the examples, in units of what rewards scatter by (powers.ts).
 */
export const softmax = ownPolicy({
  type: "softmax",
  fields: (z) => ({ lambda: z.number().min(0).max(1e6).nullable() }),
  defaults: { lambda: null },
  distribution: ({ lambda }, { scores }, experience) => powers(scores, lambda, experience),
});

/** What the command line calls it. Pages do without. */
export const softmaxText = { name: "softmax", takes: ["lambda"] } as const;
