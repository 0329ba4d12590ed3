import type { Source } from "../../source.ts";
import type { Round } from "../world.ts";
import type { RidgeBeliefs } from "./beliefs.ts";

/** A method of the literature, on ridge regression, written to be right and not to be fast. */
export type Reference = {
  name: string;
  beliefs(): RidgeBeliefs;
  /** The probability of each action. @param n decisions so far. */
  distribution(beliefs: RidgeBeliefs, round: Round, source: Source, n: number): Float64Array;
};
