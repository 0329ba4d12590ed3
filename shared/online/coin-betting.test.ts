import { describeLearner } from "../../conformance/learner-checks.ts";
import { CoinBettingLearner } from "./coin-betting.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

// As in Vowpal Wabbit, the weights are those of the bets before the newest example.
const lagging = { invariant: false, prompt: false };
describeLearner("coin", () => new CoinBettingLearner({ bits: 10, loss: squaredLoss }), [-2, 3], lagging);
describeLearner("coin logistic", () => new CoinBettingLearner({ bits: 10, loss: logisticLoss }), [0, 1], lagging);
