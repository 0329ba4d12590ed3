import type { HashedDecision } from "../features/featurizer.ts";

/** Gives every action of a decision a score: higher is better (rank), or the prediction before the link (predict). */
export interface Scorer {
  score(decision: HashedDecision): Float64Array | Promise<Float64Array>;
}
