import { ownPolicy } from "./policy.ts";
import { powers } from "./powers.ts";

/**
 * The mixture of Exp3 (Auer, Cesa-Bianchi, Freund & Schapire 2002, "The nonstochastic multiarmed bandit problem"): a share of `epsilon` is
 * uniform, and the rest is in proportion to e^(lambda score), with a lambda as of softmax.ts. Unlike a floor, it takes from every action in proportion to its probability.
 */
export const mixedSoftmax = ownPolicy({
  type: "mixedSoftmax",
  fields: (z) => ({ lambda: z.number().min(0).max(1e6).nullable(), epsilon: z.number().min(0).max(1) }),
  defaults: { lambda: null, epsilon: 0.05 },
  distribution: ({ lambda, epsilon }, { scores }, experience) =>
    powers(scores, lambda, experience, 1 - epsilon).map((share) => epsilon / scores.length + share),
  leastPropensity: ({ epsilon }, count) => Math.max(epsilon / count, 1 / (100 * count)),
});

/** What the command line calls it. Pages do without. */
export const mixedSoftmaxText = { name: "mixed-softmax", takes: ["lambda", "epsilon"] } as const;
