import { expect, test } from "vitest";
import { FixtureRandom } from "../../conformance/random.ts";
import { auto, defineModel, field, predict } from "../contract/define.ts";
import type { PredictDecision } from "../contract/record.ts";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { Featurizer } from "../features/featurizer.ts";
import { deltaExtent, encodeDelta } from "../heads/delta.ts";
import { encodeSnapshot } from "../heads/encode-snapshot.ts";
import { logistic } from "../math/logistic.ts";
import { ModelLearner } from "./model-learner.ts";

const FIELDS = Array.from({ length: 8 }, (_, i) => `f${i}`);
const CATEGORIES = 60;

const spec = defineModel({
  name: "fields",
  task: predict(),
  features: { context: Object.fromEntries(FIELDS.map((name) => [name, field(name)])) },
  interactions: [["context", "context"]],
  reward: { wait: "1m", default: null, aggregate: "first" },
  learner: auto(),
});

/** What 20 examples change of a snapshot after so many: numbers in the delta, and weights that the 20 examples have. */
function changes(
  seed: number,
  sizes: readonly number[],
): { numbers: number; touched: number; bytes: number; whole: number }[] {
  const random = new FixtureRandom(seed);
  const effects = FIELDS.map(() => Array.from({ length: CATEGORIES }, () => 2 * random.next() - 1));
  const learner = new ModelLearner(spec);
  const featurizer = new Featurizer(spec);
  const x = new FeatureBuffer();
  const learn = (count: number, touched: Set<number>) => {
    for (let n = 0; n < count; n++) {
      const values = FIELDS.map(() => random.whole(CATEGORIES));
      const context = Object.fromEntries(values.map((value, i) => [FIELDS[i]!, `v${value}`]));
      const pair = (values[0]! + values[1]!) % 3 === 0 ? 1 : 0;
      const logOdds = values.reduce((sum, value, i) => sum + effects[i]![value]!, pair);
      const decision = record(context);
      featurizer.hash({ ...decision, actions: [] }).expand(0, x);
      for (let i = 0; i < x.length; i++) touched.add(x.indices[i]!);
      learner.learn(decision, random.next() < logistic(logOdds) ? 1 : 0);
    }
  };
  return sizes.map((size) => {
    learn(size - learner.examples, new Set());
    const before = learner.snapshot(1, 1);
    const touched = new Set<number>();
    learn(20, touched);
    const after = learner.snapshot(1, 2);
    const delta = encodeDelta(before, after);
    const whole = encodeSnapshot(after).length;
    return { numbers: deltaExtent(delta).numbers, touched: touched.size, bytes: delta.length, whole };
  });
}

const record = (context: Record<string, string>): PredictDecision => ({
  ...{ id: "d", format: 2, model: spec.name, task: "predict", version: 1, snapshot: 0, unit: "u", at: 0 },
  ...{ assignment: null, deferred: false, computedBy: { place: "edge", runtime: "native" } },
  ...{ context, sessionFeatures: {}, profileFeatures: {}, graph: null, score: 0, value: 0.5 },
});

test.each([
  [1, [500, 5000, 20_000]],
  [2, [500, 5000]],
  [3, [500, 5000]],
  [4, [500, 5000]],
  [5, [500, 5000]],
])("20 examples more change one number for each weight they have (stream %d, after %j)", (seed, sizes) => {
  // In one of a hundred such steps the mixture has moved so far that all weights change; not in these.
  for (const [i, { numbers, touched, bytes, whole }] of changes(seed, sizes).entries()) {
    expect(touched).toBeGreaterThan(500);
    expect(numbers).toBeLessThanOrEqual(touched);
    expect(numbers).toBeGreaterThan(0.9 * touched);
    expect(bytes).toBeLessThan(whole / (sizes[i] === 500 ? 10 : 50));
  }
});
