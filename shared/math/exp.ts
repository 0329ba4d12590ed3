import { LN2_HIGH, LN2_LOW } from "./ln2.ts";
import { powerOfTwo } from "./power-of-two.ts";

/**
 * e^x, bit-identical on every engine (only + - * /), within 1 unit in the last place where the result is not subnormal.
 * Too large gives Infinity, too small 0, NaN gives NaN.
 */
export function exp(x: number): number {
  if (!(x >= -745.2)) return x < -745.2 ? 0 : Number.NaN;
  if (x > 709.8) return Number.POSITIVE_INFINITY;
  const whole = Math.floor(x * Math.LOG2E + 0.5);
  const high = x - whole * LN2_HIGH;
  const low = whole * LN2_LOW;
  const rest = high - low;
  // high - low is rounded; its error belongs to the result, too.
  const value = 1 + (rest + (series(rest) + (high - rest - low)));
  // Two steps, so that neither power leaves the range when the result does not.
  const half = whole >> 1;
  return value * powerOfTwo(half) * powerOfTwo(whole - half);
}

/** e^x - 1, accurate for small x, too. */
export function expm1(x: number): number {
  return Math.abs(x) < 0.34 ? x + series(x) : exp(x) - 1;
}

/** e^r - 1 - r for |r| <= 0.35: the Taylor series, whose terms beyond r^14 are under 2^-62 of the result. */
function series(r: number): number {
  let sum = 0;
  for (let k = 14; k >= 2; k--) sum = (1 + sum) * (r / k);
  return sum * r;
}
