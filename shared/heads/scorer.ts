import type { HashedDecision } from "../features/hashed-decision.ts";

/** Gives every action of a decision a score: higher is better (rank), or the prediction before the link (predict). */
export interface Scorer {
  score(decision: HashedDecision): Float64Array | Promise<Float64Array>;
}
