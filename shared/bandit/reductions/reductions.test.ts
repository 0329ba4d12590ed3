import { describe, expect, test } from "vitest";
import { features } from "../../../conformance/learner-checks.ts";
import { FixtureRandom } from "../../../conformance/random.ts";
import type { Reduction } from "../../contract/spec.ts";
import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import { GradientDescentLearner } from "../../online/gradient-descent.ts";
import { squaredLoss } from "../../online/loss.ts";
import { policyOf } from "../../policies/all-policies.ts";
import { bagging, cover, epsilonGreedy } from "../../policies/policies.ts";
import { committeeOf, type Policy } from "../../policies/policy-of.ts";
import { BanditLearner } from "../bandit-learner.ts";
import { MtrWeights } from "../mtr-weights.ts";
import type { LoggedDecision } from "./logged-decision.ts";
import { poisson } from "./poisson.ts";
import { learnAll } from "./regression-on-all.ts";
import { RegressionOnChosen } from "./regression-on-chosen.ts";
import { chosenReward, DoublyRobust, inversePropensity, type RewardEstimates } from "./reward-estimates.ts";

const learner = () => new GradientDescentLearner({ bits: 10, learningRate: 0.5, loss: squaredLoss });
const actions = [features([1, 1]), features([2, 1]), features([3, 1])];
const decision = (chosen: number, reward: number, propensity: number): LoggedDecision => ({
  actions,
  count: 3,
  chosen,
  reward,
  propensity,
  importance: 1,
});
const estimates = (how: RewardEstimates, of: LoggedDecision) => {
  const into = [9, 9, 9, 9, 9];
  how.estimate(of, into);
  return into;
};

describe("estimated rewards", () => {
  test("by inverse propensity and of the chosen action alone", () => {
    expect(estimates(inversePropensity, decision(1, 3, 0.25))).toEqual([0, 12, 0]);
    expect(estimates(chosenReward, decision(1, 3, 0.25))).toEqual([0, 3, 0]);
  });

  test("doubly robust, are the model's, corrected where the reward is known", () => {
    const model = learner();
    model.learn(actions[0]!, 2, 1);
    model.learn(actions[1]!, 1, 1);
    const [first, second] = [model.predict(actions[0]!), model.predict(actions[1]!)];
    const robust = new DoublyRobust(model);
    const expected = [first, second + (3 - second) / 0.5, 0];
    expect(estimates(robust.foresight, decision(1, 3, 0.5))).toEqual(expected);
    expect(model.examples).toBe(2);
    expect(estimates(robust, decision(1, 3, 0.5))).toEqual(expected);
    expect(model.examples).toBe(3);
    expect(robust.predictions).toEqual([first, second, 0]);
  });

  test("by inverse propensity and doubly robust, are right on average", () => {
    const random = new FixtureRandom(11);
    const rewards = [0.2, 0.5, 0.9];
    const logging = [0.6, 0.3, 0.1];
    for (const how of [inversePropensity, new DoublyRobust(learner())]) {
      const sums = [0, 0, 0];
      const count = 20_000;
      for (let i = 0; i < count; i++) {
        const u = random.next();
        const chosen = u < 0.6 ? 0 : u < 0.9 ? 1 : 2;
        const into: number[] = [];
        how.estimate(decision(chosen, random.next() < rewards[chosen]! ? 1 : 0, logging[chosen]!), into);
        for (const [a, x] of into.entries()) sums[a]! += x / count;
      }
      for (const [a, reward] of rewards.entries()) expect(sums[a]).toBeCloseTo(reward, 1);
    }
  });
});

test("regression on the chosen action weighs it by 1 / (propensity times the mean number of actions)", () => {
  const weights: number[] = [];
  const spy = learner();
  const learn = spy.learn.bind(spy);
  spy.learn = (x: FeatureBuffer, label: number, importance: number) => {
    weights.push(importance);
    return learn(x, label, importance);
  };
  const regression = new RegressionOnChosen(spy, new MtrWeights());
  regression.learn(decision(0, 1, 0.5));
  regression.learn({ ...decision(0, 1, 0.5), count: 1, importance: 2 });
  expect(weights).toEqual([2 / 3, 2]);
});

test("poisson inverts the distribution function", () => {
  expect([0, 0.367, 0.368, 0.735, 0.736, 0.919, 0.92, 0.9999999].map(poisson)).toEqual([0, 0, 1, 1, 2, 2, 3, 10]);
  let mean = 0;
  for (let i = 0; i < 100_000; i++) mean += poisson((i + 0.5) / 100_000) / 100_000;
  expect(mean).toBeCloseTo(1, 4);
});

const EPSILON = epsilonGreedy({ epsilon: 0.05 });

describe.each([
  ["inverse propensity", EPSILON, "ips"],
  ["doubly robust", EPSILON, "dr"],
  ["regression on the chosen action", EPSILON, "mtr"],
  ["bagging", bagging({ bags: 5, epsilon: 0 }), "mtr"],
  ["cover", cover({ psi: 0.1 }), "mtr"],
  ["cover, by inverse propensity", cover({ psi: 0.1 }), "ips"],
  ["cover, doubly robust", cover({ psi: 0.1 }), "dr"],
] as [string, Policy, Reduction][])("%s", (_, policy, reduction) => {
  test("finds the best action, and takes it more often than a uniform log did", () => {
    const random = new FixtureRandom(3);
    const draws = new FixtureRandom(9);
    const method = { committee: committeeOf(policy), reduction, countsOnce: false };
    const bandit = new BanditLearner(method, learner, () => draws.next());
    // Which action is best depends on the context: its features are told apart by it.
    let late = 0;
    for (let i = 0; i < 1500; i++) {
      const context = random.whole(2);
      const now = [0, 1, 2].map((a) => features([10 + 3 * context + a, 1], [1, 1]));
      const best = context === 0 ? 2 : 0;
      const chosen = random.whole(3);
      const reward = random.next() < (chosen === best ? 0.8 : 0.2) ? 1 : 0;
      const distribution = policyOf(policy).distribution(policy, bandit.beliefs(now, 3), {
        examples: bandit.decisions,
      });
      expect(distribution.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      if (i >= 1000) late += distribution[best]! / 500;
      bandit.learn({ actions: now, count: 3, chosen, reward, propensity: 1 / 3, importance: 1 });
    }
    expect(late).toBeGreaterThan(0.8);
  });
});

test("learnAll learns the first `count` actions only", () => {
  const one = learner();
  learnAll(one, { ...decision(0, 1, 1), count: 2 }, [1, 2, 3]);
  expect(one.examples).toBe(2);
});

test("learnAll leaves out an action without an estimate, and bounds estimates by what learners, or 32 bits, take", () => {
  const one = learner();
  learnAll(one, decision(0, 1, 1), [Number.NaN, 1, 2]);
  expect(one.examples).toBe(2);
  const labels: number[] = [];
  const spy = { ...one, learn: (_: FeatureBuffer, label: number) => labels.push(label) } as unknown as typeof one;
  learnAll(spy, { ...decision(0, 1, 1), count: 2 }, [1e20, -1e300]);
  learnAll(spy, { ...decision(0, 1, 1), count: 2 }, [1e20, -1e300], true);
  expect(labels).toEqual([1e15, -1e15, 1e20, -(2 - 2 ** -23) * 2 ** 127]);
});

test("cover without a least probability learns nothing of actions that no policy takes, and goes on", () => {
  const policy = cover({ policies: 3, epsilon: 0 });
  const bandit = new BanditLearner(
    { committee: committeeOf(policy), reduction: "dr", countsOnce: false },
    learner,
    Math.random,
  );
  for (let i = 0; i < 50; i++) bandit.learn(decision(i % 3, Number(i % 3 === 1), 1 / 3));
  const probabilities = policyOf(policy).distribution(policy, bandit.beliefs(actions, 3), { examples: 50 });
  expect(probabilities[1]).toBeCloseTo(1);
});

test("cover by doubly robust estimates has one model of the rewards for all its heads", () => {
  const method = { committee: committeeOf(cover({ policies: 4 })), reduction: "dr", countsOnce: false } as const;
  expect(new BanditLearner(method, learner, Math.random).learners).toHaveLength(5);
});
