import type { Beside } from "../artifact/snapshot.ts";
import { MAX_NUMBER } from "../artifact/snapshot-header.ts";
import { FROM_ZERO } from "../artifact/sparse-table.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import type { Contribution } from "./explanation.ts";
import { type HeadKind, requireLength } from "./head.ts";
import { LinearHead } from "./linear.ts";

const TAG = "unseen";

/** A linear head that knows how unsure it is of its scores. */
class BayesianHead extends LinearHead {
  readonly #variances: Float32Array;
  readonly #unseen: number;
  readonly #features = new FeatureBuffer();

  constructor(weights: Float32Array, variances: Float32Array, unseen: number, bits: number) {
    super(weights, bits);
    requireLength(variances, bits, 1, "variances");
    this.#variances = variances;
    this.#unseen = unseen;
  }

  explain(contributions: readonly Contribution[]): Contribution[] {
    return contributions.map((one) => ({ ...one, deviation: Math.sqrt(this.#variance(one.index!, one.value)) }));
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
      for (let i = x.common; i < x.length; i++) sum += this.#variance(x.indices[i]!, x.values[i]!);
      result[action] = Math.sqrt(Math.min(sum, Number.MAX_VALUE));
    }
    return result;
  }

  /** What a feature of this index and value adds to the variance of a score. */
  #variance(index: number, value: number): number {
    const variance = this.#variances[index]!;
    if (variance > 0) return variance * value * value;
    return value === 0 ? 0 : this.#unseen;
  }
}

/** Of the learner `bayesian`. */
export const bayesian: HeadKind = {
  number: { tag: TAG, least: 0, most: MAX_NUMBER },
  tables: () => [{ name: "variance", ranges: [FROM_ZERO] }],
  numberFor: ({ learner }) => (learner.type === "bayesian" ? null : undefined),
  text: () => "variances",
  make: ({ weights, beside, bits }) => new BayesianHead(weights, beside!.tables[0]!, beside!.number, bits),
};

/**
 * @param variances one for each index, of the weight of a raw value, in squared units of the score; 0: nothing was learned of the index.
 * @param unseen what a feature of such an index adds to the variance of a score, whatever its value.
 */
export const varianceTable = (variances: Float32Array, unseen: number): Beside => ({
  tag: TAG,
  number: unseen,
  tables: [variances],
});
