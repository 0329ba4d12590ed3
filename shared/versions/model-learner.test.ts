import { describe, expect, test } from "vitest";
import { fixtureDecisions } from "../../conformance/decisions.ts";
import { FixtureRandom } from "../../conformance/random.ts";
import { specs } from "../../conformance/specs.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import {
  adaptive,
  auto,
  bagging,
  bayesian,
  cover,
  defineModel,
  epsilonGreedy,
  field,
  predict,
  rank,
  softmax,
  squareCb,
  tauFirst,
  thompson,
} from "../contract/define.ts";
import type { DecisionRecord, PredictDecision } from "../contract/record.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { type DecidingModel, decide, decidePredict, decideRank } from "../decide/decide.ts";
import { loadModel } from "../decide/loaded-model.ts";
import { encodeSnapshot } from "../heads/encode-snapshot.ts";
import { decodeSnapshot } from "../heads/snapshot.ts";
import { committeeOf, type Policy } from "../policies/policy-of.ts";
import { checkFeedback } from "./check-feedback.ts";
import { ModelLearner } from "./model-learner.ts";

const reward = { wait: "1m", default: 0, aggregate: "first" } as const;
const shelf = (policy: Policy, rest: Partial<Pick<ModelSpec, "learner" | "reduction">> = {}): ModelSpec =>
  defineModel({
    name: "shelf",
    task: rank(),
    features: { context: { who: field("who") }, action: { genre: field("genre") } },
    interactions: [["context", "action"]],
    reward,
    policy,
    learner: adaptive({ bits: 10 }),
    ...rest,
  });
const intent = defineModel({
  name: "intent",
  task: predict(),
  features: { context: { device: field("device") } },
  reward,
  learner: adaptive({ bits: 10 }),
});

const call = { unit: "u", at: 0, sessionFeatures: {}, profileFeatures: {}, place: "edge" } as const;
const deciding = (spec: ModelSpec, learner: ModelLearner): DecidingModel =>
  loadModel(spec, learner.snapshot(1, learner.examples));
const predictRecord = (learner: ModelLearner, id: string, device: string): PredictDecision =>
  decidePredict(deciding(intent, learner), { ...call, id, context: { device } }, null);

describe("learning to rank", () => {
  test.each([
    shelf(epsilonGreedy({ epsilon: 0.1 })),
    shelf(squareCb()),
    shelf(softmax({ lambda: 10 })),
    shelf(tauFirst({ tau: 300, epsilon: 0.05 })),
    shelf(bagging({ bags: 4 })),
    shelf(bagging({ bags: 3 }), { learner: auto({ bits: 10 }) }),
    shelf(cover({ policies: 3, psi: 0.1 })),
    shelf(thompson(), { learner: bayesian({ bits: 10 }) }),
    shelf(epsilonGreedy({ epsilon: 0.1 }), { reduction: "dr" }),
    shelf(epsilonGreedy({ epsilon: 0.1 }), { reduction: "ips" }),
    shelf(epsilonGreedy({ epsilon: 0.1 }), { reduction: "dr", learner: auto({ bits: 10 }) }),
  ])("finds what each visitor likes, $policy.type, $learner.type, $reduction", (spec) => {
    const learner = new ModelLearner(spec);
    const random = new FixtureRandom(11);
    const genres = ["drama", "comedy", "noir"];
    const likes: Record<string, string> = { ada: "noir", ben: "drama" };
    const actions = genres.map((genre) => ({ id: genre, features: { genre } }));
    let won = 0;
    for (let n = 0; n < 1500; n++) {
      const who = random.pick(["ada", "ben"]);
      const record = decideRank(deciding(spec, learner), { ...call, id: `s.${n}`, context: { who }, actions }, null);
      const value = random.next() < (actions[record.chosen]!.id === likes[who] ? 0.6 : 0.2) ? 1 : 0;
      learner.learn(record, value);
      if (n >= 1000) won += actions[record.chosen]!.id === likes[who] ? 1 : 0;
    }
    expect(won / 500).toBeGreaterThan(0.75);
    expect(learner.examples).toBe(1500);
    expect(learner.meanFeedback).toBeGreaterThan(0.4);
    // The variance of a click is .24 or .16; what it learns beside that is small, but for scores of estimates.
    expect(learner.progressiveLoss).toBeLessThan(spec.reduction ? 0.5 : 0.27);
  });
});

describe("learning to predict", () => {
  test("has the log loss and mean of its examples", () => {
    const learner = new ModelLearner(intent);
    expect([learner.progressiveLoss, learner.meanFeedback]).toEqual([null, null]);
    let loss = 0;
    for (const [n, label] of [1, 0, 1, 1].entries()) {
      const record = predictRecord(learner, `s.${n}`, "tv");
      const p = record.value;
      loss -= Math.log(label === 1 ? p : 1 - p);
      learner.learn(record, label);
    }
    expect(learner.progressiveLoss).toBeCloseTo(loss / 4, 14);
    expect(learner.meanFeedback).toBe(0.75);
    expect(learner.examples).toBe(4);
  });

  test("moves the probability towards what it sees", () => {
    const learner = new ModelLearner(intent);
    for (let n = 0; n < 50; n++) learner.learn(predictRecord(learner, `s.${n}`, n % 2 ? "tv" : "phone"), n % 2);
    expect(predictRecord(learner, "s", "tv")).toMatchObject({ value: expect.closeTo(1, 0) });
    expect(predictRecord(learner, "s", "phone")).toMatchObject({ value: expect.closeTo(0, 0) });
  });
});

test("snapshots are copies, with the number that they are given", () => {
  const learner = new ModelLearner(intent);
  const first = learner.snapshot(3, 0);
  learner.learn(predictRecord(learner, "s.1", "tv"), 1);
  expect(first.weights.every((w) => w === 0)).toBe(true);
  const { weights, ...rest } = learner.snapshot(3, 1);
  expect(rest).toEqual({ model: "intent", version: 3, number: 1, bits: 10, link: "logistic", examples: 1 });
  expect(weights.some((w) => w !== 0)).toBe(true);
});

test.each(specs.map((spec) => [spec.name, spec] as const))(
  "%s comes back from its state and continues bit for bit",
  (_, spec) => {
    const decisions = fixtureDecisions().filter((d) => d.spec === spec);
    const learner = new ModelLearner(spec);
    let restored = new ModelLearner(spec);
    for (const { call: asked, graph, feedback } of decisions) {
      const record = decide(deciding(spec, learner), asked, graph);
      learner.learn(record, feedback);
      const next = new ModelLearner(spec);
      next.read(restored.state())();
      next.learn(record, feedback);
      restored = next;
      expect(restored.progressiveLoss).toBe(learner.progressiveLoss);
    }
    expect(restored.state()).toEqual(learner.state());
    expect(restored.snapshot(1, 1)).toEqual(learner.snapshot(1, 1));
    expect(restored.meanFeedback).toBe(learner.meanFeedback);
  },
);

test.each(specs.map((spec) => [spec.name, spec] as const))(
  "%s decides by its bytes as it does by itself, and says what it would at present",
  (_, spec) => {
    const learner = new ModelLearner(spec);
    for (const { call: asked, graph, feedback } of fixtureDecisions().filter((d) => d.spec === spec)) {
      const snapshot = learner.snapshot(1, learner.examples);
      const by = (made: SnapshotData) => decide(loadModel(spec, made), asked, graph);
      const record = by(snapshot);
      expect(by(decodeSnapshot(encodeSnapshot(snapshot)))).toEqual(record);
      learner.learn(record, feedback);
    }
    const { beside, rewardRange } = learner.snapshot(1, 1);
    const committee = beside?.tag === "heads" ? beside.tables : [];
    expect(committee).toHaveLength(committeeOf(spec.policy)?.heads ?? 0);
    expect(beside?.tag === "unseen").toBe(spec.learner.type === "bayesian");
    expect(rewardRange === undefined).toBe(spec.task.type !== "rank");
    // What votes differs, or nobody would explore.
    for (const [i, table] of committee.entries())
      for (const other of committee.slice(i + 1)) expect(table).not.toEqual(other);
  },
);

test("what bagging draws is fixed by the decision's id, not by who learns it or when", () => {
  const spec = shelf(bagging({ bags: 3 }));
  const actions = ["drama", "comedy"].map((genre) => ({ id: genre, features: { genre } }));
  const record = (id: string) =>
    decideRank(deciding(spec, new ModelLearner(spec)), { ...call, id, context: { who: "ada" }, actions }, null);
  const taught = (...ids: string[]) => {
    const learner = new ModelLearner(spec);
    for (const id of ids) learner.learn({ ...record("s.0"), id }, 1);
    return learner
      .snapshot(1, 0)
      .beside!.tables.map((table) => table.reduce((count, w) => count + (w === 0 ? 0 : 1), 0));
  };
  expect(taught("a.1")).toEqual(taught("a.1"));
  const many = Array.from({ length: 200 }, (_, i) => taught(`a.${i}`));
  const untouched = many.flat().filter((count) => count === 0).length / 600;
  // A Poisson(1) draw is 0 with probability 1 / e = .368.
  expect(Math.abs(untouched - 0.368)).toBeLessThan(0.06);
});

test("1,000 actions are learned and decided by every policy", () => {
  const actions = Array.from({ length: 1000 }, (_, i) => ({ id: `a${i}`, features: { genre: `g${i}` } }));
  for (const spec of [
    shelf(bagging({ bags: 3 })),
    shelf(cover({ policies: 3 })),
    shelf(thompson(), { learner: bayesian({ bits: 10 }) }),
    shelf(softmax(), { reduction: "dr" }),
  ]) {
    const learner = new ModelLearner(spec);
    for (let n = 0; n < 3; n++) {
      const record = decideRank(
        deciding(spec, learner),
        { ...call, id: `s.${n}`, context: { who: "ada" }, actions },
        null,
      );
      expect(Math.abs(record.probabilities.reduce((a, b) => a + b) - 1)).toBeLessThan(1e-9);
      learner.learn(record, n % 2);
    }
  }
});

test("a reward or propensity that is absurd leaves weights that are numbers", () => {
  const actions = ["drama", "comedy"].map((genre) => ({ id: genre, features: { genre } }));
  for (const reduction of ["mtr", "ips", "dr", "dm"] as const) {
    const spec = shelf(softmax(), { reduction });
    const learner = new ModelLearner(spec);
    const record = decideRank(deciding(spec, learner), { ...call, id: "s.1", context: { who: "ada" }, actions }, null);
    const claimed = [1e-300, 1 - 1e-300];
    for (const value of [1e15, -1e15, 1])
      learner.learn({ ...record, chosen: 0, probabilities: claimed } as DecisionRecord, value);
    expect(learner.snapshot(1, 1).weights.every(Number.isFinite)).toBe(true);
    expect(Number.isFinite(learner.progressiveLoss)).toBe(true);
    expect(() => learner.learn({ ...record, probabilities: [0, 0] } as DecisionRecord, 1)).toThrow("is not above 0");
  }
});

test.each<[range: [number, number] | undefined, lowest: number, highest: number]>([
  [undefined, 0, 1],
  [[-1, 1], -1, 1],
])("of a rank model with range %j an absurd reward is learned as the nearer end", (range, lowest, highest) => {
  const actions = ["drama", "comedy"].map((genre) => ({ id: genre, features: { genre } }));
  const free = shelf(epsilonGreedy({ epsilon: 0.1 }));
  const spec = { ...free, reward: { ...free.reward, ...(range && { range }) } };
  const [one, other] = [new ModelLearner(spec), new ModelLearner(spec)];
  for (let n = 0; n < 20; n++) {
    const record = decideRank(deciding(free, one), { ...call, id: `s.${n}`, context: { who: "ada" }, actions }, null);
    expect(one.learn(record, n % 2 ? highest : lowest)).toBe(true);
    expect(other.learn(record, n % 2 ? 1e9 : -1e9)).toBe(false);
  }
  expect(other.state()).toEqual(one.state());
});

test("a default outside the range of rewards is refused, and says what to do", () => {
  const { reward, ...rest } = shelf(squareCb());
  expect(() => defineModel({ ...rest, reward: { ...reward, default: -1 } })).toThrow(
    "reward.default: must be in the range of rewards, [0, 1]: give the spec its reward.range",
  );
  expect(() => defineModel({ ...rest, reward: { ...reward, default: -1, range: [-2, 1] } })).not.toThrow();
});

describe("a model's learner refuses", () => {
  test("decisions that are not its own, and learns nothing", () => {
    const learner = new ModelLearner(intent);
    const record = predictRecord(learner, "s.1", "tv");
    expect(() => learner.learn({ ...record, model: "other" }, 1)).toThrow("decision s.1 is of model other, not intent");
    const spec = { ...shelf(squareCb()), name: "intent" };
    expect(() => new ModelLearner(spec).learn(record, 1)).toThrow(
      "decision s.1 is a predict decision, intent is a rank model",
    );
    expect(learner.state()).toEqual(new ModelLearner(intent).state());
  });

  test("feedback that cannot be, and learns nothing", () => {
    const learner = new ModelLearner(intent);
    const record = predictRecord(learner, "s.1", "tv");
    for (const value of [0.5, -1, 2, Number.NaN])
      expect(() => learner.learn(record, value)).toThrow(/^feedback .* for decision s\.1 must be /);
    expect(learner.state()).toEqual(new ModelLearner(intent).state());
  });

  test.each(specs.map((spec) => [spec.name, spec] as const))("states of %s that are cut", (_, spec) => {
    const learner = new ModelLearner(spec);
    const [first] = fixtureDecisions().filter((d) => d.spec === spec);
    learner.learn(decide(deciding(spec, learner), first!.call, first!.graph), first!.feedback);
    const state = learner.state();
    for (let length = 0; length < state.length; length += 1 + (length >> 4))
      expect(() => learner.read(state.subarray(0, length))()).toThrow(/^not a valid .*state: /);
    expect(learner.state()).toEqual(state);
  });

  test("states that are cut, garbled or another model's, and is then as before", () => {
    const learner = new ModelLearner(intent);
    learner.learn(predictRecord(learner, "s.1", "tv"), 1);
    const state = learner.state();
    const other = new ModelLearner(intent);
    const before = other.state();
    for (let length = 0; length < state.length; length++)
      expect(() => other.read(state.subarray(0, length))()).toThrow(/^not a valid .*state: /);
    const wide = { ...intent, learner: adaptive({ bits: 12 }) };
    expect(() => other.read(new ModelLearner(wide).state())()).toThrow("its table has 4096 weights");
    expect(other.state()).toEqual(before);
  });
});

test("checkFeedback says what a value must be", () => {
  expect(checkFeedback(intent, 1)).toBeNull();
  expect(checkFeedback(intent, 0)).toBeNull();
  expect(checkFeedback(intent, 0.5)).toBe("must be 0 or 1: intent predicts a binary label");
  expect(checkFeedback(shelf(squareCb()), 0.5)).toBeNull();
  expect(checkFeedback(shelf(squareCb()), Number.POSITIVE_INFINITY)).toBe(
    "must be a number of at most 1000000000000000",
  );
});
