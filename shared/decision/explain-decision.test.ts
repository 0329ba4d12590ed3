import { expect, test } from "vitest";
import { ModelLearner } from "../learning/model-learner.ts";
import { fixtureDecisions } from "../scoring/conformance/decisions.ts";
import { specs } from "../scoring/conformance/specs.ts";
import { total } from "../scoring/explain.ts";
import { type DecidingModel, decidePredict, decideRank } from "./decide.ts";
import { explainDecision } from "./explain-decision.ts";
import { loadModel } from "./loaded-model.ts";

const treated = specs.map((spec) => ({ ...spec, learner: { type: "auto" as const, bits: 14 } }));

test.each([...specs, ...treated])(
  "the scores of logged decisions come out bit for bit: $name, $learner.type",
  async (spec) => {
    const learner = new ModelLearner(spec);
    for (const { call, graph, feedback } of fixtureDecisions().filter((fixture) => fixture.spec.name === spec.name)) {
      const model = loadModel(spec, learner.snapshot(1, learner.examples));
      const deciding: DecidingModel = { ...model, graph: graph && { run: async () => graph } };
      const record = await (spec.task.type === "rank" ? decideRank(deciding, call) : decidePredict(deciding, call));
      const logged = JSON.parse(JSON.stringify(record));
      const explanations = explainDecision(model, logged);
      const scores = record.task === "rank" ? record.scores : [record.score];
      expect(explanations.map(({ score }) => score)).toEqual(scores);
      expect(explanations.map(({ contributions }) => total(contributions))).toEqual(scores);
      learner.learn(record, feedback);
    }
    expect(learner.examples).toBeGreaterThan(30);
  },
);

test("another snapshot's decision is not explained", async () => {
  const [{ spec, call }] = fixtureDecisions() as [ReturnType<typeof fixtureDecisions>[number]];
  const learner = new ModelLearner(spec);
  const record = await decideRank(loadModel(spec, learner.snapshot(1, 3)), call);
  expect(() => explainDecision(loadModel(spec, learner.snapshot(1, 4)), record)).toThrow(
    "is of shelf@1.3, the model is shelf@1.4",
  );
});
