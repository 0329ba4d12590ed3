import { describe, expect, test } from "vitest";
import { FixtureRandom } from "../../conformance/random.ts";
import { defineModel, epsilonGreedy, factorised, field, predict, rank } from "../contract/define.ts";
import type { DecisionRecord } from "../contract/record.ts";
import { decideRank } from "../decide/decide.ts";
import { loadModel } from "../decide/loaded-model.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { Featurizer } from "../features/featurizer.ts";
import { encodeSnapshot } from "../heads/encode-snapshot.ts";
import { exportHead } from "../heads/onnx-export.ts";
import { decodeSnapshot } from "../heads/snapshot.ts";
import { FactorisedLearner } from "../online/factorised.ts";
import { squaredLoss } from "../online/loss.ts";
import { ModelLearner } from "./model-learner.ts";

const spec = defineModel({
  name: "shelf",
  task: rank(),
  features: { context: { who: field("who") }, action: { what: field("what"), price: field("price") } },
  reward: { wait: "1m", default: 0, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0.2 }),
  learner: factorised({ bits: 10, rank: 4 }),
});

const call = (n: number, who: number, prices: number[]) => ({
  id: `s.${n}`,
  unit: "u",
  session: "s",
  at: 0,
  context: { who: `w${who}` },
  sessionFeatures: {},
  profileFeatures: {},
  actions: prices.map((price, i) => ({ id: `${i}`, features: { what: `k${i}`, price } })),
  place: "edge" as const,
});

/** Visitor k likes item k, whatever it costs. */
async function trained(count: number): Promise<{ learner: ModelLearner; last: DecisionRecord; reward: number }> {
  const learner = new ModelLearner(spec);
  const random = new FixtureRandom(2);
  let last: DecisionRecord | undefined;
  let rewards = 0;
  for (let n = 0; n < count; n++) {
    const who = random.whole(5);
    const prices = Array.from({ length: 5 }, () => random.whole(9) + 1);
    const model = loadModel(spec, learner.snapshot(1, n));
    last = decideRank(model, call(n, who, prices), null);
    const reward = last.chosen === who ? 1 : 0;
    if (n >= count / 2) rewards += reward;
    learner.learn(last, reward);
  }
  return { learner, last: last!, reward: (2 * rewards) / count };
}

describe("a factorised model", () => {
  test("learns from its own decisions which action goes with whom", async () => {
    const { reward } = await trained(1500);
    // 1 - .2 + .2 / 5 is the most; chance is .2.
    expect(reward).toBeGreaterThan(0.75);
  });

  test("scores from its snapshot what its learner predicts, also after a journey as bytes", async () => {
    const { learner, last } = await trained(300);
    const snapshot = learner.snapshot(1, 7);
    const travelled = decodeSnapshot(encodeSnapshot(snapshot));
    expect(travelled).toEqual(snapshot);
    expect(travelled.beside).toMatchObject({ tag: "rank", number: 4 });
    const actions = last.task === "rank" ? last.actions : [];
    const decision = new Featurizer(spec).hash({ ...last, actions });
    const scores = loadModel(spec, travelled).head.score(decision);
    const alone = new FactorisedLearner({ bits: 10, rank: 4, loss: squaredLoss });
    const state = learner.state();
    // The learner's own state is the last block of the model's.
    const at = state.findIndex((_, i) => String.fromCharCode(...state.subarray(i, i + 4)) === "EWFM");
    alone.read(state.subarray(at))();
    const x = new FeatureBuffer();
    scores.forEach((score, a) => {
      decision.expand(a, x);
      const predicted = alone.predict(x);
      // The learner's prediction is clamped to rewards; the head's score is not.
      expect(Math.min(Math.max(score, 0), 1)).toBeCloseTo(predicted, 5);
    });
    expect(new Set(scores).size).toBe(5);
  });

  test("comes back from its state and continues bit for bit", async () => {
    const { learner, last } = await trained(200);
    const restored = new ModelLearner(spec);
    restored.read(learner.state())();
    learner.learn(last, 1);
    restored.learn(last, 1);
    expect(restored.state()).toEqual(learner.state());
    expect(restored.snapshot(1, 1)).toEqual(learner.snapshot(1, 1));
  });

  test("refuses snapshots that are cut, without factors, or of another rank, and has no ONNX form", async () => {
    const { learner } = await trained(50);
    const snapshot = learner.snapshot(1, 1);
    const bytes = encodeSnapshot(snapshot);
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => decodeSnapshot(bytes.subarray(0, length))).toThrow(/^not a valid snapshot: /);
    const { beside, ...linear } = snapshot;
    expect(() => loadModel(spec, linear)).toThrow(
      "the snapshot has weights alone, the spec of shelf asks for factors of rank 4",
    );
    const half = { ...beside!, number: 2, tables: [beside!.tables[0]!.slice(0, 2 * 2 ** 10)] };
    expect(() => loadModel(spec, { ...snapshot, beside: half })).toThrow("the snapshot has factors of rank 2");
    expect(() => loadModel(spec, { ...snapshot, beside: { ...half, number: 4 } })).toThrow(RangeError);
    expect(() => exportHead(snapshot, "{}")).toThrow("shelf has factors of rank 4, which have no ONNX form");
  });

  test("of one prediction joins all pairs of its features", () => {
    const alone = defineModel({
      name: "xor",
      task: predict(),
      features: { context: { a: field("a"), b: field("b") } },
      reward: { wait: "1m", default: 0, aggregate: "first" },
      learner: factorised({ bits: 10 }),
    });
    const learner = new ModelLearner(alone);
    const random = new FixtureRandom(3);
    const record = (n: number, a: number, b: number): DecisionRecord => ({
      ...({ id: `s.${n}`, unit: "u", at: 0, model: "xor", version: 1, snapshot: 0 } as const),
      context: { a: `a${a}`, b: `b${b}` },
      sessionFeatures: {},
      profileFeatures: {},
      graph: null,
      format: 2,
      assignment: null,
      deferred: false,
      computedBy: { place: "edge", runtime: "native" },
      task: "predict",
      score: 0,
      value: 0.5,
    });
    for (let n = 0; n < 2000; n++) {
      const [a, b] = [random.whole(2), random.whole(2)];
      learner.learn(record(n, a, b), a === b ? 1 : 0);
    }
    const { head, featurizer } = loadModel(alone, learner.snapshot(1, 1));
    const score = (a: number, b: number) => head.score(featurizer.hash({ ...record(0, a, b), actions: [] }))[0]!;
    expect(Math.min(score(0, 0), score(1, 1))).toBeGreaterThan(1);
    expect(Math.max(score(0, 1), score(1, 0))).toBeLessThan(-1);
  });
});
