/**
 * 1 / sqrt(x) as Intel's processors approximate it (the instruction RSQRTSS): the square root of the middle of one of 1024 parts
 * of an octave, rounded to 12 bits. Vowpal Wabbit takes its rates from that instruction, and where learning is unstable only
 * the same errors, up to 4e-4, lead to its results.
 * @param x a 32-bit float above 0.
 */
export function approximateInverseRoot(x: number): number {
  float[0] = x;
  // One too small for the instruction, which takes it as 0.
  if (x < LEAST_NORMAL) return 1 / Math.sqrt(x);
  return inverseRootOfWord(bits[0]!);
}

/** The same of the number from 2^-126 whose bits are `word`: for who has them at hand. */
export function inverseRootOfWord(word: number): number {
  return ROOTS[(word >>> FRACTION_BITS) & ROOT_MASK]! * POWERS[word >>> EXPONENT_SHIFT]!;
}

const LEAST_NORMAL = 2 ** -126;
/** Bits of a 32-bit float under the ten of its fraction that count. */
const FRACTION_BITS = 13;
const PARTS = 1024;
const ROOT_MASK = 2 * PARTS - 1;
const EXPONENT_SHIFT = 23;
const EXPONENT_BIAS = 127;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** By the last bit of the exponent and the first ten of the fraction. An even exponent (biased, so truly an odd one) is an octave more. */
const ROOTS = Float32Array.from({ length: 2 * PARTS }, (_, i) => {
  const middle = (1 + ((i % PARTS) + 0.5) / PARTS) * (i < PARTS ? 2 : 1);
  return Math.round(2 ** 13 / Math.sqrt(middle)) / 2 ** 13;
});

/** By the biased exponent: what half of it contributes. */
const POWERS = Float32Array.from({ length: 256 }, (_, exponent) => 2 ** -Math.floor((exponent - EXPONENT_BIAS) / 2));
