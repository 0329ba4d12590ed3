import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { logistic } from "../shared/math/logistic.ts";
import { AutoLearner } from "../shared/online/auto/auto-learner.ts";
import { BayesianLearner } from "../shared/online/bayesian.ts";
import { CoinBettingLearner } from "../shared/online/coin-betting.ts";
import { FactorisedLearner } from "../shared/online/factorised.ts";
import { FtrlLearner } from "../shared/online/ftrl.ts";
import { GradientDescentLearner } from "../shared/online/gradient-descent.ts";
import type { Learner } from "../shared/online/learner.ts";
import { hingeLoss, logisticLoss, quantileLoss, squaredLoss } from "../shared/online/loss.ts";
import { Digest } from "./digest.ts";
import { FixtureRandom } from "./random.ts";

const BITS = 10;
const COUNT = 600;
const SEED = 20261122;
const bits = BITS;

/** Every learner, with every switch that takes another way through its arithmetic. */
const learners: Record<string, { make(): Learner; labels: "binary" | "values" }> = {
  "auto, logistic": { make: () => new AutoLearner({ bits, loss: logisticLoss }), labels: "binary" },
  "auto, squared": { make: () => new AutoLearner({ bits, loss: squaredLoss }), labels: "values" },
  "auto, widths": {
    make: () => new AutoLearner({ bits, loss: squaredLoss, ranks: true, widths: true }),
    labels: "values",
  },
  "auto, ranking": { make: () => new AutoLearner({ bits, loss: squaredLoss, ranks: true }), labels: "values" },
  "factorised, logistic": { make: () => new FactorisedLearner({ bits, loss: logisticLoss }), labels: "binary" },
  "factorised, squared": { make: () => new FactorisedLearner({ bits, loss: squaredLoss, rank: 5 }), labels: "values" },
  "FTRL, logistic, L1 and L2": {
    make: () => new FtrlLearner({ bits, loss: logisticLoss, l1: 0.5, l2: 0.1 }),
    labels: "binary",
  },
  "FTRL, squared": { make: () => new FtrlLearner({ bits, loss: squaredLoss, alpha: 0.05 }), labels: "values" },
  "coin, logistic": { make: () => new CoinBettingLearner({ bits, loss: logisticLoss }), labels: "binary" },
  "coin, squared": { make: () => new CoinBettingLearner({ bits, loss: squaredLoss }), labels: "values" },
  "Bayesian, logistic": { make: () => new BayesianLearner({ bits, loss: logisticLoss }), labels: "binary" },
  "Bayesian, squared, forgetting": {
    make: () => new BayesianLearner({ bits, loss: squaredLoss, forgetting: 0.01 }),
    labels: "values",
  },
  "gradient descent, as by default": {
    make: () => new GradientDescentLearner({ bits, loss: logisticLoss, learningRate: 0.5 }),
    labels: "binary",
  },
  "gradient descent, L1 and L2": {
    make: () => new GradientDescentLearner({ bits, loss: logisticLoss, learningRate: 0.5, l1: 1e-4, l2: 1e-3 }),
    labels: "binary",
  },
  "gradient descent, another decay": {
    make: () => new GradientDescentLearner({ bits, loss: squaredLoss, learningRate: 0.3, powerT: 0.3 }),
    labels: "values",
  },
  "gradient descent, not invariant": {
    make: () => new GradientDescentLearner({ bits, loss: squaredLoss, learningRate: 0.1, invariant: false }),
    labels: "values",
  },
  "gradient descent, not normalised, hinge": {
    make: () =>
      new GradientDescentLearner({ bits, loss: hingeLoss, learningRate: 0.5, normalized: false, initialT: 2 }),
    labels: "binary",
  },
  "gradient descent, not adaptive, quantile": {
    make: () => new GradientDescentLearner({ bits, loss: quantileLoss(0.3), learningRate: 0.5, adaptive: false }),
    labels: "values",
  },
  "plain stochastic gradient descent": {
    make: () =>
      new GradientDescentLearner({
        bits,
        loss: logisticLoss,
        learningRate: 0.05,
        adaptive: false,
        normalized: false,
        invariant: false,
      }),
    labels: "binary",
  },
};

/** Digests, by learner, of all it predicted, of its weights and of its state after the same 600 examples on every engine. */
export function learnerDigests(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(learners).map(([name, { make, labels }]) => {
      const learner = make();
      const digest = new Digest();
      const random = new FixtureRandom(SEED);
      const x = new FeatureBuffer();
      for (let n = 0; n < COUNT; n++) {
        const score = fillExample(random, x);
        const label = labels === "binary" ? Number(random.next() < logistic(score)) : score + random.next();
        const importance = random.next() < 0.8 ? 1 : 4 * random.next();
        digest.number(learner.predict(x));
        digest.number(learner.learn(x, label, importance));
      }
      digest.numbers(learner.weights);
      digest.numbers(learner.state());
      return [name, digest.hex()];
    }),
  );
}

/**
 * Categories, numbers of many sizes (so that scales grow on the way) and interactions, some of them with equal indices.
 * @returns what the label depends on.
 */
function fillExample(random: FixtureRandom, x: FeatureBuffer): number {
  x.clear();
  x.push(0, 1);
  let score = -0.5;
  for (let field = 0; field < 6; field++) {
    const category = random.whole(10);
    x.push(1 + 10 * field + category, 1);
    score += (((field * 7 + category * 3) % 5) - 2) / 2;
  }
  x.common = x.length;
  for (let field = 0; field < 4; field++) {
    const value = (random.next() - 0.3) * 10 ** random.whole(5);
    x.push(100 + field, value);
    score += value > 0 ? 0.3 : -0.3;
  }
  x.plain = x.length;
  for (let fine = random.whole(5); fine > 0; fine--) x.push(200 + random.whole(100), random.next());
  x.singles = x.length;
  const { singles } = x;
  for (let i = 1; i < singles; i += 2)
    for (let j = i; j < singles; j += 3)
      x.push((Math.imul(x.indices[i]!, 31) ^ x.indices[j]!) & (2 ** BITS - 1), x.values[i]! * x.values[j]!);
  return score;
}
