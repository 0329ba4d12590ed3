import { log } from "./log.ts";

const LN2 = log(2);

/**
 * Base-2 logarithm of a finite x > 0, bit-identical on every engine. Exact for powers of two.
 */
export function log2(x: number): number {
  let exponent = 0;
  let mantissa = x;
  // Multiplying by a power of two is exact. Of huge and tiny numbers, which are rare, it takes up to 1,074 steps.
  for (; mantissa >= 2; exponent++) mantissa *= 0.5;
  for (; mantissa < 1; exponent--) mantissa *= 2;
  return mantissa === 1 ? exponent : exponent + log(mantissa) / LN2;
}
