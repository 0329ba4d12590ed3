import type { Factors } from "../artifact/snapshot.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { dot } from "./dot.ts";
import { factorProduct } from "./factor-product.ts";
import type { Scorer } from "./scorer.ts";

/**
 * The sparse head of a factorised learner: a score is the sum of weight times value, and of the products of the factors of every
 * pair of a common feature and one of the action; of all pairs, where a decision has no actions (online/factorised.ts).
 */
export class FactorisedHead implements Scorer {
  readonly #weights: Float32Array;
  readonly #factors: Float32Array;
  readonly #features = new FeatureBuffer();
  readonly #left: Float64Array;
  readonly #right: Float64Array;

  /**
   * @param weights one for each of the 2^bits indices, and `rank` factors for each; they are read, not copied.
   * @throws RangeError when there is another number of either: indices would point outside.
   */
  constructor(weights: Float32Array, { rank, values }: Factors, bits: number) {
    if (weights.length !== 2 ** bits || values.length !== rank * 2 ** bits)
      throw new RangeError(
        `a head of ${bits} bits and rank ${rank} has ${2 ** bits} weights and ${rank * 2 ** bits} factors, not ${weights.length} and ${values.length}`,
      );
    this.#weights = weights;
    this.#factors = values;
    this.#left = new Float64Array(rank);
    this.#right = new Float64Array(rank);
  }

  /** One score an action, in order. */
  score(decision: HashedDecision): Float64Array {
    const x = this.#features;
    const scores = new Float64Array(decision.count);
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, x);
      const pairs = factorProduct(this.#factors, x, x.values, this.#left, this.#right);
      scores[action] = dot(this.#weights, x) + pairs;
    }
    return scores;
  }
}
