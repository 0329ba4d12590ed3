import { highest } from "./highest.ts";
import type { Reference } from "./reference.ts";

/** Linear Thompson sampling (Agrawal & Goyal 2013): the highest of scores that are drawn, each by its deviation times `scale`. */
export const linearThompson =
  (scale: number): Reference["distribution"] =>
  (beliefs, round, source) =>
    highest(round, (a) => beliefs.score(round, a) + scale * Math.sqrt(beliefs.spread(round, a)) * source.normal());
