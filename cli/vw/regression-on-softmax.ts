import type { LoggedDecision } from "../../shared/bandit/reductions/logged-decision.ts";
import type { Regression } from "../../shared/bandit/reductions/regression.ts";
import { scoresOf } from "../../shared/bandit/reductions/scores-of.ts";
import { exp } from "../../shared/math/exp.ts";
import type { Learner } from "../../shared/online/learner.ts";

const fround = Math.fround;

/** Targets are held within these, and weights under the other are none. */
const MOST = 100;
const LEAST_WEIGHT = 1e-15;

/**
 * VW's `--cb_type sm`: a step on the expected cost of the softmax of the scores, written as one regression for each action, towards its score plus or minus 1. Each
 * step is rounded as VW rounds it.
 */
export class RegressionOnSoftmax implements Regression {
  readonly #learner: Learner;

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  learn({ actions, count, chosen, reward, propensity, importance }: LoggedDecision): void {
    const costs = Float32Array.from(scoresOf(this.#learner, actions, count), (score) => -score);
    const order = [...costs.keys()].sort((a, b) => costs[a]! - costs[b]! || a - b);
    const shares = softmaxOfCheapest(costs, order);
    const sign = reward > 0 ? -1 : 1;
    const weight = fround(fround(Math.abs(reward) / propensity) * shares[chosen]!);
    for (let i = 0; i < count; i++) {
      // VW takes the i-th cheapest action's target for the i-th action.
      const target = fround(costs[order[i]!]! + (order[i] === chosen ? sign : -sign));
      const share = i === chosen ? fround(1 - shares[i]!) : shares[i]!;
      const own = fround(importance * fround(weight * share));
      if (own > LEAST_WEIGHT) this.#learner.learn(actions[i]!, -Math.min(Math.max(target, -MOST), MOST), own);
    }
  }
}

function softmaxOfCheapest(costs: Float32Array, order: readonly number[]): Float32Array {
  const least = costs[order[0]!]!;
  const powers = costs.map((cost) => exp(-fround(cost - least)));
  const sum = order.reduce((total, a) => fround(total + powers[a]!), 0);
  return powers.map((power) => fround(power / sum));
}
