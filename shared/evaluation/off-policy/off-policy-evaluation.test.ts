import { existsSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCsv } from "../../../cli/files/csv.ts";
import { seededRandom } from "../../../conformance/random.ts";
import type { LoggedChoice } from "./logged-choice.ts";
import { type Estimates, OffPolicyEvaluation, type OffPolicyOptions } from "./off-policy-evaluation.ts";

const RANGE = { low: 0, high: 1 };

const evaluate = (log: readonly LoggedChoice[], options: Partial<OffPolicyOptions> = {}) => {
  const evaluation = new OffPolicyEvaluation({ rewardRange: RANGE, ...options });
  for (const choice of log) evaluation.update(choice);
  return evaluation.report();
};

/** A log of `n` choices among actions with these rewards' probabilities; the model predicts `error` too much. */
function simulate({ seed, n, means, error = 0 }: { seed: number; n: number; means: number[]; error?: number }) {
  const random = seededRandom(seed);
  const propensities = means.map((_, a) => (1 + a) / ((means.length * (means.length + 1)) / 2));
  const targets = means.map((_, a) => (a === 0 ? 0.7 : 0.3 / (means.length - 1)));
  const log = Array.from({ length: n }, (): LoggedChoice => {
    let chosen = 0;
    for (let u = random() - propensities[0]!; u >= 0 && chosen < means.length - 1; u -= propensities[chosen]!) chosen++;
    return {
      reward: random() < means[chosen]! ? 1 : 0,
      propensity: propensities[chosen]!,
      target: targets[chosen]!,
      actions: { chosen, propensities, targets, predictions: means.map((mean) => mean + error) },
    };
  });
  return { log, truth: means.reduce((sum, mean, a) => sum + mean * targets[a]!, 0) };
}

const withoutActions = (log: readonly LoggedChoice[]) => log.map(({ actions: _, ...choice }) => choice);

test("an estimate is in its interval, and there is none where no value agrees with all of the log", () => {
  const halves = Array.from(
    { length: 400 },
    (_, i): LoggedChoice => ({ reward: i < 200 ? 0 : 1, propensity: 0.5, target: 0.5 }),
  );
  const { ips, snips } = evaluate(halves, { maxWeight: 1, horizon: 400 }).estimates!;
  for (const { value, interval, missing } of [ips, snips]) {
    expect([value, interval]).toEqual([0.5, null]);
    expect(missing).toMatch(/changed within it/);
  }
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.constantFrom(0.1, 0.5, 0.9)), { minLength: 40, maxLength: 80 }),
      (choices) => {
        const log = choices.map(
          ([reward, propensity]): LoggedChoice => ({ reward: Number(reward), propensity, target: 0.5 }),
        );
        const { estimates } = evaluate(log, { minEffectiveSampleSize: 0, minRewards: 0, threshold: 1 });
        for (const { value, interval } of Object.values(estimates ?? {}))
          if (interval && value !== null) {
            expect(interval.low).toBeLessThanOrEqual(value);
            expect(interval.high).toBeGreaterThanOrEqual(value);
            expect(Math.min(interval.low, 1 - interval.high)).toBeGreaterThanOrEqual(0);
          }
      },
    ),
  );
});

test("a decision counts as often as it says, and then there are no intervals", () => {
  const one = (reward: number, importance: number): LoggedChoice => ({
    reward,
    propensity: 0.5,
    target: 0.5,
    importance,
  });
  const log = [...Array.from({ length: 30 }, () => one(0, 10)), ...Array.from({ length: 30 }, () => one(1, 1))];
  const { ips, snips } = evaluate(log).estimates!;
  for (const estimate of [ips, snips]) {
    expect(estimate.value).toBeCloseTo(30 / 330, 12);
    expect([estimate.interval, estimate.missing]).toEqual([null, expect.stringMatching(/different numbers/)]);
  }
  const alike = evaluate(log.map((choice) => ({ ...choice, importance: 3 }))).estimates!;
  expect(alike.ips).toEqual(evaluate(log.map(({ importance: _, ...choice }) => choice)).estimates!.ips);
});

test("a few decisions that stand for many tell as little as few", () => {
  const one = (importance: number): LoggedChoice => ({ reward: 1, propensity: 0.5, target: 0.5, importance });
  const log = [...Array.from({ length: 5 }, () => one(1000)), ...Array.from({ length: 1000 }, () => one(1))];
  const { diagnostics, refusal } = evaluate(log);
  expect(diagnostics.effectiveSampleSize).toBeCloseTo(6000 ** 2 / (5 * 1000 ** 2 + 1000), 6);
  expect(refusal?.reason).toBe("effective-sample-size");
  expect(refusal?.message).toContain("stand for very different numbers");
  // What the log's own policy earned in it is no estimate, and can be said.
  expect(refusal?.message).toContain("The mean of what is logged, so weighed, is 1.");
  const other = evaluate(log.map((choice) => ({ ...choice, target: 0.25 })));
  expect(other.refusal?.message).not.toContain("The mean");
});

describe("on a log whose truth is known", () => {
  const { log, truth } = simulate({ seed: 1, n: 10_000, means: [0.3, 0.1, 0.5, 0.2], error: 0.05 });
  const report = evaluate(log);

  test.each(["ips", "snips", "clippedIps", "dr", "switchDr", "dros"] as const)(
    "%s comes near, and its interval holds it",
    (name) => {
      const { value, interval } = report.estimates![name];
      expect(Math.abs(value! - truth)).toBeLessThan(0.03);
      expect(interval!.low).toBeLessThan(truth);
      expect(interval!.high).toBeGreaterThan(truth);
      expect(interval!.high - interval!.low).toBeLessThan(0.15);
    },
  );

  test("IPS counts from the low end of the range, and the others do not care where 0 is", () => {
    const costs = log.map(({ actions, ...choice }) => ({
      ...choice,
      reward: choice.reward - 1,
      actions: { ...actions!, predictions: Array.from(actions!.predictions!, (prediction) => prediction - 1) },
    }));
    const shifted = evaluate(costs, { rewardRange: { low: -1, high: 0 }, defaultReward: -1 }).estimates!;
    for (const name of ["ips", "snips", "clippedIps", "dm", "dr", "switchDr", "dros"] as const)
      expect(shifted[name].value).toBeCloseTo(report.estimates![name].value! - 1, 10);
    const mean =
      log.reduce((sum, { reward, target, propensity }) => sum + (target / propensity) * reward, 0) / log.length;
    expect(shifted.ips.value).toBeCloseTo(mean - 1, 10);
  });

  test("DM is as wrong as its model, and has no interval", () => {
    expect(report.estimates!.dm).toEqual({
      value: expect.closeTo(truth + 0.05, 10),
      interval: null,
      missing: expect.stringContaining("see the interval of DR"),
    });
  });

  test("DR with a good model has the narrowest interval", () => {
    const width = ({ interval }: Estimates["ips"]) => interval!.high - interval!.low;
    expect(width(report.estimates!.dr)).toBeLessThan(width(report.estimates!.ips));
  });

  test("without the actions, IPS and SNIPS have nearly the same intervals by a promised largest weight, and wider ones without it", () => {
    const promised = evaluate(withoutActions(log), { maxWeight: 7 }).estimates!;
    const unknown = evaluate(withoutActions(log)).estimates!;
    for (const name of ["ips", "snips"] as const) {
      // Who is promised something keeps half of the capital for the case that it is of no use.
      const width = ({ low, high }: { low: number; high: number }) => high - low;
      expect(width(promised[name].interval!)).toBeGreaterThanOrEqual(width(report.estimates![name].interval!));
      expect(width(promised[name].interval!)).toBeLessThan(1.1 * width(report.estimates![name].interval!));
      expect(unknown[name].interval!.high).toBeGreaterThan(promised[name].interval!.high);
      expect(unknown[name].interval!.high).toBeLessThan(1);
    }
    const nothing = { value: null, interval: null, missing: expect.stringContaining("predictions") };
    expect(unknown.dr).toEqual(nothing);
    expect(unknown.dros).toEqual(nothing);
    expect(unknown.dm).toEqual(nothing);
    const unbounded = (choices: readonly LoggedChoice[], options = {}) =>
      evaluate(choices, options).diagnostics.unbounded;
    expect(unbounded(log)).toBe(0);
    expect(unbounded(withoutActions(log))).toBe(10_000);
    expect(unbounded(withoutActions(log), { maxWeight: 7 })).toBe(0);
  });
});

test("with the chosen action's probability alone, doubly robust estimates are the same, and their intervals those of IPS or narrower", () => {
  const { log, truth } = simulate({ seed: 4, n: 4000, means: [0.3, 0.1, 0.5, 0.2], error: 0.05 });
  const alone = log.map(({ actions, ...choice }) => {
    const { propensities: _, ...known } = actions!;
    return { ...choice, actions: known };
  });
  const all = evaluate(log).estimates!;
  const unknown = evaluate(alone).estimates!;
  const promised = evaluate(alone, { maxWeight: 7 }).estimates!;
  const width = ({ interval }: Estimates["ips"]) => interval!.high - interval!.low;
  for (const name of ["dr", "switchDr", "dros", "dm"] as const) {
    expect(unknown[name].value).toBe(all[name].value);
    if (name === "dm") continue;
    for (const estimates of [unknown, promised]) {
      expect(estimates[name].interval!.low).toBeLessThan(truth);
      expect(estimates[name].interval!.high).toBeGreaterThan(truth);
    }
    expect(unknown[name].interval!.low).toBeCloseTo(unknown.ips.interval!.low, 10);
    expect(unknown[name].interval!.high).toBeCloseTo(unknown.ips.interval!.high, 10);
    expect(width(promised[name])).toBeLessThan(width(unknown[name]));
  }
});

describe.each([1000, 3000])("of %s decisions a promise", (n) => {
  /** Of ten actions, one is chosen nearly always, or all alike; one is evaluated, or all alike. */
  const worlds = { logged: ["greedy", "uniform"], target: ["fixed", "uniform"], rate: [0.02, 0.3] } as const;
  const logs = worlds.logged.flatMap((logged) =>
    worlds.target.flatMap((target) => worlds.rate.map((rate) => ({ logged, target, rate }))),
  );
  test.each(logs)("makes no interval wider: $logged log, $target target, rewards $rate", ({ logged, target, rate }) => {
    const propensity = (a: number) => (logged === "uniform" ? 0.1 : a === 0 ? 0.91 : 0.01);
    const targetOf = (a: number) => (target === "uniform" ? 0.1 : Number(a === 3));
    const mostWeight = (target === "uniform" ? 0.1 : 1) / (logged === "uniform" ? 0.1 : 0.01);
    const mean = { with: 0, without: 0 };
    for (let seed = 1; seed <= 6; seed++) {
      const random = seededRandom(seed);
      const log = Array.from({ length: n }, (): LoggedChoice => {
        let chosen = 0;
        for (let u = random() - propensity(0); u >= 0 && chosen < 9; u -= propensity(chosen)) chosen++;
        const reward = Number(random() < rate * (chosen === 0 ? 1.5 : 1));
        return { reward, propensity: propensity(chosen), target: targetOf(chosen) };
      });
      const options = { horizon: n, minEffectiveSampleSize: 1, minRewards: 0 };
      const without = evaluate(log, options).estimates!;
      const promised = evaluate(
        log.map((choice) => ({ ...choice, mostWeight })),
        options,
      ).estimates!;
      for (const name of ["ips", "snips"] as const) {
        const width = ({ interval }: Estimates["ips"]) => (interval ? interval.high - interval.low : 0);
        mean.with += width(promised[name]);
        mean.without += width(without[name]);
      }
    }
    // What of the capital is kept for a promise that says too little is a fiftieth of an interval at most.
    expect(mean.with).toBeLessThan(1.02 * mean.without);
  });
});

test("weights that are clipped, or left to the model, do not make the interval wide", () => {
  const { log, truth } = simulate({ seed: 3, n: 10_000, means: [0.3, 0.1, 0.5, 0.2], error: 0.05 });
  const { ips, clippedIps, dr, switchDr } = evaluate(log, { threshold: 2 }).estimates!;
  expect(clippedIps.value!).toBeLessThan(0.8 * truth);
  // They hold the estimate, too, which clipping made too small.
  expect(clippedIps.interval).toEqual({ low: clippedIps.value, high: ips.interval!.high });
  expect(switchDr.interval).toEqual({
    low: Math.min(switchDr.value!, dr.interval!.low),
    high: Math.max(switchDr.value!, dr.interval!.high),
  });
});

test("weights that hardly matter are clipped for the interval, too, which is narrower for it", () => {
  // One action has a weight of 1000, and a target probability of 1e-5.
  const rare = { chosen: 0, propensities: [0.99999999, 1e-8], targets: [0.99999, 1e-5], predictions: [0.5, 0.5] };
  const random = seededRandom(5);
  const log = Array.from({ length: 5000 }, () => ({
    reward: random() < 0.5 ? 1 : 0,
    propensity: rare.propensities[0]!,
    target: rare.targets[0]!,
    actions: rare,
  }));
  const { ips, clippedIps, dr, switchDr } = evaluate(log).estimates!;
  for (const [clipped, whole] of [
    [clippedIps, ips],
    [switchDr, dr],
  ] as const)
    expect(clipped.interval!.high - clipped.interval!.low).toBeLessThan(
      0.7 * (whole.interval!.high - whole.interval!.low),
    );
});

test("estimates agree with their definitions", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 50 }), (seed, n) => {
      const { log } = simulate({ seed, n, means: [0.5, 0.2, 0.4], error: 0.1 });
      const threshold = 3;
      const report = evaluate(log, { threshold, minEffectiveSampleSize: 0, minRewards: 0 });
      fc.pre(report.estimates !== null);
      const mean = (of: (choice: LoggedChoice, w: number) => number) =>
        log.reduce((sum, choice) => sum + of(choice, choice.target / choice.propensity), 0) / n;
      const dm = ({ actions }: LoggedChoice) =>
        [0, 1, 2].reduce((sum, a) => sum + actions!.targets[a]! * actions!.predictions![a]!, 0);
      const residual = ({ reward, actions }: LoggedChoice) => reward - actions!.predictions![actions!.chosen]!;
      const expected = {
        ips: mean(({ reward }, w) => w * reward),
        snips: mean(({ reward }, w) => w * reward) / mean((_, w) => w),
        clippedIps: mean(({ reward }, w) => Math.min(w, threshold) * reward),
        dm: mean(dm),
        dr: mean((choice, w) => dm(choice) + w * residual(choice)),
        switchDr: mean((choice, w) => dm(choice) + (w <= threshold ? w * residual(choice) : 0)),
      };
      for (const [name, value] of Object.entries(expected)) {
        // Rewards are from 0 to 1, and so is what a policy earns.
        expect(report.estimates![name as keyof Estimates].value).toBeCloseTo(Math.min(1, Math.max(0, value)), 10);
      }
      const { effectiveSampleSize, largestWeight, meanWeight, decisions } = report.diagnostics;
      expect(effectiveSampleSize).toBeCloseTo((n * mean((_, w) => w) ** 2) / mean((_, w) => w * w), 8);
      expect(largestWeight).toBe(Math.max(...log.map(({ target, propensity }) => target / propensity)));
      expect(meanWeight).toBeCloseTo(
        mean((_, w) => w),
        10,
      );
      expect(decisions).toBe(n);
    }),
  );
});

test("a reward range of other units moves estimates and intervals with it", () => {
  const { log } = simulate({ seed: 2, n: 2000, means: [0.3, 0.6] });
  const inUnits = (reward: number) => -35 + 40 * reward;
  const moved = log.map((choice) => ({
    ...choice,
    reward: inUnits(choice.reward),
    actions: { ...choice.actions!, predictions: Array.from(choice.actions!.predictions!, inUnits) },
  }));
  const plain = evaluate(log).estimates!;
  const scaled = evaluate(moved, { rewardRange: { low: -35, high: 5 }, defaultReward: -35 }).estimates!;
  for (const name of Object.keys(plain) as (keyof Estimates)[]) {
    expect(scaled[name].value).toBeCloseTo(inUnits(plain[name].value!), 6);
    if (plain[name].interval !== null) {
      expect(scaled[name].interval!.low).toBeCloseTo(inUnits(plain[name].interval!.low), 4);
      expect(scaled[name].interval!.high).toBeCloseTo(inUnits(plain[name].interval!.high), 4);
    }
  }
});

describe("refuses to answer", () => {
  const choice = { reward: 1, propensity: 0.5, target: 0.5 };

  test("without decisions", () => {
    expect(evaluate([]).refusal?.reason).toBe("no-decisions");
  });

  test("when the target wants what the log could not choose", () => {
    const actions = { chosen: 0, propensities: [1, 0], targets: [0.5, 0.5] };
    const unsupported = { reward: 1, propensity: 1, target: 0.5, actions };
    for (const bad of [unsupported, { reward: 1, propensity: 0, target: 0.2 }]) {
      for (const maxWeight of [undefined, 5]) {
        const log = [...Array.from({ length: 100 }, () => choice), bad];
        const report = evaluate(log, maxWeight === undefined ? {} : { maxWeight });
        expect(report.refusal).toMatchObject({
          reason: "unsupported-actions",
          message: expect.stringContaining("1 of 101"),
        });
        expect(report.estimates).toBeNull();
      }
    }
  });

  test("when few decisions carry all the weight", () => {
    const log = [
      ...Array.from({ length: 1000 }, () => ({ ...choice, target: 0.001 })),
      { ...choice, propensity: 1e-5 },
    ];
    const report = evaluate(log);
    expect(report.refusal).toMatchObject({
      reason: "effective-sample-size",
      message: expect.stringContaining(`size is ${report.diagnostics.effectiveSampleSize.toFixed(1)} `),
    });
  });

  test("when one claims a weight whose square no number can hold", () => {
    const log = [...Array.from({ length: 1000 }, () => choice), { ...choice, propensity: 1e-300 }];
    const { diagnostics, refusal } = evaluate(log);
    expect(refusal?.reason).toBe("effective-sample-size");
    expect(diagnostics.effectiveSampleSize).toBeCloseTo(1, 10);
    expect(evaluate(log.toReversed()).diagnostics.effectiveSampleSize).toBeCloseTo(1, 10);
  });

  test("when there are too few rewards", () => {
    const log = Array.from({ length: 1000 }, (_, i) => ({ ...choice, reward: i < 9 ? 1 : 0 }));
    expect(evaluate(log).refusal).toMatchObject({
      reason: "too-few-rewards",
      message: expect.stringContaining("Only 9"),
    });
    expect(evaluate([...log, choice]).refusal).toBeNull();
  });
});

test("a decision that cannot be is refused, and does not count", () => {
  const actions = { chosen: 0, propensities: [0.5, 0.5], targets: [0.5, 0.5] };
  const good: LoggedChoice = { reward: 1, propensity: 0.5, target: 0.5, actions };
  const evaluation = new OffPolicyEvaluation({ rewardRange: RANGE, maxWeight: 2 });
  const bad: [LoggedChoice, string][] = [
    [{ ...good, reward: 1.5 }, "reward"],
    [{ ...good, reward: Number.NaN }, "reward"],
    [{ reward: 1, propensity: 1.5, target: 1 }, "probability"],
    [{ reward: 1, propensity: 0.5, target: Number.NaN }, "probability"],
    [{ reward: 1, propensity: 0.1, target: 1 }, "promised"],
    [{ ...good, actions: { ...actions, chosen: 2 } }, "none of the 2"],
    [{ ...good, actions: { ...actions, targets: [1] } }, "one entry"],
    [{ ...good, actions: { ...actions, targets: [0.5, 0.4] } }, "add up"],
    [{ ...good, actions: { ...actions, targets: [0.6, 0.4] } }, "not those"],
    [{ ...good, actions: { ...actions, predictions: [0, Number.NaN] } }, "not a number"],
  ];
  for (const [choice, message] of bad) {
    expect(() => evaluation.update(choice)).toThrow(message);
    expect(() => evaluation.update(choice)).toThrow(RangeError);
  }
  expect(evaluation.diagnostics.decisions).toBe(0);
});

test.each<Partial<OffPolicyOptions>>([
  { rewardRange: { low: 1, high: 1 } },
  { rewardRange: { low: 0, high: Number.POSITIVE_INFINITY } },
  { maxWeight: 0.5 },
  { threshold: 0 },
  { confidence: 1 },
  { horizon: 0 },
])("the option %j is refused", (options) => {
  expect(() => new OffPolicyEvaluation({ rewardRange: RANGE, ...options })).toThrow(RangeError);
});

describe.each([
  ["men", 34],
  ["women", 46],
] as const)("Open Bandit sample, %s: from Bernoulli Thompson sampling to uniform", (campaign, items) => {
  const path = `../shared/data/obd_small/bts_${campaign}.csv.gz`;
  test.runIf(existsSync(path))("is answered where the log can", async () => {
    const table: (readonly string[])[] = [];
    for await (const { cells } of readCsv(path, campaign)) table.push(cells);
    const [header, ...rows] = table;
    const [click, propensity] = ["click", "propensity_score"].map((name) => header!.indexOf(name));
    const report = evaluate(
      rows.map((row) => ({ reward: Number(row[click!]), propensity: Number(row[propensity!]), target: 1 / items })),
    );
    expect(report.diagnostics.decisions).toBe(10_000);
    if (campaign === "women") {
      expect(report.refusal?.reason).toBe("effective-sample-size");
      expect(report.refusal?.message).toContain("The effective sample size is 2.1 of 10000");
    } else {
      expect(report.refusal).toBeNull();
      expect(report.diagnostics.effectiveSampleSize).toBeCloseTo(655.71, 2);
      expect(report.estimates!.snips.value).toBeCloseTo(0.0032, 4);
    }
  });
});
