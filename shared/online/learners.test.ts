import { describeLearner } from "../../conformance/learner-checks.ts";
import { adaptive, auto, bayesian, factorised } from "../contract/define.ts";
import type { LearnerSpec } from "../contract/spec.ts";
import { makeLearner } from "./learners.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

/** One spec of each learner that a spec can name: who adds a learner has to add it here. */
const specs: { readonly [Type in LearnerSpec["type"]]: Extract<LearnerSpec, { type: Type }> } = {
  auto: auto({ bits: 10 }),
  adaptive: adaptive({ bits: 10 }),
  factorised: factorised({ bits: 10 }),
  bayesian: bayesian({ bits: 10 }),
};

for (const spec of Object.values(specs)) {
  describeLearner(`${spec.type} with logistic loss`, () => makeLearner(spec, logisticLoss), [0, 1]);
  describeLearner(`${spec.type} with squared loss`, () => makeLearner(spec, squaredLoss), [-2, 3]);
}

describeLearner("auto that ranks", () => makeLearner(specs.auto, squaredLoss, { ranks: true }), [-2, 3]);
describeLearner(
  "auto that knows widths",
  () => makeLearner(specs.auto, squaredLoss, { ranks: true, widths: true }),
  [-2, 3],
);
