import { expect, test } from "vitest";
import { adaptive, defineModel, field, predict } from "../../contract/define.ts";
import { decidePredict } from "../../decide/decide.ts";
import { loadModel } from "../../decide/loaded-model.ts";
import { ModelLearner } from "../../versions/model-learner.ts";
import { reportText } from "./report-text.ts";

const xor = defineModel({
  name: "xor",
  task: predict(),
  features: { context: { a: field("a"), b: field("b") } },
  reward: { wait: "1m", default: null, aggregate: "first" },
});

test("says what is served and why, the weightiest first", () => {
  const learner = new ModelLearner(xor);
  expect(reportText(learner.report!)).toBe("no examples yet: all candidates count alike");
  for (let n = 0; n < 400; n++) {
    const [a, b] = [n % 2, (n >> 1) % 2];
    const call = {
      ...{ id: `s.${n}`, unit: "u", session: "s", at: 0, context: { a: `a${a}`, b: `b${b}` } },
      ...{ sessionFeatures: {}, profileFeatures: {}, place: "edge" as const },
    };
    learner.learn(decidePredict(loadModel(xor, learner.snapshot(1, n)), call, null), a === b ? 1 : 0);
  }
  const lines = reportText(learner.report!).split("\n");
  expect(lines[0]).toMatch(/^recent loss of what is served: 0\.\d{4}$/);
  expect(lines[1]).toMatch(/^\d+ % .* with interactions \(all features, rate 0\.\d+\): recent loss 0\.\d{4}$/);
  expect(lines).toHaveLength(5);
  const shares = lines.slice(1).map((line) => Number.parseInt(line, 10));
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  // What cannot see the pair stays at the loss of a coin flip.
  expect(
    lines.filter((line) => line.includes("(no interactions") && Number(line.split(" ").at(-1)) > 0.6),
  ).toHaveLength(2);
});

test("other learners have nothing to choose", () => {
  expect(new ModelLearner({ ...xor, learner: adaptive() }).report).toBeNull();
});
