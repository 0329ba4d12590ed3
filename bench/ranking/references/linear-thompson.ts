import type { Reference } from "./reference.ts";

/** Linear Thompson sampling (Agrawal & Goyal 2013): the highest of scores that are drawn, each by its deviation times `scale`. */
export const linearThompson = (scale: number): Reference["distribution"] => {
  return (beliefs, round, source) => {
    let best = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < round.actions.length; a++) {
      const draw = beliefs.score(round, a) + scale * Math.sqrt(beliefs.spread(round, a)) * source.normal();
      if (draw > highest) [best, highest] = [a, draw];
    }
    return Float64Array.from(round.actions, (_, a) => Number(a === best));
  };
};
