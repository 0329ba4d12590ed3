import { describe, expect, test } from "vitest";
import { slotLog, slotTruth, slotWorlds } from "../../../conformance/slot-logs.ts";
import type { LoggedChoice } from "./logged-choice.ts";
import { SlotEvaluation, type SlotOptions } from "./slot-evaluation.ts";

const OPTIONS = { rewardRange: { low: 0, high: 1 }, mostSlots: 4, confidence: 0.95, horizon: 2000 };

function evaluate(log: readonly (readonly LoggedChoice[])[], options: Partial<SlotOptions> = {}) {
  const evaluation = new SlotEvaluation({ ...OPTIONS, ...options });
  for (const list of log) evaluation.update(list);
  return evaluation.report();
}

describe.each(slotWorlds)("$name", (world) => {
  const truth = slotTruth(world);
  const runs = Array.from({ length: 24 }, (_, seed) => evaluate(slotLog(world, 1000, seed + 1)).estimates);
  const error = (name: keyof (typeof runs)[number]) => {
    const mean = runs.reduce((sum, run) => sum + run[name].value! / runs.length, 0);
    const squares = runs.reduce((sum, run) => sum + (run[name].value! - mean) ** 2, 0);
    return { bias: mean - truth, standard: Math.sqrt(squares / (runs.length - 1) / runs.length) };
  };

  test("RIPS and cascade-DR are right on average, cascade-DR varies less, and their intervals hold the truth", () => {
    for (const name of ["rips", "cascadeDr"] as const) {
      const { bias, standard } = error(name);
      expect(Math.abs(bias)).toBeLessThan(3.5 * standard);
      for (const run of runs) {
        expect(run[name].interval!.low).toBeLessThan(truth);
        expect(run[name].interval!.high).toBeGreaterThan(truth);
      }
    }
    expect(error("cascadeDr").standard).toBeLessThan(error("rips").standard);
  });

  test("independent IPS varies least, and is right only where slots do not depend on each other", () => {
    const { bias, standard } = error("independentIps");
    expect(standard).toBeLessThan(error("rips").standard);
    if (world.repeats && world.interaction === 0) expect(Math.abs(bias)).toBeLessThan(3.5 * standard);
    // It misses what a better action above does below, or that it is not there any more.
    else if (world.logging === 0) expect(world.repeats ? -bias : bias).toBeGreaterThan(3.5 * standard);
  });
});

test("estimates agree with their definitions, in any unit of rewards", () => {
  const log = slotLog(slotWorlds[1]!, 300, 9);
  const inUnits = (x: number) => 10 * x - 5;
  const moved = log.map((list) =>
    list.map((slot) => ({
      ...slot,
      reward: inUnits(slot.reward),
      actions: { ...slot.actions!, predictions: Array.from(slot.actions!.predictions!, inUnits) },
    })),
  );
  const { estimates } = evaluate(log);
  const other = evaluate(moved, { rewardRange: { low: -5, high: 5 } }).estimates;
  let [alone, together, cascade] = [0, 0, 0];
  for (const list of log) {
    let product = 1;
    for (const { reward, propensity, target, actions } of list) {
      const { targets, predictions, chosen } = actions!;
      cascade += product * Array.from(targets).reduce((sum, p, a) => sum + p * predictions![a]!, 0);
      product *= target / propensity;
      alone += (target / propensity) * reward;
      together += product * reward;
      cascade += product * (reward - predictions![chosen]!);
    }
  }
  for (const [name, sum] of [
    ["independentIps", alone],
    ["rips", together],
    ["cascadeDr", cascade],
  ] as const) {
    expect(estimates[name].value).toBeCloseTo(sum / log.length, 10);
    expect(other[name].value).toBeCloseTo(10 * (sum / log.length) - 15, 8);
    expect(other[name].interval!.low).toBeLessThanOrEqual(other[name].value!);
  }
});

describe("says why it cannot tell", () => {
  const slot = { reward: 1, propensity: 0.5, target: 0.5 };

  test("of whole lists that the log hardly ever has, while single slots tell something", () => {
    const log = Array.from({ length: 400 }, (_, i) =>
      [0, 1, 2].map(() => ({ ...slot, propensity: 0.1, target: i % 100 === 0 ? 1 : 0.001 })),
    );
    const { estimates } = evaluate(log);
    expect(estimates.rips).toMatchObject({
      value: null,
      missing: expect.stringContaining("whole lists is 4.0 of 400"),
    });
    expect(estimates.independentIps.value).not.toBeNull();
  });

  test("of what was never chosen, without lists, and without a model", () => {
    const actions = { chosen: 0, propensities: [1, 0], targets: [0.5, 0.5] };
    const never = [{ reward: 1, propensity: 1, target: 0.5, actions }];
    expect(evaluate([never]).estimates.independentIps.missing).toContain("In 1 of 1 lists");
    expect(evaluate([]).estimates.rips.missing).toContain("no whole lists");
    const bare = evaluate(Array.from({ length: 50 }, () => [slot, slot]));
    expect(bare.estimates.cascadeDr.missing).toContain("predictions");
    expect(bare.estimates.rips.value).toBeCloseTo(2, 12);
  });

  test("of lists of different lengths where no reward is not the lowest one, and of those that count differently", () => {
    const mixed = Array.from({ length: 60 }, (_, i) => Array.from({ length: 1 + (i % 2) }, () => slot));
    expect(evaluate(mixed).estimates.rips.interval).not.toBeNull();
    const costs = mixed.map((list) => list.map((one) => ({ ...one, reward: -1 })));
    const { rips } = evaluate(costs, { rewardRange: { low: -1, high: 0 } }).estimates;
    expect(rips).toMatchObject({ interval: null, missing: expect.stringContaining("different numbers of slots") });
    expect(rips.value).toBeCloseTo(-1.5, 12);
    const unequal = mixed.map((list, i) => list.map((one) => ({ ...one, importance: 1 + (i % 3) })));
    expect(evaluate(unequal).estimates.rips.missing).toContain("different numbers of lists");
  });

  test("of a list that cannot be", () => {
    const evaluation = new SlotEvaluation({ ...OPTIONS, mostSlots: 2 });
    expect(() => evaluation.update([])).toThrow("0 slots");
    expect(() => evaluation.update([slot, slot, slot])).toThrow("3 slots");
    expect(() => evaluation.update([slot, { ...slot, reward: 2 }])).toThrow("reward 2");
    expect(evaluation.report().lists).toBe(0);
    expect(() => new SlotEvaluation({ ...OPTIONS, mostSlots: 0 })).toThrow(RangeError);
  });
});
