import { exp } from "./exp.ts";
import { log } from "./log.ts";

/** base^exponent for base >= 0, bit-identical on every engine; exact where a root or a copy is. 0 to a negative power is Infinity. */
export function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (exponent === 1) return base;
  if (exponent === 0.5) return Math.sqrt(base);
  if (base === 0) return exponent > 0 ? 0 : Number.POSITIVE_INFINITY;
  return exp(exponent * log(base));
}
