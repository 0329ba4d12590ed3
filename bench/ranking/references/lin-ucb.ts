import type { Reference } from "./reference.ts";

/** LinUCB (Li, Chu, Langford & Schapire 2010): the action with the highest upper bound, score + alpha times deviation. */
export const linUcb = (alpha: number): Reference["distribution"] => {
  return (beliefs, round) => {
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < round.actions.length; a++) {
      const bound = beliefs.score(round, a) + alpha * Math.sqrt(beliefs.spread(round, a));
      if (bound > highest) [best, highest] = [a, bound];
    }
    return Float64Array.from(round.actions, (_, a) => Number(a === best));
  };
};
