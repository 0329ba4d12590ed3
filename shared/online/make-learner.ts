import type { LearnerSpec } from "../contract/spec.ts";
import { AdaptiveLearner } from "./adaptive.ts";
import { AutoLearner } from "./auto/auto-learner.ts";
import { BayesianLearner } from "./bayesian.ts";
import { FactorisedLearner } from "./factorised.ts";
import type { Learner } from "./learner.ts";
import type { Loss } from "./loss.ts";

/** A new learner, as the spec describes it. */
export function makeLearner(spec: LearnerSpec, loss: Loss): Learner {
  switch (spec.type) {
    case "adaptive":
      return new AdaptiveLearner({ bits: spec.bits, learningRate: spec.learningRate, loss });
    case "factorised":
      return new FactorisedLearner({ bits: spec.bits, rank: spec.rank, loss });
    case "bayesian":
      return new BayesianLearner({ bits: spec.bits, loss, variance: spec.variance, forgetting: spec.forgetting });
    case "auto":
      return new AutoLearner({ bits: spec.bits, loss });
  }
}
