import { power } from "../math/power.ts";
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
