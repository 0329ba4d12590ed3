import { describe, expect, test } from "vitest";
import { features } from "../../conformance/learner-checks.ts";
import { adaptive, auto, bagging, bayesian, epsilonGreedy, softmax, squareCb, thompson } from "../contract/define.ts";
import { copyFeatures } from "../features/copy-features.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { makeLearner } from "../online/learners.ts";
import { squaredLoss } from "../online/loss.ts";
import { policyOf } from "../policies/all-policies.ts";
import type { Policy } from "../policies/policy-of.ts";
import { DecisionLearner } from "./decision-learner.ts";

/** A decision among so many actions, each with one feature of its own. */
const among = (count: number): HashedDecision => ({
  count,
  expand: (action, into) => copyFeatures(features([0, 1], [10 + action, 1]), into),
});

/** Learns decisions of a policy, each of so many actions and with such a propensity, and holds them against examples of the given importance. */
function expectImportance(
  policy: Policy,
  ...decisions: [propensity: number, count: number, importance: number][]
): void {
  const spec = policyOf(policy).needsDeviations ? bayesian({ bits: 8 }) : adaptive({ bits: 8 });
  const learner = new DecisionLearner({ policy, learner: spec }, squaredLoss);
  const reference = makeLearner(spec, squaredLoss);
  for (const [n, [propensity, count, importance]] of decisions.entries()) {
    const loss = learner.learn(among(count), { id: `s.${n}`, chosen: 1, propensity }, 1);
    expect(loss).toBe(reference.learn(features([0, 1], [11, 1]), 1, importance));
  }
  expect(learner.learned.weights).toEqual(reference.weights);
  expect(learner.examples).toBe(decisions.length);
}

describe("a decision counts", () => {
  test("1 / propensity over the mean number of actions, this decision included", () => {
    expectImportance(epsilonGreedy({ epsilon: 0.2 }), [0.5, 4, 1 / 0.5 / 4], [0.125, 2, 8 * (2 / 6)]);
  });

  test("with a propensity that the policy never gives, as with the least that it does", () => {
    expectImportance(epsilonGreedy({ epsilon: 0.2 }), [1e-9, 4, (1 / 0.05) * (1 / 4)]);
    expectImportance(epsilonGreedy({ epsilon: 0 }), [1e-9, 4, 1]);
  });

  test("once with SquareCB and Thompson sampling", () => {
    expectImportance(squareCb(), [1e-9, 50, 1], [0.5, 2, 1]);
    expectImportance(thompson(), [1e-9, 50, 1], [0.5, 2, 1]);
  });

  test.each([epsilonGreedy({ epsilon: 0.2 }), softmax(), bagging()])("once with the learner auto, $type", (policy) => {
    const once = new DecisionLearner({ policy, learner: auto({ bits: 8 }) }, squaredLoss);
    const other = new DecisionLearner({ policy, learner: auto({ bits: 8 }) }, squaredLoss);
    for (let n = 0; n < 9; n++) {
      once.learn(among(4), { id: `s.${n}`, chosen: n % 4, propensity: 1 }, n % 2);
      other.learn(among(4), { id: `s.${n}`, chosen: n % 4, propensity: 0.01 }, n % 2);
    }
    expect(once.learned).toEqual(other.learned);
  });

  test("at most a hundred times what one of a uniform choice does, where the policy has no floor", () => {
    const hundred = (1 / (1 / (100 * 10))) * (1 / 10);
    expectImportance(softmax({ lambda: 50 }), [0.001, 10, hundred], [1e-300, 10, (1 / (1 / 1000)) * (2 / 20)]);
    expectImportance(softmax({ lambda: 50 }), [0.5, 10, 2 * (1 / 10)]);
  });

  test("once as a prediction, and no propensity is asked for", () => {
    const learner = new DecisionLearner({ policy: squareCb(), learner: adaptive({ bits: 8 }) }, squaredLoss);
    const reference = makeLearner(adaptive({ bits: 8 }), squaredLoss);
    learner.learn(among(1), { id: "s.1", chosen: 0, propensity: null }, 3);
    reference.learn(features([0, 1], [10, 1]), 3, 1);
    expect(learner.learned.weights).toEqual(reference.weights);
    expect(learner.examples).toBe(1);
  });
});

test.each(["mtr", "dr"] as const)("a propensity that is none is refused and nothing is learned, %s", (reduction) => {
  const spec = { policy: epsilonGreedy(), learner: adaptive({ bits: 8 }), reduction };
  const learner = new DecisionLearner(spec, squaredLoss);
  for (const propensity of [0, -1, Number.NaN])
    expect(() => learner.learn(among(4), { id: "s.1", chosen: 1, propensity }, 1)).toThrow(
      `propensity ${propensity} is not above 0`,
    );
  expect(learner.state()).toEqual(new DecisionLearner(spec, squaredLoss).state());
});

test.each(["mtr", "ips"] as const)(
  "what it thinks of each action is of that action's features, also after learning, %s",
  (reduction) => {
    const learner = new DecisionLearner({ policy: softmax(), learner: adaptive({ bits: 8 }), reduction }, squaredLoss);
    for (const chosen of [2, 0]) learner.learn(among(3), { id: "s.1", chosen, propensity: 0.5 }, chosen);
    const { weights } = learner.learned;
    expect(Array.from(learner.beliefs(among(3)).scores)).toEqual(
      [10, 11, 12].map((index) => weights[0]! + weights[index]!),
    );
    expect(weights[12]).not.toBe(weights[10]);
  },
);
