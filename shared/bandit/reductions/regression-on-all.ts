import type { Learner } from "../../online/learner.ts";
import { MAX_LABEL } from "../../online/loss.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import type { Regression } from "./regression.ts";
import type { RewardEstimates } from "./reward-estimates.ts";

/** Regression on the estimated rewards of all actions: one update for each. */
export class RegressionOnAll implements Regression {
  readonly #learner: Learner;
  readonly #estimates: RewardEstimates;
  readonly #targets: number[] = [];

  constructor(learner: Learner, estimates: RewardEstimates) {
    this.#learner = learner;
    this.#estimates = estimates;
  }

  learn(decision: LoggedDecision): void {
    this.#estimates.estimate(decision, this.#targets);
    learnAll(this.#learner, decision, this.#targets);
  }
}

/** One update for each action, in their order. Estimates beyond what learners take count as the most that they do. */
export function learnAll(learner: Learner, decision: LoggedDecision, targets: readonly number[]): void {
  for (let i = 0; i < decision.count; i++) {
    const target = Math.min(Math.max(targets[i]!, -MAX_LABEL), MAX_LABEL);
    learner.learn(decision.actions[i]!, target, decision.importance);
  }
}
