import { exp } from "../math/exp.ts";
import { log } from "../math/log.ts";
import type { Policy } from "../spec/model.ts";
import { probabilities as epsilonGreedy } from "./epsilon-greedy.ts";
import { probabilities as squareCb } from "./square-cb.ts";

/**
 * The distribution that a policy samples from: a pure function of scores and experience.
 * @param scores one an action; higher is better.
 * @param examples how many examples the snapshot has learned; SquareCB gets greedier with it.
 * @returns the probability of each action; they sum to 1 within 1e-12.
 * @throws RangeError when there is no score, or one is NaN.
 */
export function distribution(policy: Policy, scores: ArrayLike<number>, examples: number): Float64Array {
  switch (policy.type) {
    case "epsilonGreedy":
      return epsilonGreedy(scores, policy.epsilon);
    case "squareCb":
      return squareCb(scores, policy.gamma * power(examples, policy.exponent));
  }
}

/** base^exponent for base >= 0 and exponent from 0 to 1, bit-identical on every engine. */
function power(base: number, exponent: number): number {
  if (exponent === 0) return 1;
  if (exponent === 1) return base;
  if (exponent === 0.5) return Math.sqrt(base);
  return base === 0 ? 0 : exp(exponent * log(base));
}
