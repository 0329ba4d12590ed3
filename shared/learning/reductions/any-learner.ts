import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { Learner, ScoringLearner } from "../learner.ts";

/** Any learner as one that reductions can be built on. Of those that keep their scores to themselves, the prediction is the score. */
export const scoringLearner = (learner: Learner): ScoringLearner =>
  "score" in learner && "prediction" in learner ? (learner as ScoringLearner) : new Adapter(learner);

class Adapter implements ScoringLearner {
  readonly #learner: Learner;
  #prediction = 0;

  constructor(learner: Learner) {
    this.#learner = learner;
  }

  get weights(): Float32Array {
    return this.#learner.weights;
  }

  get examples(): number {
    return this.#learner.examples;
  }

  get prediction(): number {
    return this.#prediction;
  }

  score(x: FeatureBuffer): number {
    return this.#learner.predict(x);
  }

  predict(x: FeatureBuffer, base?: number): number {
    return this.#learner.predict(x, base);
  }

  learn(x: FeatureBuffer, label: number, importance: number, base?: number): number {
    this.#prediction = this.#learner.predict(x, base);
    return this.#learner.learn(x, label, importance, base);
  }

  state(): Uint8Array {
    return this.#learner.state();
  }

  restore(state: Uint8Array): void {
    this.#learner.restore(state);
  }
}
