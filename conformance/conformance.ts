import { canonicalJson } from "../shared/contract/canonical.ts";
import type { DecisionRecord } from "../shared/contract/record.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { decide } from "../shared/decide/decide.ts";
import { loadModel } from "../shared/decide/loaded-model.ts";
import { Featurizer } from "../shared/features/featurizer.ts";
import { encodeSnapshot } from "../shared/heads/encode-snapshot.ts";
import { LinearHead } from "../shared/heads/linear.ts";
import { exportHead } from "../shared/heads/onnx-export.ts";
import { OnnxHead } from "../shared/heads/onnx-head.ts";
import type { OnnxRuntime } from "../shared/heads/onnx-runtime.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { type FixtureDecision, fixtureDecisions } from "./decisions.ts";
import { Digest } from "./digest.ts";
import { learnerDigests } from "./learners.ts";
import { operatorDigests } from "./operators.ts";
import { specs } from "./specs.ts";

/**
 * Proof that an engine computes what the others do. It decides the fixture's 240 decisions, each with what was learned from
 * those before, and digests every bit of what comes out. Compare with expected.ts.
 */
export type Conformance = {
  decisions: number;
  /** All feature values that operators computed over session events. */
  features: string;
  scores: string;
  probabilities: string;
  choices: string;
  /** Snapshots after all the learning, encoded. */
  weights: string;
  /** States of the learners, encoded. */
  states: string;
  /** What every kind of learner makes of examples of its own (learners.ts), by learner. */
  learners: Record<string, string>;
  /** What operators give of values of their own (operators.ts). */
  operators: Record<string, string>;
};

type Run = {
  digests: Omit<Conformance, "learners" | "operators">;
  records: DecisionRecord[];
  learners: Map<ModelSpec, ModelLearner>;
};

export const runConformance = (): Conformance => ({
  ...runFixture().digests,
  learners: learnerDigests(),
  operators: operatorDigests(),
});

/**
 * Largest absolute difference between a score of the native head and one of the exported head in `ort`, over all actions of the
 * fixture's decisions, with all that was learned from them.
 */
export async function onnxAgreement(ort: OnnxRuntime): Promise<number> {
  const { records, learners } = runFixture();
  let largest = 0;
  for (const spec of specs) {
    const snapshot = learners.get(spec)!.snapshot(1, 1);
    const native = new LinearHead(snapshot.weights, snapshot.bits);
    const onnx = await OnnxHead.load(ort, exportHead(snapshot, canonicalJson(spec)));
    const featurizer = new Featurizer(spec);
    for (const record of records.filter(({ model }) => model === spec.name)) {
      const decision = featurizer.hash({ ...record, actions: record.task === "rank" ? record.actions : [] });
      const scores = await onnx.score(decision);
      native.score(decision).forEach((score, i) => {
        largest = Math.max(largest, Math.abs(score - scores[i]!));
      });
    }
    await onnx.release();
  }
  return largest;
}

function runFixture(): Run {
  const learners = new Map(specs.map((spec) => [spec, new ModelLearner(spec)]));
  const digests = { features: new Digest(), scores: new Digest(), probabilities: new Digest(), choices: new Digest() };
  const records: DecisionRecord[] = [];
  for (const fixture of fixtureDecisions()) {
    const learner = learners.get(fixture.spec)!;
    const record = decision(fixture, learner);
    digests.features.text(canonicalJson(record.sessionFeatures));
    if (record.task === "rank") {
      digests.scores.numbers(record.scores);
      digests.probabilities.numbers(record.probabilities);
      digests.choices.text(record.actions[record.chosen]!.id);
    } else {
      digests.scores.number(record.score);
      digests.probabilities.number(record.value);
    }
    records.push(record);
    learner.learn(record, fixture.feedback);
  }
  const weights = new Digest();
  const states = new Digest();
  for (const learner of learners.values()) {
    weights.numbers(encodeSnapshot(learner.snapshot(1, 1)));
    states.numbers(learner.state());
  }
  return {
    digests: {
      decisions: records.length,
      features: digests.features.hex(),
      scores: digests.scores.hex(),
      probabilities: digests.probabilities.hex(),
      choices: digests.choices.hex(),
      weights: weights.hex(),
      states: states.hex(),
    },
    records,
    learners,
  };
}

const decision = ({ spec, call, graph }: FixtureDecision, learner: ModelLearner): DecisionRecord =>
  decide(loadModel(spec, learner.snapshot(1, learner.examples)), call, graph);
