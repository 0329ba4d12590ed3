import type { Round } from "../world.ts";

/** Takes the action that `of` gives the most, the first of several. */
export function highest(round: Round, of: (action: number) => number): Float64Array {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let a = 0; a < round.actions.length; a++) {
    const value = of(a);
    if (value > most) [best, most] = [a, value];
  }
  return Float64Array.from(round.actions, (_, a) => Number(a === best));
}
