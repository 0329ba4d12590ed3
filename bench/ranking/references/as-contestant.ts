import type { Contestant } from "../contestant.ts";
import type { Reference } from "./reference.ts";

export function asContestant({ name, beliefs, distribution }: Reference): Contestant {
  return {
    name,
    begin(_, source) {
      const known = beliefs();
      let n = 0;
      return {
        decide: (round) => ({
          scores: Float64Array.from(round.actions, (_, a) => known.score(round, a)),
          probabilities: distribution(known, round, source, n),
        }),
        learn(round, chosen, reward) {
          known.learn(round, chosen, reward);
          n++;
        },
      };
    },
  };
}
