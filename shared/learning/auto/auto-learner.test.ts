import { describeLearner } from "../learner-checks.ts";
import { logisticLoss, squaredLoss } from "../loss.ts";
import { AutoLearner } from "./auto-learner.ts";

const make = (loss: typeof squaredLoss) => new AutoLearner({ bits: 10, loss });

describeLearner("auto with logistic loss", () => make(logisticLoss), [0, 1]);
describeLearner("auto with squared loss", () => make(squaredLoss), [-2, 3]);
