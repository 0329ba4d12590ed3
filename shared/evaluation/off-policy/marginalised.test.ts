import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import type { LoggedChoice } from "./logged-choice.ts";
import { marginalised } from "./marginalised.ts";
import { OffPolicyEvaluation } from "./off-policy-evaluation.ts";

const ACTIONS = 500;
const CATEGORIES = Array.from({ length: ACTIONS }, (_, a) => `c${a % 5}`);
/** Of a category; `own`: how much an action earns beside it. */
const mean = (action: number, own: number) => 0.1 + 0.1 * (action % 5) + own * (action % 50 === 49 ? 1 : 0);
/** Prefers some of the fifth category. */
const TARGETS = normalised((a) => (a % 5 === 4 ? 1 : 0.05) * (a % 50 === 49 ? 20 : 1));
const PROPENSITIES = normalised((a) => 1 + (a % 7));

function normalised(mass: (action: number) => number): number[] {
  const masses = Array.from({ length: ACTIONS }, (_, a) => mass(a));
  const sum = masses.reduce((x, y) => x + y, 0);
  return masses.map((x) => x / sum);
}

const truthOf = (own: number) => TARGETS.reduce((sum, p, a) => sum + p * mean(a, own), 0);

function simulate(seed: number, n: number, own: number): LoggedChoice[] {
  const random = seededRandom(seed);
  return Array.from({ length: n }, () => {
    let chosen = 0;
    for (let u = random() - PROPENSITIES[0]!; u >= 0 && chosen < ACTIONS - 1; u -= PROPENSITIES[chosen]!) chosen++;
    const reward = Number(random() < mean(chosen, own));
    const actions = { chosen, propensities: PROPENSITIES, targets: TARGETS };
    return { reward, propensity: PROPENSITIES[chosen]!, target: TARGETS[chosen]!, actions };
  });
}

const evaluate = (log: readonly LoggedChoice[]) => {
  const evaluation = new OffPolicyEvaluation({ rewardRange: { low: 0, high: 1 }, horizon: log.length });
  for (const choice of log) evaluation.update(choice);
  return evaluation.report();
};

describe("of 500 actions in 5 categories", () => {
  const squared = (own: number) => {
    let [mips, ips] = [0, 0];
    for (let seed = 1; seed <= 12; seed++) {
      const log = simulate(seed, 2500, own);
      const by = evaluate(log.map((choice) => marginalised(choice, CATEGORIES)!)).estimates!.ips;
      mips += (by.value! - truthOf(own)) ** 2;
      ips += (evaluate(log).estimates!.ips.value! - truthOf(own)) ** 2;
      if (own > 0) continue;
      expect(by.interval!.low).toBeLessThan(truthOf(own));
      expect(by.interval!.high).toBeGreaterThan(truthOf(own));
    }
    return { mips, ips };
  };

  test("that say all that an action does, MIPS has half of the error of IPS or less, and its interval holds the truth", () => {
    const { mips, ips } = squared(0);
    expect(mips).toBeLessThan(0.5 * ips);
  });

  test("that do not, MIPS is biased: by what its actions earn beside them", () => {
    const by = evaluate(simulate(1, 5000, 0.4).map((choice) => marginalised(choice, CATEGORIES)!)).estimates!.ips;
    const beside = (probabilities: readonly number[]) =>
      [0, 1, 2, 3, 4].reduce((sum, c) => {
        const of = (ps: readonly number[]) => ps.reduce((total, p, a) => total + (a % 5 === c ? p : 0), 0);
        const earned = probabilities.reduce(
          (total, p, a) => total + (a % 5 === c ? p * 0.4 * (a % 50 === 49 ? 1 : 0) : 0),
          0,
        );
        return sum + (of(TARGETS) / of(probabilities)) * earned;
      }, 0);
    const bias = beside(PROPENSITIES) - beside(TARGETS);
    expect(Math.abs(bias)).toBeGreaterThan(0.2);
    expect(Math.sign(by.value! - truthOf(0.4))).toBe(Math.sign(bias));
    expect(Math.abs(by.value! - truthOf(0.4) - bias)).toBeLessThan(0.1);
  });
});

test("categories of their own change nothing, one for all makes every weight 1", () => {
  const [choice] = simulate(1, 1, 0) as [LoggedChoice];
  const own = marginalised(
    choice,
    CATEGORIES.map((_, a) => a),
  )!;
  expect(own).toEqual(choice);
  const all = marginalised(
    choice,
    CATEGORIES.map(() => null),
  )!;
  expect(all.target).toBeCloseTo(1, 12);
  expect(all.propensity).toBeCloseTo(1, 12);
  expect(marginalised({ reward: 1, propensity: 0.5, target: 0.5 }, [])).toBeNull();
});

test("an action that was never chosen is no obstacle where its category was", () => {
  const actions = { chosen: 0, propensities: [1, 0], targets: [0.5, 0.5] };
  const by = marginalised({ reward: 1, propensity: 1, target: 0.5, actions }, ["a", "a"])!;
  expect([by.propensity, by.target, by.actions]).toEqual([1, 1, { chosen: 0, propensities: [1], targets: [1] }]);
});
