import { exp } from "./exp.ts";
import { log } from "./log.ts";

/** 1 / (1 + e^-x): the probability of a log-odds. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const odds = exp(x);
  return odds / (1 + odds);
}

/** log(1 + e^x): the logistic loss of the margin -x. Accurate for strongly negative x, finite for every finite x. */
export function softplus(x: number): number {
  return softplusOfTail(x, exp(x > 0 ? -x : x));
}

/** The same, where e^-|x| is known. */
export function softplusOfTail(x: number, tail: number): number {
  const sum = 1 + tail;
  // log(1 + t) = log(s) t / (s - 1) for s = 1 + t as rounded: the rounding of s drops out (Kahan).
  const logSum = sum === 1 ? tail : (log(sum) * tail) / (sum - 1);
  return x > 0 ? x + logSum : logSum;
}
