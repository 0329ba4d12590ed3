import { expect, test } from "vitest";
import { describeLearner, features } from "../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { FtrlLearner } from "./ftrl.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

describeLearner("ftrl", () => new FtrlLearner({ bits: 10, loss: squaredLoss }), [-2, 3], { invariant: false });
describeLearner("ftrl logistic", () => new FtrlLearner({ bits: 10, loss: logisticLoss, l1: 0.01 }), [0, 1], {
  invariant: false,
});

test("ftrl's first step is -g / (l2 + (beta + |g|) / alpha), less l1", () => {
  const learner = new FtrlLearner({ bits: 10, loss: squaredLoss, alpha: 0.5, beta: 1, l1: 2, l2: 3 });
  learner.learn(features([1, 1], [2, 0.1]), 4, 1);
  // Gradients are 2 (0 - 4) x: -8 and -0.8, of which the second stays under l1.
  expect(learner.weights[1]).toBeCloseTo((8 - 2) / (3 + (1 + 8) / 0.5), 6);
  expect(learner.weights[2]).toBe(0);
});

test("l1 leaves the weights of features that mean nothing at exactly 0", () => {
  const kept = [0, 5].map((l1) => {
    const learner = new FtrlLearner({ bits: 10, loss: logisticLoss, l1 });
    const random = new FixtureRandom(4);
    for (let i = 0; i < 2000; i++) {
      const label = random.whole(2);
      learner.learn(features([label, 1], [10 + random.whole(100), 1]), label, 1);
    }
    expect(learner.weights[0]).toBeLessThan(0);
    expect(learner.weights[1]).toBeGreaterThan(0);
    return learner.weights.filter((w) => w !== 0).length;
  });
  expect(kept[0]).toBe(102);
  expect(kept[1]).toBeLessThan(10);
});
