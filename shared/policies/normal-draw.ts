import { normalQuantile } from "../math/normal.ts";
import { draw } from "./sample.ts";

/**
 * The n-th standard normal draw of a decision, fixed by the decision's id, so that anybody can recompute it: bit-identical on every
 * engine (the inverse of the normal distribution, of a uniform draw).
 * @param n which of the decision's draws: the index of a weight or an action.
 */
export function normalDraw(decisionId: string, n: number): number {
  // Half a step up, as a draw may be 0.
  return normalQuantile(draw(`${n} ${decisionId}`) + 2 ** -54);
}
