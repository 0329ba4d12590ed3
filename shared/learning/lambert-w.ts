import { expm1 } from "../math/exp.ts";
import { log } from "../math/log.ts";

const MAX_STEPS = 32;
const PRECISION = 2 ** -50;

/**
 * log(W(c e^(c + t)) / c) for c > 0, t >= 0, where W is Lambert's function: the d >= 0 with d + c (e^d - 1) = t.
 *
 * Solved for d rather than through W, since W and c are close where the logistic update needs their quotient: there the
 * subtraction of logarithms would leave no digits. Halley's iteration from the lesser of two upper
 * bounds, each of which is exact in one limit (e^d >= 1 + d, and d >= 0).
 */
export function logLambertRatio(c: number, t: number): number {
  let d = Math.min(t / (1 + c), log(1 + t / c));
  // Where t / c is too small for log(1 + t / c) the first bound is the smaller anyway, unless rounding makes the log 0.
  if (d <= 0) d = t / (1 + c);
  for (let step = 0; step < MAX_STEPS; step++) {
    const growth = expm1(d);
    const error = d + c * growth - t;
    const curvature = c * (growth + 1);
    const slope = 1 + curvature;
    const change = (2 * error * slope) / (2 * slope * slope - error * curvature);
    d -= change;
    if (Math.abs(change) <= PRECISION * d) break;
  }
  return d;
}
