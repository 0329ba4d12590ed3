import type { FeatureBuffer } from "../features/featurebuffer.ts";
import { approximateInverseRoot, inverseRootOfWord } from "../math/inverse-root.ts";
import { LARGEST, MAX_FLOAT32, magnitude, SMALLEST, signedMagnitude } from "./magnitude.ts";

/**
 * What gradient descent keeps of an index besides its weight: sum of squared gradients, largest magnitude of its feature, and the rate
 * that follows from them. They lie side by side (the fourth place is empty), so that a feature costs one access to memory.
 */
export const WIDTH = 4;
export const GRADIENTS = 0;
export const SCALE = 1;
export const RATE = 2;

/** Least sum of squared gradients whose rate is sure to fit 32 bits, whatever the scale. */
const LEAST_GRADIENTS = 2 ** -126;

const fround = Math.fround;

/**
 * Adds an example to the table: the first of the two passes of the default update. Weights whose feature has outgrown its scale are rescaled.
 *
 * The common case has an inner loop of its own: V8 checks the arrays once only before loops that are small.
 * @param sums gets the example's normalised squared length, and by how much an update of 1 changes the prediction.
 */
export function accumulate(
  table: Float32Array,
  weights: Float32Array,
  x: FeatureBuffer,
  squaredGradient: number,
  sums: Float64Array,
): void {
  const { indices, values, length } = x;
  let norm = 0;
  let reach = 0;
  for (let i = 0; i < length; i++) {
    for (; i < length; i++) {
      const at = WIDTH * indices[i]!;
      const value = values[i]!;
      const size = Math.abs(value);
      const scale = table[at + SCALE]!;
      if (!(size >= SMALLEST && size <= scale)) break;
      const square = value * value;
      const gradients = fround(table[at + GRADIENTS]! + squaredGradient * square);
      if (!(gradients >= LEAST_GRADIENTS && gradients <= MAX_FLOAT32)) break;
      table[at + GRADIENTS] = gradients;
      const rate = 1 / (Math.sqrt(gradients) * scale);
      table[at + RATE] = rate;
      const part = square * rate;
      reach += part;
      norm += part * rate * gradients;
    }
    if (i === length) break;
    const at = WIDTH * indices[i]!;
    const size = rescale(table, weights, indices[i]!, values[i]!);
    const scale = table[at + SCALE]!;
    table[at + GRADIENTS] = Math.min(table[at + GRADIENTS]! + squaredGradient * (size * size), MAX_FLOAT32);
    const gradients = table[at + GRADIENTS]!;
    const rate = gradients > 0 ? Math.min(1 / (Math.sqrt(gradients) * scale), MAX_FLOAT32) : 0;
    table[at + RATE] = rate;
    reach += size * size * rate;
    norm += (size * size) / (scale * scale);
  }
  sums[0] = norm;
  sums[1] = reach;
}

/**
 * As `accumulate`, but every step rounded to 32 bits as Vowpal Wabbit rounds it, and rates from the approximate square root that it takes
 * them from (see inverse-root.ts).
 * @param words the bits of `table`.
 */
export function accumulateIn32Bits(
  table: Float32Array,
  words: Uint32Array,
  weights: Float32Array,
  x: FeatureBuffer,
  squaredGradient: number,
  sums: Float64Array,
): void {
  const { indices, values, length } = x;
  let norm = 0;
  let reach = 0;
  for (let i = 0; i < length; i++) {
    for (; i < length; i++) {
      const at = WIDTH * indices[i]!;
      const value = values[i]!;
      const size = Math.abs(value);
      const scale = table[at + SCALE]!;
      if (!(size >= SMALLEST && size <= scale)) break;
      const square = fround(value * value);
      const gradients = fround(table[at + GRADIENTS]! + fround(squaredGradient * square));
      if (!(gradients >= LEAST_GRADIENTS && gradients <= MAX_FLOAT32)) break;
      table[at + GRADIENTS] = gradients;
      const rate = fround(inverseRootOfWord(words[at + GRADIENTS]!) * fround(1 / scale));
      table[at + RATE] = rate;
      reach = fround(reach + fround(square * rate));
      norm = fround(norm + (size === scale ? 1 : fround(square / fround(scale * scale))));
    }
    if (i === length) break;
    const at = WIDTH * indices[i]!;
    const size = rescale(table, weights, indices[i]!, values[i]!);
    const scale = table[at + SCALE]!;
    const square = fround(size * size);
    table[at + GRADIENTS] = Math.min(table[at + GRADIENTS]! + fround(squaredGradient * square), MAX_FLOAT32);
    const gradients = table[at + GRADIENTS]!;
    const rate =
      gradients > 0 ? Math.min(fround(approximateInverseRoot(gradients) * fround(1 / scale)), MAX_FLOAT32) : 0;
    table[at + RATE] = rate;
    reach = fround(reach + fround(square * rate));
    norm = fround(norm + fround(square / fround(scale * scale)));
  }
  sums[0] = norm;
  sums[1] = reach;
}

/** @returns the magnitude of a feature, to which its scale has grown, and its weight been rescaled, where it was less. */
function rescale(table: Float32Array, weights: Float32Array, index: number, value: number): number {
  const at = WIDTH * index + SCALE;
  const size = magnitude(value);
  const before = table[at]!;
  if (size <= before) return size;
  if (before > 0) weights[index]! *= before / size;
  table[at] = size;
  // Rounded up, or every example with this value would come here.
  if (table[at]! < size) table[at] = size * (1 + 2 ** -23);
  return size;
}

/** Moves the weights of an example by `update` times value times rate: the second pass. */
export function step(table: Float32Array, weights: Float32Array, x: FeatureBuffer, update: number): void {
  const { indices, values, length } = x;
  for (let i = 0; i < length; i++) {
    for (; i < length; i++) {
      const index = indices[i]!;
      const value = values[i]!;
      if (!(Math.abs(value) <= LARGEST)) break;
      weights[index]! += update * value * table[WIDTH * index + RATE]!;
    }
    if (i === length) break;
    const index = indices[i]!;
    weights[index]! += update * signedMagnitude(values[i]!) * table[WIDTH * index + RATE]!;
  }
}

/** The same in 32 bits. */
export function stepIn32Bits(table: Float32Array, weights: Float32Array, x: FeatureBuffer, update: number): void {
  const { indices, values, length } = x;
  for (let i = 0; i < length; i++) {
    for (; i < length; i++) {
      const index = indices[i]!;
      const value = values[i]!;
      if (!(Math.abs(value) <= LARGEST)) break;
      weights[index]! += fround(update * fround(value * table[WIDTH * index + RATE]!));
    }
    if (i === length) break;
    const index = indices[i]!;
    weights[index]! += fround(update * fround(signedMagnitude(values[i]!) * table[WIDTH * index + RATE]!));
  }
}
