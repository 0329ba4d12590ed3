import { FtrlLearner } from "./ftrl.ts";
import { describeLearner } from "./learner-checks.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

describeLearner("ftrl", () => new FtrlLearner({ bits: 10, loss: squaredLoss }), [-2, 3], { invariant: false });
describeLearner("ftrl logistic", () => new FtrlLearner({ bits: 10, loss: logisticLoss, l1: 0.01 }), [0, 1], {
  invariant: false,
});
