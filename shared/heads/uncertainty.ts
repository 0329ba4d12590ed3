import type { Variances } from "../artifact/snapshot.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";

/** How unsure a Bayesian learner is of the scores that a linear head gives. */
export class Uncertainty {
  readonly #variances: Variances;
  readonly #features = new FeatureBuffer();

  constructor(variances: Variances) {
    this.#variances = variances;
  }

  /**
   * The standard deviation of each action's score, but for what all actions have in common, which says nothing of which is the best: the
   * single features that they share.
   */
  deviations(decision: HashedDecision): Float64Array {
    const x = this.#features;
    const result = new Float64Array(decision.count);
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, x);
      let sum = 0;
      for (let i = x.common; i < x.length; i++)
        sum += contributedVariance(this.#variances, x.indices[i]!, x.values[i]!);
      result[action] = Math.sqrt(Math.min(sum, Number.MAX_VALUE));
    }
    return result;
  }
}

/** What a feature of this index and value adds to the variance of a score. */
export function contributedVariance({ values, unseen }: Variances, index: number, value: number): number {
  const variance = values[index]!;
  if (variance > 0) return variance * value * value;
  return value === 0 ? 0 : unseen;
}
