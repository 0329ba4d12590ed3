import { describe, expect, test } from "vitest";
import { describeLearner, features } from "../../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../../conformance/random.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { dot } from "../../heads/dot.ts";
import { AdaptiveLearner } from "../adaptive.ts";
import { logisticLoss, squaredLoss } from "../loss.ts";
import { AutoLearner } from "./auto-learner.ts";

const make = (loss: typeof squaredLoss) => new AutoLearner({ bits: 10, loss });

describeLearner("auto with logistic loss", () => make(logisticLoss), [0, 1]);
describeLearner("auto with squared loss", () => make(squaredLoss), [-2, 3]);

/** Two categories of ten, and their pair as an interaction; the label is what `truth` says of them. */
function stream(n: number, truth: (a: number, b: number, t: number) => number) {
  const random = new FixtureRandom(11);
  return Array.from({ length: n }, (_, t) => {
    const a = random.whole(10);
    const b = random.whole(10);
    const x = features([0, 1], [10 + a, 1], [30 + b, 1], [100 + 10 * a + b, 1]);
    x.singles = 3;
    return { x, label: random.next() < truth(a, b, t) ? 1 : 0 };
  });
}

const entry = (x: FeatureBuffer, i: number) => [x.indices[i]!, x.values[i]!] as const;

const meanLoss = (learner: { learn: AutoLearner["learn"] }, examples: ReturnType<typeof stream>, from = 0): number => {
  let sum = 0;
  examples.forEach(({ x, label }, t) => {
    const loss = learner.learn(x, label, 1);
    if (t >= from) sum += loss;
  });
  return sum / (examples.length - from);
};

describe("auto", () => {
  test("publishes one set of weights that scores as the mixture predicts", () => {
    for (const loss of [logisticLoss, squaredLoss]) {
      const learner = make(loss);
      for (const { x, label } of stream(500, (a, b) => (a + b) / 18)) {
        learner.learn(x, label, 1);
        const score = dot(learner.weights, x);
        if (loss === logisticLoss) expect(score).toBeCloseTo(learner.predict(x), 5);
        else expect(Math.min(Math.max(score, 0), 1)).toBeCloseTo(learner.predict(x), 5);
      }
    }
  });

  test("is about as good as the best of many fixed rates, whether interactions matter or not", () => {
    const truths = [
      (a: number, b: number) => ((a + b) % 2 === 0 ? 0.9 : 0.1),
      (a: number, b: number) => 0.05 + 0.05 * (a + b),
      (a: number) => (a < 3 ? 0.02 : 0.1),
    ];
    for (const truth of truths) {
      const examples = stream(4000, truth);
      const rates = [0.05, 0.1, 0.25, 0.5, 1, 2];
      const withoutPairs = examples.map(({ x, label }) => {
        const single = features(...[0, 1, 2].map((i) => [x.indices[i]!, 1] as const));
        return { x: single, label };
      });
      const fixed = rates.flatMap((learningRate) =>
        [examples, withoutPairs].map((list) =>
          meanLoss(new AdaptiveLearner({ bits: 10, learningRate, loss: logisticLoss }), list),
        ),
      );
      expect(meanLoss(make(logisticLoss), examples)).toBeLessThan(1.02 * Math.min(...fixed));
    }
  });

  test("follows a world that turns over", () => {
    const examples = stream(6000, (a, _, t) => (a < 5 === t < 3000 ? 0.95 : 0.05));
    expect(meanLoss(make(logisticLoss), examples, 3500)).toBeLessThan(0.25);
  });

  test("says what it chose, and by which losses", () => {
    const learner = make(logisticLoss);
    expect(learner.report.recentLoss).toBeNull();
    // Only the pair says anything, so what sees no interactions loses.
    for (const { x, label } of stream(3000, (a, b) => ((a + b) % 2 === 0 ? 0.95 : 0.05))) learner.learn(x, label, 1);
    const { candidates, recentLoss } = learner.report;
    const of = (sees: string) => candidates.filter((c) => c.features === sees);
    const least = Math.min(...of("all").map((c) => c.recentLoss!));
    for (const { recentLoss } of [...of("single"), ...of("plain")]) expect(recentLoss).toBeGreaterThan(2 * least);
    expect(of("all").reduce((sum, c) => sum + c.weight, 0)).toBeGreaterThan(0.8);
    expect(recentLoss).toBeLessThan(1.05 * least);
  });

  test("gives the same bits everywhere", () => {
    for (const loss of [logisticLoss, squaredLoss]) {
      const learner = make(loss);
      for (const { x, label } of stream(300, (a, b) => (a + b) / 18)) learner.learn(x, label, 1.5);
      expect([0, 12, 33, 125].map((index) => learner.weights[index])).toEqual(
        loss === logisticLoss
          ? [0.1194605678319931, -0.46138519048690796, -0.3577094078063965, -0.006497586145997047]
          : [0.4126302897930145, -0.04609560966491699, -0.00019761324801947922, -0.0180861484259367],
      );
    }
  });

  test("learns labels of any size alike", () => {
    const random = new FixtureRandom(5);
    const examples = Array.from({ length: 300 }, () => {
      const up = random.next();
      return { x: features([1, 1], [2, up]), y: 3 * up + random.next() };
    });
    const small = make(squaredLoss);
    const large = make(squaredLoss);
    for (const { x, y } of examples) {
      small.learn(x, y, 1);
      large.learn(x, 1024 * y, 1);
    }
    const x = features([1, 1], [2, 0.5]);
    expect(large.predict(x) / 1024).toBeCloseTo(small.predict(x), 4);
    expect(small.predict(x)).toBeCloseTo(2, 0);
  });

  test("costs little to find out: of 200 examples it loses at most 4 nats to the best of twelve fixed settings", () => {
    const truths = [
      (a: number, b: number) => ((a + b) % 2 === 0 ? 0.9 : 0.1),
      (a: number, b: number) => 0.05 + 0.05 * (a + b),
      () => 0.03,
      () => 0.5,
    ];
    for (const truth of truths) {
      const examples = stream(200, truth);
      const single = examples.map(({ x, label }) => ({ x: features(...[0, 1, 2].map((i) => entry(x, i))), label }));
      const fixed = [0.05, 0.1, 0.25, 0.5, 1, 2].flatMap((learningRate) =>
        [examples, single].map((list) =>
          meanLoss(new AdaptiveLearner({ bits: 10, learningRate, loss: logisticLoss }), list),
        ),
      );
      expect(200 * (meanLoss(make(logisticLoss), examples) - Math.min(...fixed))).toBeLessThan(4);
    }
  });

  test("does not flap: what it serves shifts by degrees, and stays where nothing is to choose", () => {
    const shifts = (truth: (a: number, b: number, t: number) => number): number[] => {
      const learner = make(logisticLoss);
      const weights = () => learner.report.candidates.map(({ weight }) => weight);
      return stream(3000, truth).map(({ x, label }) => {
        const before = weights();
        learner.learn(x, label, 1);
        return weights().reduce((sum, weight, c) => sum + Math.abs(weight - before[c]!), 0);
      });
    };
    const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(shifts((a, b) => ((a + b) % 2 === 0 ? 0.9 : 0.1)))).toBeLessThan(0.05);
    expect(mean(shifts((a, _, t) => (a < 5 === t % 1000 < 500 ? 0.95 : 0.05)))).toBeLessThan(0.1);
    expect(Math.max(...shifts(() => 0.5).slice(100))).toBeLessThan(0.2);
  });

  test("scores beyond the labels' range, predicts within, and remembers what it predicted", () => {
    const learner = make(squaredLoss);
    const x = features([1, 1], [2, 1]);
    for (let n = 0; n < 50; n++) {
      learner.learn(features([1, 1]), 1, 1);
      learner.learn(features([2, 1]), 1, 1);
    }
    expect(learner.score(x)).toBeGreaterThan(1.5);
    expect(learner.predict(x)).toBe(1);
    learner.learn(x, 0.5, 1);
    expect(learner.prediction).toBe(1);
  });

  test("learns what is missing to a base", () => {
    const learner = make(squaredLoss);
    for (let n = 0; n < 300; n++) learner.learn(features([1, 1], [2 + (n % 2), 1]), 5 + (n % 2), 1, 4);
    expect(learner.score(features([1, 1], [2, 1]))).toBeCloseTo(1, 1);
    expect(learner.predict(features([1, 1], [3, 1]), 4)).toBeCloseTo(6, 1);
  });
});
