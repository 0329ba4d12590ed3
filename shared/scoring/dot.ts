import type { FeatureBuffer } from "../features/featurebuffer.ts";

/**
 * Sum of weight times value over the features, in their order, in 64-bit arithmetic. The head and the learners share it,
 * so what a learner predicts is bit for bit what a page scores.
 */
export function dot(weights: Float32Array, x: FeatureBuffer): number {
  const { indices, values, length } = x;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += weights[indices[i]!]! * values[i]!;
  return sum;
}
