import { describe, expect, test } from "vitest";
import { features } from "../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { dot } from "../heads/dot.ts";
import { BayesianLearner } from "./bayesian.ts";
import { logisticLoss, squaredLoss } from "./loss.ts";

const make = (loss: typeof squaredLoss, options: { variance?: number; forgetting?: number } = {}) =>
  new BayesianLearner({ bits: 10, loss, ...options });

describe("Bayesian", () => {
  test("with one category at a time is exact: the posterior of a normal mean", () => {
    const learner = make(squaredLoss, { variance: 2 });
    const random = new FixtureRandom(2);
    const sums = [0, 0, 0];
    const counts = [0, 0, 0];
    for (let n = 0; n < 300; n++) {
      const k = random.whole(3);
      // Within the range of labels nothing is clamped.
      const y = n === 0 ? 9 : n === 1 ? -9 : k + random.next();
      learner.learn(features([k, 1]), y, 1);
      sums[k]! += y;
      counts[k]!++;
      // Prior of variance 2 in units of the noise.
      expect(learner.predict(features([k, 1]))).toBeCloseTo(sums[k]! / (counts[k]! + 0.5), 4);
    }
    const ratio = learner.variance(features([0, 1])) / learner.variance(features([1, 1]));
    expect(ratio).toBeCloseTo((counts[1]! + 0.5) / (counts[0]! + 0.5), 4);
  });

  test("with logistic loss finds the mode of the posterior, however much an example counts", () => {
    for (const importance of [1e-6, 1, 7, 1e6]) {
      const learner = make(logisticLoss, { variance: 0.5 });
      const x = features([1, 1], [2, 1]);
      learner.learn(x, 1, importance);
      const mode = learner.predict(x);
      // Two weights of variance 0.5: the score has variance 1. The derivative of the log posterior is 0.
      expect(Math.abs(mode - importance / (1 + Math.exp(mode)))).toBeLessThan(1e-5 * Math.max(mode, 1));
      expect(learner.variance(x)).toBeLessThan(1);
    }
  });

  test("knows how unsure it is: intervals of 2 deviations hold the truth about as often as they should", () => {
    const random = new FixtureRandom(8);
    let inside = 0;
    let all = 0;
    for (let run = 0; run < 40; run++) {
      const learner = make(logisticLoss, { variance: 1 });
      const truth = Array.from({ length: 10 }, () => 2 * random.next() - 1);
      for (let n = 0; n < 600; n++) {
        const k = random.whole(10);
        learner.learn(features([k, 1]), random.next() < 1 / (1 + Math.exp(-truth[k]!)) ? 1 : 0, 1);
      }
      truth.forEach((score, k) => {
        const x = features([k, 1]);
        const deviation = Math.sqrt(learner.variance(x));
        all++;
        if (Math.abs(learner.predict(x) - score) < 2 * deviation) inside++;
      });
    }
    expect(inside / all).toBeGreaterThan(0.9);
    expect(inside / all).toBeLessThan(0.99);
  });

  test("is surest of what it has seen most, and unsure of what it has not", () => {
    const learner = make(logisticLoss);
    expect(learner.variance(features([5, 1], [6, 1]))).toBeCloseTo(0.2, 7);
    for (let n = 0; n < 100; n++) learner.learn(features([5, 1]), n % 2, 1);
    for (let n = 0; n < 10; n++) learner.learn(features([6, 1]), n % 2, 1);
    const [five, six, seven] = [5, 6, 7].map((i) => learner.variance(features([i, 1])));
    expect(five).toBeLessThan(six!);
    expect(six).toBeLessThan(seven!);
    expect(seven).toBeCloseTo(0.1, 7);
  });

  test("with forgetting follows a world that turns over, and stays unsure", () => {
    const stable = make(logisticLoss, { variance: 1 });
    const forgetful = make(logisticLoss, { variance: 1, forgetting: 0.01 });
    const random = new FixtureRandom(3);
    const x = features([1, 1]);
    for (let n = 0; n < 2200; n++) {
      const label = random.next() < (n < 2000 ? 0.9 : 0.1) ? 1 : 0;
      stable.learn(x, label, 1);
      forgetful.learn(x, label, 1);
    }
    expect(stable.predict(x)).toBeGreaterThan(0);
    expect(forgetful.predict(x)).toBeLessThan(0);
    expect(forgetful.variance(x)).toBeGreaterThan(2 * stable.variance(x));
  });

  test("publishes weights that score as it predicts", () => {
    const learner = make(logisticLoss);
    const random = new FixtureRandom(6);
    for (let n = 0; n < 200; n++) {
      const x = features([1, 1], [2 + random.whole(5), 10], [9, random.next()]);
      learner.learn(x, random.whole(2), 1);
      expect(dot(learner.weights, x)).toBeCloseTo(learner.predict(x), 6);
    }
  });

  test("refuses a variance and a forgetting that are none", () => {
    expect(() => make(squaredLoss, { variance: 0 })).toThrow("variance 0 is not one from 0 to 1e6");
    expect(() => make(squaredLoss, { forgetting: 2 })).toThrow("forgetting 2 is not one from 0 to 1");
  });
});
