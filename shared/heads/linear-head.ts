import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { dot } from "./dot.ts";
import type { Scorer } from "./scorer.ts";

/** The sparse linear part of a model: a score is the sum of weight times value over an action's hashed features. */
export class LinearHead implements Scorer {
  readonly #weights: Float32Array;
  readonly #features = new FeatureBuffer();

  /**
   * @param weights one for each of the 2^bits indices; it is read, not copied.
   * @throws RangeError when there is another number of weights: indices would point outside.
   */
  constructor(weights: Float32Array, bits: number) {
    if (weights.length !== 2 ** bits)
      throw new RangeError(`a head of ${bits} bits has ${2 ** bits} weights, not ${weights.length}`);
    this.#weights = weights;
  }

  /** One score an action, in order. */
  score(decision: HashedDecision): Float64Array {
    const scores = new Float64Array(decision.count);
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, this.#features);
      scores[action] = dot(this.#weights, this.#features);
    }
    return scores;
  }
}
