import { ownPolicy } from "./policy.ts";
import { powers } from "./powers.ts";

/**
 * The mixture of Exp3 (Auer, Cesa-Bianchi, Freund & Schapire 2002, "The nonstochastic multiarmed bandit problem"): a share of `epsilon` is
 * uniform, and the rest is in proportion to e^(lambda score). Unlike a floor, it takes from every action in proportion to its probability.
 */
export const mixedSoftmax = ownPolicy({
  type: "mixedSoftmax",
  fields: (z) => ({ lambda: z.number().min(0).max(1e6), epsilon: z.number().min(0).max(1) }),
  defaults: { lambda: 10, epsilon: 0.05 },
  distribution({ lambda, epsilon }, { scores }) {
    const parts = powers(scores, lambda);
    const sum = parts.reduce((a, b) => a + b, 0);
    return parts.map((part) => epsilon / scores.length + ((1 - epsilon) * part) / sum);
  },
  leastPropensity: ({ epsilon }, count) => Math.max(epsilon / count, 1 / (100 * count)),
  commandLine: { name: "mixed-softmax", takes: ["lambda", "epsilon"] },
});
