import { ownPolicy } from "./policy.ts";
import { powers } from "./powers.ts";

/**
 * Softmax (Boltzmann): probabilities in proportion to e^(lambda score).
 * @param lambda 0 is uniform; the higher, the greedier.
 */
export const softmax = ownPolicy({
  type: "softmax",
  fields: (z) => ({ lambda: z.number().min(0).max(1e6) }),
  defaults: { lambda: 10 },
  distribution({ lambda }, { scores }) {
    const parts = powers(scores, lambda);
    const sum = parts.reduce((a, b) => a + b, 0);
    return parts.map((part) => part / sum);
  },
  commandLine: { name: "softmax", takes: ["lambda"] },
});
