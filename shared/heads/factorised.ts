import type { Beside } from "../artifact/snapshot.ts";
import type { FeatureCounts } from "../features/feature-counts.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { dot } from "./dot.ts";
import type { Contribution, ExplainedFeatures } from "./explanation.ts";
import { commonEnd, factorProduct } from "./factor-product.ts";
import { type Head, type HeadKind, requireLength } from "./head.ts";

const TAG = "rank";
const MOST_RANK = 64;

/**
 * The head of a factorised learner: a score is the sum of weight times value, and of the products of the factors of every
 * pair of a common feature and one of the action; of all pairs, where a decision has no actions (online/factorised.ts).
 */
class FactorisedHead implements Head {
  readonly weights: Float32Array;
  readonly #factors: Float32Array;
  readonly #features = new FeatureBuffer();
  readonly #left: Float64Array;
  readonly #right: Float64Array;

  constructor(weights: Float32Array, factors: Float32Array, rank: number, bits: number) {
    requireLength(weights, bits, 1, "weights");
    requireLength(factors, bits, rank, `factors of rank ${rank}`);
    this.weights = weights;
    this.#factors = factors;
    this.#left = new Float64Array(rank);
    this.#right = new Float64Array(rank);
  }

  score(decision: HashedDecision): Float64Array {
    const x = this.#features;
    const scores = new Float64Array(decision.count);
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, x);
      const pairs = factorProduct(this.#factors, x, x.values, this.#left, this.#right);
      scores[action] = dot(this.weights, x) + pairs;
    }
    return scores;
  }

  /** Pairs are multiplied one by one here, and in time linear in the features when they are scored: the two differ by rounding. */
  explain(contributions: readonly Contribution[], x: ExplainedFeatures): Contribution[] {
    const { indices, values, parts } = x;
    const singles = x.singles || x.length;
    const middle = commonEnd(x);
    const factors = this.#factors;
    const rank = this.#left.length;
    const all = [...contributions];
    for (let i = 0; i < (middle || singles); i++)
      for (let j = middle || i + 1; j < singles; j++) {
        let weight = 0;
        for (let k = 0; k < rank; k++) weight += factors[rank * indices[i]! + k]! * factors[rank * indices[j]! + k]!;
        const value = values[i]! * values[j]!;
        const both = { parts: [...parts[i]!, ...parts[j]!], position: all.length, index: null };
        all.push({ ...both, value, weight, contribution: weight * value, deviation: null });
      }
    return all;
  }

  contributions({ common, singles, all }: FeatureCounts): number {
    return all + (common < singles ? common * (singles - common) : (singles * (singles - 1)) / 2);
  }
}

/** Of the learner `factorised`. */
export const factorised: HeadKind = {
  number: { tag: TAG, whole: true, least: 1, most: MOST_RANK },
  tables: (rank) => [{ name: "factor", each: rank }],
  numberFor: ({ learner }) => (learner.type === "factorised" ? learner.rank : undefined),
  scoresByWeights: false,
  text: (rank) => `factors of rank ${rank}`,
  make: ({ weights, beside, bits }) => new FactorisedHead(weights, beside!.tables[0]!, beside!.number, bits),
};

/** @param factors `rank` for each index, of raw values: the product of two features' factors is what the pair adds to a score. */
export const factorTable = (rank: number, factors: Float32Array): Beside => ({
  tag: TAG,
  number: rank,
  tables: [factors],
});
