import type { Learner } from "../../online/learner.ts";
import { MAX_LABEL } from "../../online/loss.ts";
import { MAX_FLOAT32 } from "../../online/magnitude.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import type { Regression } from "./regression.ts";
import type { RewardEstimates } from "./reward-estimates.ts";

/** Regression on the estimated rewards of all actions: one update for each. */
export class RegressionOnAll implements Regression {
  readonly #learner: Learner;
  readonly #estimates: RewardEstimates;
  readonly #in32Bits: boolean;
  readonly #targets: number[] = [];

  constructor(learner: Learner, estimates: RewardEstimates, in32Bits = false) {
    this.#in32Bits = in32Bits;
    this.#learner = learner;
    this.#estimates = estimates;
  }

  learn(decision: LoggedDecision): void {
    this.#estimates.estimate(decision, this.#targets);
    learnAll(this.#learner, decision, this.#targets, this.#in32Bits);
  }
}

/**
 * One update for each action, in their order. Estimates beyond what learners take count as the most that they do; an action without any (NaN: a bonus for
 * what no policy takes, where there is no least probability) is not learned.
 */
export function learnAll(
  learner: Learner,
  decision: LoggedDecision,
  targets: readonly number[],
  in32Bits = false,
): void {
  const most = in32Bits ? MAX_FLOAT32 : MAX_LABEL;
  for (let i = 0; i < decision.count; i++) {
    const target = Math.min(Math.max(targets[i]!, -most), most);
    if (Number.isNaN(target)) continue;
    learner.learn(decision.actions[i]!, target, decision.importance);
  }
}
