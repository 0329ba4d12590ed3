import type { Factors } from "../artifact/snapshot.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/featurizer.ts";
import type { Scorer } from "./scorer.ts";

/**
 * The sparse head of a factorised learner: a score is the sum of weight times value, and of the products of the factors of every
 * pair of a shared feature and one of the action; of all pairs, where a decision has no actions (learning/factorised.ts).
 */
export class FactorisedHead implements Scorer {
  readonly #weights: Float32Array;
  readonly #factors: Float32Array;
  readonly #rank: number;
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
    this.#rank = rank;
    this.#left = new Float64Array(rank);
    this.#right = new Float64Array(rank);
  }

  /** One score an action, in order. */
  score(decision: HashedDecision): Float64Array {
    const scores = new Float64Array(decision.count);
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, this.#features);
      scores[action] = this.#one();
    }
    return scores;
  }

  #one(): number {
    const { indices, values, length, shared } = this.#features;
    const singles = this.#features.singles || length;
    const middle = shared < singles ? shared : 0;
    const rank = this.#rank;
    const factors = this.#factors;
    const left = this.#left.fill(0);
    const right = this.#right.fill(0);
    let score = 0;
    for (let i = 0; i < length; i++) {
      const index = indices[i]!;
      const value = values[i]!;
      score += this.#weights[index]! * value;
      if (i >= singles) continue;
      const from = rank * index;
      if (middle === 0)
        for (let k = 0; k < rank; k++) {
          const part = factors[from + k]! * value;
          left[k]! += part;
          right[k]! += part * part;
        }
      else {
        const side = i < middle ? left : right;
        for (let k = 0; k < rank; k++) side[k]! += factors[from + k]! * value;
      }
    }
    if (middle === 0) for (let k = 0; k < rank; k++) score += 0.5 * (left[k]! * left[k]! - right[k]!);
    else for (let k = 0; k < rank; k++) score += left[k]! * right[k]!;
    return score;
  }
}
