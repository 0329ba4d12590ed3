import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { Learner } from "../learner.ts";
import type { BanditLearner } from "./bandit-learner.ts";
import type { LoggedDecision } from "./logged-decision.ts";

/**
 * Importance-weighted regression on the chosen action (MTR, "multi-task regression", as Vowpal Wabbit's `--cb_type mtr`): one
 * update, that counts 1 / propensity, divided by the mean number of actions so far, so that the mean importance stays near 1.
 */
export class RegressionOnChosen implements BanditLearner {
  readonly #learner: Learner;
  /** Decisions learned so far, and the sum of their numbers of actions. */
  decisions = 0;
  actions = 0;

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  score(action: FeatureBuffer): number {
    return this.#learner.score(action);
  }

  learn({ actions, count, chosen, reward, propensity, importance }: LoggedDecision): void {
    this.decisions++;
    this.actions += count;
    const weight = (importance / propensity) * (this.decisions / this.actions);
    this.#learner.learn(actions[chosen]!, reward, weight);
  }
}
