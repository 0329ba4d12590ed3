import { BayesianLearner } from "./bayesian.ts";
import { describeLearner } from "./learner-checks.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

describeLearner("Bayesian with logistic loss", () => new BayesianLearner({ bits: 10, loss: logisticLoss }), [0, 1]);
describeLearner("Bayesian with squared loss", () => new BayesianLearner({ bits: 10, loss: squaredLoss }), [-2, 3]);
