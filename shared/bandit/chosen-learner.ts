import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { AutoLearner, type AutoReport } from "../online/auto/auto-learner.ts";
import { BayesianLearner } from "../online/bayesian.ts";
import type { Learner } from "../online/learner.ts";
import type { Loss } from "../online/loss.ts";
import { makeLearner } from "../online/make-learner.ts";
import type { Beliefs } from "../policies/distribution.ts";
import type { Choice, DecisionLearner, LearningSpec } from "./decision-learner.ts";
import { Mtr } from "./mtr.ts";

/** One learner: one update a decision, on the features of the prediction or of the chosen action (Mtr). */
export class ChosenLearner implements DecisionLearner {
  readonly #learner: Learner;
  readonly #mtr: Mtr;
  readonly #features = new FeatureBuffer();

  constructor(spec: LearningSpec, loss: Loss) {
    this.#learner = makeLearner(spec.learner, loss);
    this.#mtr = new Mtr(spec.policy);
  }

  get examples(): number {
    return this.#learner.examples;
  }

  get report(): AutoReport | null {
    return this.#learner instanceof AutoLearner ? this.#learner.report : null;
  }

  get heads(): Pick<SnapshotData, "weights" | "factors" | "variances"> {
    const { weights, factors, variances } = this.#learner;
    return { weights: weights.slice(), ...(factors && { factors }), ...(variances && { variances }) };
  }

  beliefs(decision: HashedDecision): Beliefs {
    const learner = this.#learner;
    const scores = new Float64Array(decision.count);
    const deviations = learner instanceof BayesianLearner ? new Float64Array(decision.count) : null;
    for (let a = 0; a < decision.count; a++) {
      const x = this.#features;
      decision.expand(a, x);
      scores[a] = learner.score(x);
      if (deviations) deviations[a] = Math.sqrt((learner as BayesianLearner).variance(x, x.shared));
    }
    return { scores, ...(deviations && { deviations }) };
  }

  learn(decision: HashedDecision, { chosen, propensity, importance = 1 }: Choice, value: number): number {
    decision.expand(chosen, this.#features);
    const weight = propensity === null ? 1 : this.#mtr.importance(propensity, decision.count);
    return this.#learner.learn(this.#features, value, weight * importance);
  }

  state(): Uint8Array {
    const writer = new ByteWriter();
    this.#mtr.weights.write(writer);
    writer.block(this.#learner.state());
    return writer.finish();
  }

  restore(state: Uint8Array): void {
    const reader = new ByteReader(state, "model learner state");
    this.#mtr.weights.read(reader);
    const learner = reader.block("learner state");
    reader.expectEnd();
    this.#learner.restore(learner);
  }
}
