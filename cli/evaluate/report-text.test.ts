import { expect, test } from "vitest";
import { OffPolicyEvaluation } from "../../shared/evaluation/off-policy/off-policy-evaluation.ts";
import { reportText } from "./report-text.ts";

test("shows a rare reward with two digits, however wide its interval is", () => {
  const evaluation = new OffPolicyEvaluation({ rewardRange: { low: 0, high: 1 } });
  for (let i = 0; i < 5000; i++) evaluation.update({ reward: i % 312 === 0 ? 1 : 0, propensity: 0.5, target: 0.5 });
  const { estimates, diagnostics } = evaluation.report();
  const { ips, snips } = estimates!;
  // Where nobody knows how improbable an action was.
  const interval = { low: 0.0015, high: 0.14 };
  const text = reportText({
    log: {
      name: "log.csv",
      decisions: 5000,
      unusable: { lines: 0, first: [] },
      withoutOutcome: 0,
      rewards: { low: 0, high: 1, assumed: false },
      propensities: "unknown",
      minPropensity: null,
      meanWeight: null,
      problem: null,
      neverChosen: null,
    },
    confidence: 0.95,
    policies: [
      {
        policy: "uniform",
        learner: null,
        ...{ lists: null, categories: null },
        refusal: null,
        estimates: { ...estimates!, ips: { ...ips, interval }, snips: { ...snips, interval } },
        diagnostics,
      },
    ],
    learners: [],
    drift: null,
    doubts: [],
    notes: [],
  });
  expect(text).toContain(" .0034 [.0015, .1400]");
});
