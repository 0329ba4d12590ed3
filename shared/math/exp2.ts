import { powerOfTwo } from "./power-of-two.ts";

/** ln(2)^k / k!, k = 0, 1, ...: the Taylor series of 2^x; beyond k = 14 a term is under 2^-70 for |x| <= 1/2. */
const COEFFICIENTS = taylor(14);

/**
 * 2^x, bit-identical on every engine (only + - * /). Exact for whole x; otherwise within 2 units in the last place.
 */
export function exp2(x: number): number {
  if (!(x >= -1075)) return x < -1075 ? 0 : Number.NaN;
  if (x >= 1024) return Number.POSITIVE_INFINITY;
  const whole = Math.floor(x + 0.5);
  const fraction = x - whole;
  let result = 0;
  for (let k = COEFFICIENTS.length - 1; k >= 0; k--) result = result * fraction + COEFFICIENTS[k]!;
  // Two steps, so that neither power leaves the range when the result does not.
  const half = Math.floor(whole / 2);
  return result * powerOfTwo(half) * powerOfTwo(whole - half);
}

function taylor(degree: number): number[] {
  const coefficients = [1];
  for (let k = 1; k <= degree; k++) coefficients.push((coefficients[k - 1]! * Math.LN2) / k);
  return coefficients;
}
