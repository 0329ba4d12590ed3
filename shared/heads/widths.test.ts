import { expect, test } from "vitest";
import { seededRandom } from "../../conformance/random.ts";
import { adaptive, auto, defineModel, epsilonGreedy, field, predict, rank } from "../contract/define.ts";
import type { ModelSpec, ModelSpecInput } from "../contract/spec.ts";
import { decideRank } from "../decide/decide.ts";
import { loadModel } from "../decide/loaded-model.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { hasWidths } from "./widths.ts";

const model = (more: Partial<ModelSpecInput> = {}): ModelSpec =>
  defineModel({
    ...{
      name: "shelf",
      task: rank(),
      learner: auto({ bits: 10 }),
      reward: { wait: "1m", default: 0, aggregate: "first" },
    },
    features: { context: { hour: field("hour") }, action: { kind: field("kind") } },
    ...more,
  } as ModelSpecInput);

const actions = ["old", "new"].map((kind) => ({ id: kind, features: { kind } }));
const call = (n: number) => ({
  ...{ id: `s.${n}`, unit: "u", at: n, context: { hour: n % 3 }, sessionFeatures: {}, profileFeatures: {} },
  ...{ place: "edge" as const, actions },
});

/** One that saw the second action in one of 40 decisions; of each half its own share was rewarded, without regard to the hour. */
function learned(spec: ModelSpec): ModelLearner {
  const learner = new ModelLearner(spec);
  const loaded = loadModel(spec, learner.snapshot(1, 0));
  const random = seededRandom(1);
  for (let n = 0; n < 800; n++) {
    const chosen = Number(n % 40 === 39);
    learner.learn({ ...decideRank(loaded, call(n), null), chosen }, Number(random() < (chosen ? 0.3 : 0.5)));
  }
  return learner;
}

test("what was tried seldom is tried more than what is known to be as much worse", () => {
  const spec = model();
  const snapshot = learned(spec).snapshot(1, 1);
  const { scores, probabilities } = decideRank(loadModel(spec, snapshot), call(1), null);
  expect(scores[1]).toBeLessThan(scores[0]!);
  const { beside, ...weightsAlone } = snapshot;
  const known = { ...beside!, tables: [new Float32Array(2 ** 10).fill(1e-9)] };
  const ofKnown = decideRank(loadModel(spec, { ...snapshot, beside: known }), call(1), null).probabilities;
  expect(probabilities[1]).toBeGreaterThan(3 * ofKnown[1]!);
  // A snapshot of before says nothing of it, and is decided by all the same.
  expect(decideRank(loadModel(spec, weightsAlone), call(1), null).scores).toEqual(scores);
});

test("models that rank with auto and the default policy have widths, and others weights alone", () => {
  expect(hasWidths(model())).toBe(true);
  for (const other of [
    model({ policy: epsilonGreedy() }),
    model({ learner: adaptive({ bits: 10 }) }),
    model({ task: predict("binary") }),
  ]) {
    expect(hasWidths(other)).toBe(false);
    const learner = new ModelLearner(other);
    expect(learner.snapshot(1, 0).beside).toBeUndefined();
  }
});

test("a snapshot with widths is none of a model that has none", () => {
  const snapshot = new ModelLearner(model()).snapshot(1, 0);
  expect(() => loadModel(model({ policy: epsilonGreedy() }), snapshot)).toThrow(
    "the snapshot has widths, the spec of shelf asks for weights alone",
  );
});
