import { given, ownPolicy } from "./policy.ts";
import { votes } from "./vote.ts";

/**
 * Bagging (online bootstrap, Oza & Russell 2001): `bags` learners, each of which learns an example as often as a Poisson draw says, vote, and
 * an action is as probable as it has votes. So where the data leave doubt, the learners differ, and that explores. `epsilon` keeps a
 * probability for actions without a vote, so that other policies can be evaluated on the log.
 */
export const bagging = ownPolicy({
  type: "bagging",
  fields: (z) => ({ bags: z.number().int().min(2).max(32), epsilon: z.number().min(0).max(1) }),
  defaults: { bags: 5, epsilon: 0.05 },
  distribution: ({ epsilon }, { scores, committee }) =>
    votes(given(committee, "a committee"), scores.length, epsilon / scores.length),
  // Without epsilon, a part of one of the votes: as many parts as actions, when all are tied.
  leastPropensity: ({ epsilon, bags }, count) => (epsilon || 1 / bags) / count,
  committee: ({ bags }) => ({ by: "bootstrap", heads: bags }),
});

/** What the command line calls it. Pages do without. */
export const baggingText = { name: "bagging", takes: ["bags"] } as const;
