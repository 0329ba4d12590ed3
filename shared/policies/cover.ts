import { leastCounted } from "./least-counted.ts";
import { given, ownPolicy } from "./policy.ts";
import { votes } from "./vote.ts";

/**
 * Online cover (Agarwal et al. 2014, "Taming the monster", arXiv:1402.0555, section 5): `policies` vote, each rewarded by `psi` for what those
 * before it leave out. Every action keeps a probability of `epsilon` / K; without `epsilon` one that falls with the examples. `psi` is in units of
 * the reward: with much of it cover never settles.
 */
export const cover = ownPolicy({
  type: "cover",
  fields: (z) => ({
    policies: z.number().int().min(2).max(32),
    psi: z.number().min(0).max(1000),
    epsilon: z.number().min(0).max(1).nullable(),
  }),
  defaults: { policies: 3, psi: 0.1, epsilon: null },
  distribution: ({ epsilon }, { scores, committee }, { examples }) =>
    votes(given(committee, "a committee"), scores.length, floor(epsilon, scores.length, examples)),
  leastPropensity: ({ epsilon }, count, examples) => Math.max(floor(epsilon, count, examples), leastCounted(count)),
  committee: ({ policies, psi, epsilon }) => ({
    by: "cover",
    heads: policies,
    psi,
    floor: (count, examples) => floor(epsilon, count, examples),
  }),
});

/** The least probability of each of `count` actions: epsilon / K; without epsilon 1 / sqrt(K n) after n examples. */
function floor(epsilon: number | null, count: number, examples: number): number {
  return epsilon === null ? Math.min(1 / count, 1 / Math.sqrt(count * examples)) : epsilon / count;
}

/** What the command line calls it. Pages do without. */
export const coverText = { name: "cover", takes: ["policies"] } as const;
