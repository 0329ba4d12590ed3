import { FactorisedLearner } from "./factorised.ts";
import { describeLearner } from "./learner-checks.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

describeLearner("factorised with logistic loss", () => new FactorisedLearner({ bits: 10, loss: logisticLoss }), [0, 1]);
describeLearner("factorised with squared loss", () => new FactorisedLearner({ bits: 10, loss: squaredLoss }), [-2, 3]);
