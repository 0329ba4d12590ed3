import { expect, test } from "vitest";
import { fixtureDecisions } from "../../conformance/decisions.ts";
import { specs } from "../../conformance/specs.ts";
import { MAX_EXPLAINED } from "../contract/limits.ts";
import { total } from "../heads/explanation.ts";
import { ModelLearner } from "../versions/model-learner.ts";
import { decide, predictResponse, rankResponse } from "./decide.ts";
import { explainDecision, explainPrediction, explainRanking } from "./explain-decision.ts";
import { loadModel } from "./loaded-model.ts";

const treated = specs
  .filter(({ policy }) => policy.type !== "thompson")
  .map((spec) => ({ ...spec, learner: { type: "auto" as const, bits: 14 } }));

test.each([...specs, ...treated])(
  "the scores of logged decisions come out bit for bit: $name, $learner.type",
  (spec) => {
    const learner = new ModelLearner(spec);
    for (const { call, graph, feedback } of fixtureDecisions().filter((fixture) => fixture.spec.name === spec.name)) {
      const model = loadModel(spec, learner.snapshot(1, learner.examples));
      const record = decide(model, call, graph);
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

test("another snapshot's decision is not explained", () => {
  const [{ spec, call }] = fixtureDecisions() as [ReturnType<typeof fixtureDecisions>[number]];
  const learner = new ModelLearner(spec);
  const record = decide(loadModel(spec, learner.snapshot(1, 3)), call, null);
  expect(() => explainDecision(loadModel(spec, learner.snapshot(1, 4)), record)).toThrow(
    "is of shelf@1.3, the model is shelf@1.4",
  );
});

test("an answer has an explanation of each score that is shown: what is named, and the others, add up to it", () => {
  for (const { spec, call, feedback } of fixtureDecisions().slice(0, 40)) {
    const learner = new ModelLearner(spec);
    const decided = () => {
      const model = loadModel(spec, learner.snapshot(1, learner.examples));
      return { model, record: decide(model, call, null) };
    };
    const first = decided();
    learner.learn(first.record, feedback);
    const { model, record } = decided();
    const explained =
      record.task === "rank"
        ? explainRanking(model, record, rankResponse(record), 3).ranking
        : [{ ...explainPrediction(model, record, predictResponse(record), 3), score: record.score }];
    for (const [place, { score, explanation }] of explained.entries()) {
      expect(explanation === undefined).toBe(place >= MAX_EXPLAINED);
      if (place >= MAX_EXPLAINED) continue;
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
