import type { Learner } from "../../online/learner.ts";
import type { LoggedDecision } from "./logged-decision.ts";

/**
 * Says for every action of a logged decision what its reward would have been. Called once for each decision, in their order: it
 * may learn.
 */
export type RewardEstimates = {
  /** Writes one estimate an action, resizing what it is given if need be. */
  estimate(decision: LoggedDecision, into: number[]): void;
};

/** Inverse propensity scoring: reward / propensity for the chosen action and 0 for the others. Unbiased. */
export const inversePropensity: RewardEstimates = {
  estimate: (decision, into) => onlyChosen(decision, decision.reward / decision.propensity, into),
};

/**
 * The reward as it was for the chosen action and 0 for the others. What Vowpal Wabbit calls the direct method over
 * action-dependent features: biased towards what was chosen often.
 */
export const chosenReward: RewardEstimates = {
  estimate: (decision, into) => onlyChosen(decision, decision.reward, into),
};

function onlyChosen({ count, chosen }: LoggedDecision, value: number, into: number[]): void {
  into.length = count;
  into.fill(0);
  into[chosen] = value;
}

/**
 * Doubly robust (Dudik, Langford & Li 2011, arXiv:1103.4601): a model of the reward, corrected where the reward is known by the
 * model's error / propensity. The model learns from each decision as it is asked, after it was asked for the chosen action (and
 * before it is for those that follow, as in Vowpal Wabbit).
 */
export class DoublyRobust implements RewardEstimates {
  readonly #model: Learner;
  readonly #round: (x: number) => number;
  /** What the model predicted for the newest decision's actions. */
  readonly predictions: number[] = [];

  constructor(model: Learner, in32Bits = false) {
    this.#model = model;
    this.#round = in32Bits ? Math.fround : asItIs;
  }

  estimate(decision: LoggedDecision, into: number[]): void {
    const { actions, count, chosen, reward, propensity, importance } = decision;
    this.predictions.length = count;
    for (let i = 0; i < count; i++) {
      const action = actions[i]!;
      if (i === chosen) {
        this.#model.learn(action, reward, this.#round(importance / propensity));
        this.predictions[i] = this.#model.prediction;
      } else this.predictions[i] = this.#model.predict(action);
    }
    this.#correct(decision, into);
  }

  /** The same without learning, for whoever asks before the one who lets it learn. */
  readonly foresight: RewardEstimates = {
    estimate: (decision, into) => {
      this.predictions.length = decision.count;
      for (let i = 0; i < decision.count; i++) this.predictions[i] = this.#model.predict(decision.actions[i]!);
      this.#correct(decision, into);
    },
  };

  #correct({ count, chosen, reward, propensity }: LoggedDecision, into: number[]): void {
    into.length = count;
    for (let i = 0; i < count; i++) into[i] = this.predictions[i]!;
    const error = this.#round(reward - this.predictions[chosen]!);
    into[chosen] = this.#round(into[chosen]! + this.#round(error / propensity));
  }
}

export const asItIs = (x: number): number => x;
