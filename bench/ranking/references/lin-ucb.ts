import { highest } from "./highest.ts";
import type { Reference } from "./reference.ts";

/** LinUCB (Li, Chu, Langford & Schapire 2010): the action with the highest upper bound, score + alpha times deviation. */
export const linUcb =
  (alpha: number): Reference["distribution"] =>
  (beliefs, round) =>
    highest(round, (a) => beliefs.score(round, a) + alpha * Math.sqrt(beliefs.spread(round, a)));
