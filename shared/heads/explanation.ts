import type { FeaturePart } from "../contract/calls.ts";
import { FeatureBuffer, type KeptParts } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";

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

/** The features of an action, with what each was made from. */
export type ExplainedFeatures = Omit<FeatureBuffer, "parts"> & { parts: KeptParts["list"] };

/**
 * The features of an action of a decision that was hashed with its parts.
 * @throws RangeError when `action` is not an index below `decision.count`.
 * @throws Error when the decision was hashed without its parts.
 */
export function explainedFeatures(decision: HashedDecision, action: number): ExplainedFeatures {
  const x = new FeatureBuffer();
  decision.expand(action, x);
  if (x.parts === null) throw new Error("the decision was hashed without the parts of its features");
  return Object.assign(x as Omit<FeatureBuffer, "parts">, { parts: x.parts.list });
}

/** What each feature adds to a sum of weight times value, in the order in which a head adds. */
export function linearContributions(
  weights: Float32Array,
  { indices, values, length, parts }: ExplainedFeatures,
): Contribution[] {
  return Array.from({ length }, (_, position) => {
    const [index, value] = [indices[position]!, values[position]!];
    const weight = weights[index]!;
    return {
      parts: parts[position]!,
      position,
      index,
      value,
      weight,
      contribution: weight * value,
      deviation: null,
    };
  });
}

/** The score that contributions add up to, and they by their size. */
export const explanation = (contributions: readonly Contribution[]): Explanation => ({
  score: total(contributions),
  contributions: [...contributions].sort(
    (a, b) => Math.abs(b.contribution) - Math.abs(a.contribution) || a.position - b.position,
  ),
});

/** The sum of contributions in the order in which the head adds them. */
export function total(contributions: readonly Contribution[]): number {
  let sum = 0;
  for (const { contribution } of [...contributions].sort((a, b) => a.position - b.position)) sum += contribution;
  return sum;
}
