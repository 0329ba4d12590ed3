import { describe, expect, test } from "vitest";
import { describeLearner, features } from "../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { GradientDescentLearner, type GradientDescentOptions } from "./gradient-descent.ts";
import { JointState } from "./joint-state.ts";
import { hingeLoss, logisticLoss, quantileLoss, signedLogisticLoss, squaredLoss } from "./loss.ts";

const make = (options: Partial<GradientDescentOptions>) =>
  new GradientDescentLearner({ bits: 10, learningRate: 0.5, loss: squaredLoss, ...options });
const plain = { adaptive: false, normalized: false, invariant: false, learningRate: 0.1 } as const;

describeLearner("power_t 0.4", () => make({ powerT: 0.4 }), [-2, 3]);
describeLearner("adaptive and invariant", () => make({ normalized: false }), [-2, 3]);
describeLearner("normalised and invariant", () => make({ adaptive: false, learningRate: 2 }), [-2, 3]);
describeLearner("l1 and l2", () => make({ l1: 1e-4, l2: 1e-4 }), [-2, 3]);
describeLearner("hinge", () => make({ loss: hingeLoss }), [-1, 1]);
describeLearner("signed logistic", () => make({ loss: signedLogisticLoss }), [-1, 1]);
describeLearner("quantile", () => make({ loss: quantileLoss(0.5) }), [-2, 3]);
describeLearner("gradient descent", () => make(plain), [-2, 3], { invariant: false });
describeLearner("gradient descent, logistic", () => make({ ...plain, learningRate: 1, loss: logisticLoss }), [0, 1], {
  invariant: false,
});
describeLearner("adaptive", () => make({ normalized: false, invariant: false }), [-2, 3], { invariant: false });

describe("sensitivity", () => {
  test.each([
    ["adaptive and normalised", { invariant: false }],
    ["adaptive", { normalized: false, invariant: false }],
    ["normalised", { adaptive: false, invariant: false }],
    ["power_t 0.3", { powerT: 0.3, invariant: false }],
    ["plain", plain],
  ])("%s: is by how much a step of the gradient moves a score, and takes none", (_, options) => {
    const learner = make(options);
    const x = features([1, 0.5], [2, 2]);
    learner.learn(features([1, 2], [3, 1]), 1, 1);
    learner.learn(features([2, 3]), -1, 2);
    const [before, state] = [learner.score(x), learner.state()];
    const sensitivity = learner.sensitivity(x, learner.predict(x), 0.75);
    expect(learner.state()).toEqual(state);
    learner.learn(x, 0.75, 1);
    const step = 2 * (0.75 - learner.prediction);
    expect(learner.score(x) - before).toBeCloseTo(sensitivity * step, 6);
  });
});

describe("gradient descent", () => {
  test("plain, is the sum of gradients at a rate that falls with time", () => {
    const learner = make(plain);
    const weights = [0, 0];
    const list = [
      { x: [1, 2], y: 3, h: 1 },
      { x: [-1, 0.5], y: -1, h: 2 },
      { x: [2, 1], y: 2, h: 0.5 },
    ] as const;
    let time = 1;
    for (const { x, y, h } of list) {
      const p = Math.min(Math.max(x[0] * weights[0]! + x[1] * weights[1]!, Math.min(0, y, -1)), 3);
      const low = time === 1 ? 0 : -1;
      const clamped = Math.max(p, low);
      const step = 0.1 * h * (time + h) ** -0.5;
      learner.learn(features([1, x[0]], [2, x[1]]), y, h);
      weights[0]! -= step * 2 * (clamped - y) * x[0];
      weights[1]! -= step * 2 * (clamped - y) * x[1];
      time += h;
    }
    expect(learner.weights[1]).toBeCloseTo(weights[0]!, 6);
    expect(learner.weights[2]).toBeCloseTo(weights[1]!, 6);
  });

  test("switched off one by one, differs each time", () => {
    const list = [
      { adaptive: false },
      { normalized: false },
      { invariant: false },
      { powerT: 0.3 },
      { initialT: 1 },
      {},
    ];
    const weights = list.map((options) => {
      const learner = make(options);
      for (const label of [1, 2, 0]) learner.learn(features([1, 3], [2, 1]), label, 1);
      return learner.weights[2];
    });
    expect(new Set(weights).size).toBe(list.length);
  });

  test("with l1, moves every weight towards 0; with l2, shrinks it", () => {
    const x = features([1, 1]);
    const predicted = (options: Partial<GradientDescentOptions>) => {
      const learner = make(options);
      for (let i = 0; i < 5; i++) learner.learn(x, 1, 1);
      return learner.predict(x);
    };
    expect(predicted({ l1: 0.01 })).toBeLessThan(predicted({}));
    expect(predicted({ l2: 0.01 })).toBeLessThan(predicted({}));
    expect(predicted({ l1: 100 })).toBe(0);
  });

  test("applies regularisation that is due without changing a score", () => {
    const joint = new JointState([0, 0]);
    const learner = make({ l1: 1e-3, l2: 1e-3, joint });
    const x = features([1, 1], [2, 0.5]);
    for (const label of [1, 0.5, 2]) learner.learn(x, label, 1);
    const before = learner.score(x);
    expect(joint.gravity).toBeGreaterThan(0);
    expect(joint.contraction).toBeLessThan(1);
    joint.settle();
    expect(joint).toMatchObject({ gravity: 0, contraction: 1 });
    expect(learner.score(x)).toBeCloseTo(before, 6);
  });

  test("clamps to the range of all labels that learners of one joint state have seen", () => {
    const joint = new JointState([0, 0]);
    const one = make({ joint });
    const other = make({ joint });
    one.learn(features([1, 1]), 5, 1);
    expect(one.predict(features([1, 100]))).toBe(5);
    other.learn(features([1, 1]), 9, 1);
    expect(one.predict(features([1, 100]))).toBe(9);
  });

  test("learns what is left to learn when it starts from a base", () => {
    const learner = make({});
    expect(learner.learn(features([1, 1]), 3, 1, 3)).toBe(0);
    expect(learner.weights[1]).toBe(0);
    expect(learner.predict(features([1, 1]), 2)).toBe(2);
  });

  test("with quantile loss, finds the quantile", () => {
    const learner = make({ loss: quantileLoss(0.9) });
    const random = new FixtureRandom(5);
    for (let i = 0; i < 5000; i++) learner.learn(features([1, 1]), random.next(), 1);
    expect(learner.predict(features([1, 1]))).toBeCloseTo(0.9, 1);
  });
});
