import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import { Ips } from "./ips.ts";
import { type LoggedChoice, type WeightedChoice, weigh } from "./logged-choice.ts";
import { ShrunkDr } from "./shrunk-dr.ts";
import { SwitchDr } from "./switch-dr.ts";

const INTERVAL = { confidence: 0.95, horizon: 1000 };
const MEANS = [0.1, 0.2, 0.3, 0.6];
const TARGETS = [0, 0.1, 0, 0.9];

/** The action that the target prefers is hardly ever chosen; the model predicts `error` too much. */
function simulate(seed: number, n: number, error: number): WeightedChoice[] {
  const random = seededRandom(seed);
  const propensities = [0.78, 0.1, 0.1, 0.02];
  return Array.from({ length: n }, () => {
    const u = random();
    const chosen = u < 0.78 ? 0 : u < 0.88 ? 1 : u < 0.98 ? 2 : 3;
    const predictions = MEANS.map((mean) => mean + error);
    const choice: LoggedChoice = {
      reward: random() < MEANS[chosen]! ? 1 : 0,
      propensity: propensities[chosen]!,
      target: TARGETS[chosen]!,
      actions: { chosen, propensities, targets: TARGETS, predictions },
    };
    return weigh(choice, { low: 0, high: 1 }, Number.POSITIVE_INFINITY);
  });
}
const TRUTH = MEANS.reduce((sum, mean, a) => sum + mean * TARGETS[a]!, 0);

const make = () => {
  const dr = new SwitchDr({ ...INTERVAL, threshold: Number.POSITIVE_INFINITY });
  return { dr, ips: new Ips(INTERVAL), dros: new ShrunkDr(dr) };
};

/** The mean squared error of each estimator over seeded logs. */
function errors(error: number, n = 1000, runs = 60): Record<keyof ReturnType<typeof make>, number> {
  const sums = { dr: 0, ips: 0, dros: 0 };
  for (let seed = 1; seed <= runs; seed++) {
    const made = make();
    for (const choice of simulate(seed, n, error)) for (const one of Object.values(made)) one.update(choice);
    for (const name of ["dr", "ips", "dros"] as const) sums[name] += (made[name].value! - TRUTH) ** 2 / runs;
  }
  return sums;
}

describe("with large weights", () => {
  test("a good model is believed: it has two thirds of DR's error, and half of that of IPS", () => {
    const { dr, ips, dros } = errors(0);
    expect(dros).toBeLessThan(0.67 * dr);
    expect(dros).toBeLessThan(0.5 * ips);
  });

  test("a model that is far off is not, and the error is hardly above that of IPS and DR", () => {
    const { dr, ips, dros } = errors(0.35, 4000, 40);
    expect(dros).toBeLessThan(1.25 * ips);
    expect(dros).toBeLessThan(1.25 * dr);
  });
});

test("is its definition, for the shrinkage that it says it chose", () => {
  const log = simulate(3, 500, 0.2);
  const { dr, dros } = make();
  for (const choice of log) {
    dr.update(choice);
    dros.update(choice);
  }
  const lambda = dros.shrinkage!;
  const terms = log.map(({ weight: w, reward, actions }) => {
    const { targets, predictions, chosen } = actions!;
    const expected = TARGETS.reduce((sum, _, a) => sum + targets[a]! * predictions![a]!, 0);
    const shrunk = lambda === Number.POSITIVE_INFINITY ? w : lambda === 0 ? 0 : (lambda * w) / (w * w + lambda);
    return expected + shrunk * (reward - predictions![chosen]!);
  });
  expect(dros.value).toBeCloseTo(terms.reduce((sum, term) => sum + term, 0) / log.length, 12);
  expect([dros.interval, dros.missing]).toEqual([dr.interval, null]);
});

test("where weights are 1 there is nothing to shrink, and where there is no model, no estimate", () => {
  const { dros } = make();
  expect([dros.value, dros.shrinkage]).toEqual([null, null]);
  dros.update(weigh({ reward: 1, propensity: 0.5, target: 0.5 }, { low: 0, high: 1 }, 1));
  expect([dros.value, dros.interval]).toEqual([null, null]);
  expect(dros.missing).toContain("predictions");
});
