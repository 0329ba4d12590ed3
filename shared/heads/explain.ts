import type { SnapshotData } from "../artifact/snapshot.ts";
import type { FeaturePart } from "../contract/calls.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { contributedVariance } from "./uncertainty.ts";

/** What one feature adds to a score. */
export type Contribution = {
  /** The value that the feature was made from; of an interaction, the two or three. */
  parts: readonly FeaturePart[];
  /** Place in the order in which the head adds, from 0. */
  position: number;
  /** Index of the weight; null of a pair that a factorised head multiplies. */
  index: number | null;
  /** Value of the feature: 1 of a category, products of values of interactions and pairs. */
  value: number;
  /** What is learned of it; of a factorised pair, the product of its factors. */
  weight: number;
  /** `weight` times `value`. */
  contribution: number;
  /** How unsure the learner is of the contribution, a standard deviation; null where it does not know (only a Bayesian learner does). */
  deviation: number | null;
};

/** A score, and what it consists of: the largest contributions first, whatever their sign. */
export type Explanation = { score: number; contributions: Contribution[] };

/**
 * Scores an action and says which features made the score, in the one pass that scoring takes. Of a linear head, the score is what
 * LinearHead gives, bit for bit, and every feature has one contribution; added up in the order of their positions they are the score
 * (`total`). A factorised head adds pairs by their factors, not one by one, so its score and their total differ by rounding.
 * @param snapshot weights of the head; factors and variances if it has some.
 * @param decision hashed with its parts.
 * @throws RangeError when `action` is not an index below `decision.count`.
 * @throws Error when the decision was hashed without its parts.
 */
export function explain(
  { weights, factors, variances }: Pick<SnapshotData, "weights" | "factors" | "variances">,
  decision: HashedDecision,
  action: number,
): Explanation {
  const x = new FeatureBuffer();
  decision.expand(action, x);
  const { indices, values, length, parts } = x;
  if (parts === null) throw new Error("the decision was hashed without the parts of its features");
  const contributions: Contribution[] = [];
  let score = 0;
  for (let position = 0; position < length; position++) {
    const index = indices[position]!;
    const value = values[position]!;
    const weight = weights[index]!;
    const contribution = weight * value;
    score += contribution;
    const deviation = variances ? Math.sqrt(contributedVariance(variances, index, value)) : null;
    contributions.push({ parts: parts[position]!, position, index, value, weight, contribution, deviation });
  }
  if (factors)
    for (const pair of pairsOf(factors, x, parts)) contributions.push({ ...pair, position: contributions.length });
  if (factors) score = total(contributions);
  contributions.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.position - b.position);
  return { score, contributions };
}

/** The sum of contributions in the order in which the head adds them. */
export function total(contributions: readonly Contribution[]): number {
  let sum = 0;
  for (const { contribution } of contributions.toSorted((a, b) => a.position - b.position)) sum += contribution;
  return sum;
}

/** The pairs that a factorised head multiplies: of a common feature and one of the action; all, where there are no actions. */
function* pairsOf(
  { rank, values: factors }: NonNullable<SnapshotData["factors"]>,
  { indices, values, length, singles: known, common }: FeatureBuffer,
  parts: readonly (readonly FeaturePart[])[],
): Generator<Omit<Contribution, "position">> {
  const singles = known || length;
  const middle = common < singles ? common : 0;
  for (let i = 0; i < (middle || singles); i++)
    for (let j = middle || i + 1; j < singles; j++) {
      let weight = 0;
      for (let k = 0; k < rank; k++) weight += factors[rank * indices[i]! + k]! * factors[rank * indices[j]! + k]!;
      const value = values[i]! * values[j]!;
      yield {
        parts: [...parts[i]!, ...parts[j]!],
        index: null,
        value,
        weight,
        contribution: weight * value,
        deviation: null,
      };
    }
}
