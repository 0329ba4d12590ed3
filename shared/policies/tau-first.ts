import { bestScore } from "./best.ts";
import { enforceFloor } from "./floor.ts";
import { ownPolicy } from "./policy.ts";

/**
 * Explore first: uniform until `tau` examples were learned, then always the best action, the first of those with the best score, but
 * for `epsilon`.
 */
export const tauFirst = ownPolicy({
  type: "tauFirst",
  fields: (z) => ({ tau: z.number().int().min(0), epsilon: z.number().min(0).max(1) }),
  defaults: { tau: 1000, epsilon: 0 },
  distribution({ tau, epsilon }, { scores }, { examples }) {
    const best = bestScore(scores);
    const result = new Float64Array(scores.length);
    if (examples < tau) result.fill(1 / scores.length);
    else result[Array.prototype.indexOf.call(scores, best)] = 1;
    enforceFloor(result, epsilon);
    return result;
  },
  leastPropensity: ({ epsilon }, count) => (epsilon || 1) / count,
});

/** What the command line calls it. Pages do without. */
export const tauFirstText = { name: "first", takes: ["tau"] } as const;
