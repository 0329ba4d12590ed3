import { expm1 } from "./exp.ts";
import { log } from "./log.ts";

const MAX_STEPS = 32;
/** Halley's step leaves less than a twelfth of its cube, here: so this ends with an error below 2^-53 of the result. */
const PRECISION = 2 ** -50;

/**
 * log(W(c e^(c + t)) / c) for c > 0, t >= 0, where W is Lambert's function: the d >= 0 with d + c (e^d - 1) = t.
 *
 * Solved for d rather than through W, since W and c are close where the logistic update needs their quotient: there the
 * subtraction of logarithms would leave no digits. Halley's iteration from an upper bound: the root of the series up to d^2, which is the better
 * the smaller d is; where that is not small, log(1 + t / c) if it is less.
 */
export function logLambertRatio(c: number, t: number): number {
  let d = (2 * t) / (1 + c + Math.sqrt((1 + c) * (1 + c) + 2 * c * t));
  if (d > 0.5) d = Math.min(d, log(1 + t / c));
  for (let step = 0; step < MAX_STEPS; step++) {
    const growth = expm1(d);
    const error = d + c * growth - t;
    const curvature = c * (growth + 1);
    const slope = 1 + curvature;
    const change = (2 * error * slope) / (2 * slope * slope - error * curvature);
    d -= change;
    if (Math.abs(change) * change * change <= PRECISION * d) break;
  }
  return d;
}
