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

/** The same from `base` on, with each step rounded to 32 bits, as Vowpal Wabbit adds up. */
export function dotIn32Bits(weights: Float32Array, x: FeatureBuffer, base: number): number {
  const { indices, values, length } = x;
  let sum = Math.fround(base);
  for (let i = 0; i < length; i++)
    sum = Math.fround(sum + Math.fround(weights[indices[i]!]! * Math.fround(values[i]!)));
  return sum;
}
