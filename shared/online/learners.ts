import type { LearnerSpec } from "../contract/spec.ts";
import { AdaptiveLearner } from "./adaptive.ts";
import { AutoLearner } from "./auto/auto-learner.ts";
import { BayesianLearner } from "./bayesian.ts";
import { FactorisedLearner } from "./factorised.ts";
import type { Learner } from "./learner.ts";
import type { Loss } from "./loss.ts";

type Makers = {
  readonly [Type in LearnerSpec["type"]]: (spec: Extract<LearnerSpec, { type: Type }>, loss: Loss, use: Use) => Learner;
};

/** What its scores are for. */
type Use = {
  /** Whether they are compared, those of actions. */
  ranks?: boolean;
  /** Whether it is asked what a score may be wrong by, where it can know. */
  widths?: boolean;
};

/** Every learner that a spec can name, by its tag: what makes it. */
const learners: Makers = {
  auto: ({ bits }, loss, use) => new AutoLearner({ bits, loss, ...use }),
  adaptive: ({ bits, learningRate }, loss) => new AdaptiveLearner({ bits, learningRate, loss }),
  factorised: ({ bits, rank }, loss) => new FactorisedLearner({ bits, rank, loss }),
  bayesian: ({ bits, variance, forgetting }, loss) => new BayesianLearner({ bits, loss, variance, forgetting }),
};

/**
 * A new learner, as the spec describes it.
 * @example makeLearner({ type: "adaptive", bits: 18, learningRate: 0.5 }, logisticLoss)
 */
export function makeLearner(spec: LearnerSpec, loss: Loss, use: Use = {}): Learner {
  const make = learners[spec.type] as (spec: LearnerSpec, loss: Loss, use: Use) => Learner;
  return make(spec, loss, use);
}
