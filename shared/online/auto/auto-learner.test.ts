import { describe, expect, test } from "vitest";
import { features } from "../../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../../conformance/random.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { dot } from "../../heads/dot.ts";
import { softplus } from "../../math/logistic.ts";
import { AdaptiveLearner } from "../adaptive.ts";
import { logisticLoss, squaredLoss } from "../loss.ts";
import { AutoLearner } from "./auto-learner.ts";

const make = (loss: typeof squaredLoss) => new AutoLearner({ bits: 10, loss });

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

  test("publishes other features with the mixture of when they were learned, until it has moved by a half", () => {
    const learner = make(logisticLoss);
    const mixture = () => learner.report.candidates.map(({ weight }) => weight);
    const distance = (a: number[], b: number[]) => a.reduce((sum, weight, i) => sum + Math.abs(weight - b[i]!), 0);
    const learned = new Set<number>();
    const losses = { exact: 0, published: 0 };
    let renewed = mixture();
    let renewals = 0;
    for (const { x, label } of stream(3000, (a, b, t) => ((t < 1500 ? a + b : a) % 2 === 0 ? 0.9 : 0.1))) {
      losses.published += softplus((label === 1 ? -1 : 1) * dot(learner.weights, x));
      const before = learner.weights.slice();
      losses.exact += learner.learn(x, label, 1);
      for (let i = 0; i < x.length; i++) learned.add(x.indices[i]!);
      const changed = learner.weights.reduce((count, weight, i) => count + Number(weight !== before[i]), 0);
      if (distance(mixture(), renewed) <= 0.5) expect(changed).toBeLessThanOrEqual(x.length);
      else {
        expect(changed).toBeGreaterThan(0.9 * learned.size);
        renewed = mixture();
        renewals++;
      }
    }
    expect(renewals).toBeGreaterThan(5);
    expect(renewals).toBeLessThan(100);
    expect(losses.published).not.toBe(losses.exact);
    expect(losses.published / losses.exact).toBeLessThan(1.005);
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
          ? [0.1194605678319931, -0.45775917172431946, -0.3540172576904297, -0.016403397545218468]
          : [0.4126302897930145, -0.04947090893983841, 0.0002988911874126643, -0.01611579768359661],
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

  test("reads a state of before the mixed weights were kept, mixes them, and learns on as it would have", () => {
    const examples = smallStream(60);
    const learner = new AutoLearner({ bits: 8, loss: logisticLoss });
    learner.read(new Uint8Array(Buffer.from(OLD_STATE.join(""), "base64")))();
    expect(learner.examples).toBe(40);
    expect([0, 10, 31, 104].map((index) => learner.weights[index])).toEqual([
      0.051688987761735916, 0.2623903155326843, 0.055229246616363525, 0.6247864365577698,
    ]);
    const state = learner.state();
    const other = new AutoLearner({ bits: 8, loss: logisticLoss });
    other.read(state)();
    expect(other.state()).toEqual(state);
    // What the code of that time lost on the next 20 examples.
    const loss = examples.slice(40).reduce((sum, { x, label }) => sum + learner.learn(x, label, 1), 0);
    expect(loss).toBe(9.608588371160916);
    expect(examples.slice(40).reduce((sum, { x, label }) => sum + other.learn(x, label, 1), 0)).toBe(loss);
    expect(other.weights).toEqual(learner.weights);
  });
});

/** As `stream`, with three categories each. */
function smallStream(n: number) {
  const random = new FixtureRandom(11);
  return Array.from({ length: n }, () => {
    const a = random.whole(3);
    const b = random.whole(3);
    const x = features([0, 1], [10 + a, 1], [30 + b, 1], [100 + 3 * a + b, 1]);
    x.singles = 3;
    return { x, label: random.next() < ((a + b) % 2 === 0 ? 0.9 : 0.1) ? 1 : 0 };
  });
}

/** State of format 2 after 40 examples of `smallStream`, 8 bits, logistic loss, written by the code of 85ede65. */
const OLD_STATE = [
  "RVdBVQKAAgAAAAAAAGRAAAAAAAAAXkAAAAAAAABeQAAAAAAAAERAAAAAAAAAREAAAAAAAABJwAAAAAAAAElAAAAAAAAAREDDsQxBfrOzP14+A5Rr",
  "q5Q/nywCSv62JT8mX93r6KbCP10kwl4YY+c/nOPIrPmwqD+VuFPvbxasP/kqU20lIuc/VjDxshbR6z8M8lGS2YnlP9MLCH9yM+Q/s2o2dc5V5T+C",
  "Yx3dyCbLP1gpkQKQksA/Ep3CX2FW0D/u5zA48G3SP7STGxMuKJQ/lsFJbCCdT798xBx8lFMvv8Prog62BUK/lsFJbCCdT7+6FztqBKqRP3ovz610",
  "gje/Oo/TIRHUUr98xBx8lFMvv3ovz610gje/LBvI11F4lD8xE63uKVs4v8Prog62BUK/Oo/TIRHUUr8xE63uKVs4v1BAE0Ytk5M/QyjwbkwGpz/b",
  "EYrfoO7Vvz8La5gFQNU/MfOcPtnR5z+AhEt9zujGP2tDatdUiqC/q+bxvkyuiL8PukCPg9eVv2tDatdUiqC/ePcVivdttj9pTXN/xeqAvzcgSNtE",
  "v6C/q+bxvkyuiL9pTXN/xeqAv8dU3CbPdcg/D2flR2Tqk78PukCPg9eVvzcgSNtEv6C/D2flR2Tqk7+GFaEahtTCPxABCgEBEgEBRAEBAQEBAQEB",
  "AACAP6N3p7zkfpI9Y+ITQQAAgD8xbLw9qLCfPsLXR0AAAIA/QYtEvr7N6L4eX0hAAACAP5OQlj1s3oE+r1I/QAAAgD8XfS+9BKTsOxXzJkAAAIA/",
  "EU8YPYBjaD0uvzhAAACAP1NPBjxGEgM+S9dvQAAAgD/lwIk9RGWcPiw8hz8AAIA/2K7SvWyD376P/B0/AACAP3TbFz5pa/A+DnW5PwAAgD9PylK+",
  "28EWv0vJQz8AAIA/FPNSPtfFPz8z4LA/AACAP1S1iL4yOUq/zvJ7PwAAgD9uZRI+Gx7/PrWKST8AAIA/+I4MvhqvE7/FP2M/AACAP3KatT2B+rI+",
  "I0CoPwcBCgEBEgEBVTMZPVFTKUHtFDA+Ur9FQU0lmT6RTVdAJzwzP3/yY0BDwOW+ir5zQO3/gL/MRIxA9XBePi1BWkD4M94+aquSQL9FEL30kDRA",
  "O7mwPi0NFkBx89o9ntRrQHZCQ729UcVAGAiTPdtzgkCw4W8+6XSAQA==",
];

describe("auto that ranks", () => {
  /** Products of two numbers and a category, as a decision has them; the label is linear in the products. */
  function ranked(n: number, seed = 12) {
    const random = new FixtureRandom(seed);
    return Array.from({ length: n }, () => {
      const [a, b] = [2 * random.next() - 1, 2 * random.next() - 1];
      const topic = random.whole(4);
      const x = features(
        [0, 1],
        [1, a],
        [2, b],
        [10 + topic, 1],
        [20 + topic, a],
        [30 + topic, b],
        [40 + topic, a * b],
      );
      x.common = 1;
      x.plain = x.singles = 4;
      x.straight = 6;
      return { x, label: Number(random.next() < 0.5 + 0.08 * (topic - 1.5) * a - 0.04 * b) };
    });
  }
  const ranking = () => new AutoLearner({ bits: 10, loss: squaredLoss, ranks: true });
  /** The same visitor's features with another topic. */
  function withTopic(x: FeatureBuffer, topic: number): FeatureBuffer {
    const other = features(
      ...Array.from({ length: x.length }, (_, i): [number, number] => [x.indices[i]!, x.values[i]!]),
    );
    for (let i = 3; i < x.length; i++) other.indices[i] = 10 * (i - 2) + topic;
    return Object.assign(other, { common: x.common, plain: x.plain, singles: x.singles, straight: x.straight });
  }

  test("publishes one set of weights that scores as the mixture predicts", () => {
    const learner = ranking();
    for (const { x, label } of ranked(600)) {
      learner.learn(x, label, 1);
      expect(dot(learner.weights, x)).toBeCloseTo(learner.score(x), 5);
    }
    // What the newest examples did not have is as the mixture has it but for the last few examples of its block.
    for (const { x } of ranked(50, 13)) expect(Math.abs(dot(learner.weights, x) - learner.score(x))).toBeLessThan(0.05);
  });

  test("chooses better than the candidates that learn each weight by itself, where what is linear is small beside noise", () => {
    const expected = (x: FeatureBuffer) => 0.08 * (x.indices[3]! - 11.5) * x.values[1]! - 0.04 * x.values[2]!;
    const earnedBy = (learner: AutoLearner) => {
      for (const { x, label } of ranked(1000)) learner.learn(x, label, 1);
      let sum = 0;
      for (const { x } of ranked(1000, 13)) {
        const others = [0, 1, 2, 3].map((topic) => withTopic(x, topic));
        const scores = others.map((other) => learner.score(other));
        sum += expected(others[scores.indexOf(Math.max(...scores))]!);
      }
      return sum / 1000;
    };
    expect(earnedBy(ranking())).toBeGreaterThan(1.05 * earnedBy(make(squaredLoss)));
  });

  test("says what it chose", () => {
    const learner = ranking();
    for (const { x, label } of ranked(300)) learner.learn(x, label, 1);
    const { candidates } = learner.report;
    expect(candidates).toHaveLength(make(squaredLoss).report.candidates.length + 1);
    const together = candidates.filter(({ learningRate }) => learningRate === null);
    expect(together.reduce((sum, { weight }) => sum + weight, 0)).toBeGreaterThan(0.5);
  });

  test("refuses the state of one that does not rank, and gives it none", () => {
    const [one, other] = [ranking(), make(squaredLoss)];
    expect(() => one.read(other.state())).toThrow("format version 4 is not 5");
    expect(() => other.read(one.state())).toThrow("format version 5 is not 4 or 2 or 3");
  });
});
