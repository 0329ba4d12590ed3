import { expect, test } from "vitest";
import { fixtureDecisions } from "../../conformance/decisions.ts";
import { specs } from "../../conformance/specs.ts";
import { total } from "../heads/explain.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { type DecidingModel, decidePredict, decideRank, predictResponse, rankResponse } from "./decide.ts";
import { explainDecision, explainPrediction, explainRanking } from "./explain-decision.ts";
import { loadModel } from "./loaded-model.ts";

const treated = specs
  .filter(({ policy }) => policy.type !== "thompson")
  .map((spec) => ({ ...spec, learner: { type: "auto" as const, bits: 14 } }));

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
    expect(learner.examples).toBe(20);
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

test("an answer has an explanation of each score: what is named, and the others, add up to it", async () => {
  for (const { spec, call, feedback } of fixtureDecisions().slice(0, 40)) {
    const learner = new ModelLearner(spec);
    const decide = async () => {
      const model = loadModel(spec, learner.snapshot(1, learner.examples));
      return {
        model,
        record: await (spec.task.type === "rank" ? decideRank(model, call) : decidePredict(model, call)),
      };
    };
    const first = await decide();
    learner.learn(first.record, feedback);
    const { model, record } = await decide();
    const explained =
      record.task === "rank"
        ? explainRanking(model, record, rankResponse(record), 3).ranking
        : [{ ...explainPrediction(model, record, predictResponse(record), 3), score: record.score }];
    for (const { score, explanation } of explained) {
      const { contributions, others } = explanation!;
      expect(contributions.length).toBeLessThanOrEqual(3);
      const named = contributions.reduce((sum, { contribution }) => sum + contribution, 0);
      expect(named + others.contribution).toBeCloseTo(score, 5);
    }
    // Another snapshot cannot say what made them.
    if (record.task === "rank")
      expect(explainRanking(first.model, record, rankResponse(record), 3)).toEqual(rankResponse(record));
  }
});
