import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { enforceFloor } from "../../policies/floor.ts";
import { vote } from "../../policies/vote.ts";
import type { BanditLearner } from "./bandit-learner.ts";
import type { Explorer } from "./explorer.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import { poisson } from "./poisson.ts";
import { scoresOf } from "./scored-policy.ts";

/**
 * Bagging (online bootstrap, Oza & Russell 2001): every learner learns each decision as many times as a Poisson(1) draw says,
 * and an action is as probable as it has votes. So where the data leave doubt, the learners differ, and that explores.
 */
export class OnlineBootstrap implements Explorer {
  readonly #learners: readonly BanditLearner[];
  readonly #epsilon: number;
  readonly #uniform: () => number;

  /**
   * @param epsilon every action keeps a probability of at least epsilon / K.
   * @param uniform draws from [0, 1).
   */
  constructor(learners: readonly BanditLearner[], epsilon: number, uniform: () => number) {
    this.#learners = learners;
    this.#epsilon = epsilon;
    this.#uniform = uniform;
  }

  distribution(actions: readonly FeatureBuffer[], count: number): Float64Array {
    const result = new Float64Array(count);
    for (const learner of this.#learners) vote(scoresOf(learner, actions, count), 1 / this.#learners.length, result);
    enforceFloor(result, this.#epsilon);
    return result;
  }

  learn(decision: LoggedDecision): void {
    for (const learner of this.#learners)
      for (let times = poisson(this.#uniform()); times > 0; times--) learner.learn(decision);
  }
}
