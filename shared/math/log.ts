import { LN2_HIGH, LN2_LOW } from "./ln2.ts";

/** 1 / (2k + 1): log((1 + s) / (1 - s)) = 2s (1 + s^2/3 + s^4/5 + ...). Beyond k = 11 a term is under 2^-62. */
const COEFFICIENTS = Array.from({ length: 12 }, (_, k) => 1 / (2 * k + 1));

/**
 * Natural logarithm, bit-identical on every engine (only + - * /), within 4 units in the last place of the exact value.
 * 0 gives -Infinity, a negative number NaN.
 */
export function log(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  // x = mantissa * 2^exponent, mantissa near 1. Multiplying by a power of two is exact. Of huge and tiny numbers, which are rare, it takes up to 1,074 steps.
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > Math.SQRT2; exponent++) mantissa *= 0.5;
  for (; mantissa < Math.SQRT1_2; exponent--) mantissa *= 2;
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let series = 0;
  for (let k = COEFFICIENTS.length - 1; k >= 0; k--) series = series * square + COEFFICIENTS[k]!;
  return exponent * LN2_HIGH + (2 * s * series + exponent * LN2_LOW);
}
