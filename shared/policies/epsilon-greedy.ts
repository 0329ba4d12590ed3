import { bestScore } from "./best.ts";
import { ownPolicy } from "./policy.ts";
import { isTied } from "./ties.ts";

/** Epsilon-greedy: `epsilon` is spread over all actions, the rest over those tied with the best. */
export const epsilonGreedy = ownPolicy({
  type: "epsilonGreedy",
  fields: (z) => ({ epsilon: z.number().min(0).max(1) }),
  defaults: { epsilon: 0.05 },
  distribution({ epsilon }, { scores }) {
    const best = bestScore(scores);
    const count = scores.length;
    const result = new Float64Array(count).fill(epsilon / count);
    let tied = 0;
    for (let i = 0; i < count; i++) if (isTied(scores[i]!, best)) tied++;
    const share = (1 - epsilon) / tied;
    for (let i = 0; i < count; i++) if (isTied(scores[i]!, best)) result[i]! += share;
    return result;
  },
  leastPropensity: ({ epsilon }, count) => (epsilon || 1) / count,
});

/** What the command line calls it. Pages do without. */
export const epsilonGreedyText = { name: "epsilon-greedy", takes: ["epsilon"] } as const;
