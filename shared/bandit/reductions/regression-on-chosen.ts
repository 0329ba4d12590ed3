import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { Learner } from "../../online/learner.ts";
import { MtrWeights } from "../mtr-weights.ts";
import type { BanditLearner } from "./bandit-learner.ts";
import type { LoggedDecision } from "./logged-decision.ts";

/** Importance-weighted regression on the chosen action (MTR): one update a decision, weighed by MtrWeights. */
export class RegressionOnChosen implements BanditLearner {
  readonly #learner: Learner;
  readonly weights = new MtrWeights();

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  score(action: FeatureBuffer): number {
    return this.#learner.score(action);
  }

  learn({ actions, count, chosen, reward, propensity, importance }: LoggedDecision): void {
    this.#learner.learn(actions[chosen]!, reward, importance * this.weights.next(propensity, count));
  }
}
