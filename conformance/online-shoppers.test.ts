import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readCsv } from "../cli/files/csv.ts";
import { defineModel, field, predict } from "../shared/contract/define.ts";
import type { Properties } from "../shared/contract/values.ts";
import { auc } from "../shared/evaluation/auc.ts";
import { FeatureBuffer } from "../shared/features/featurebuffer.ts";
import { Featurizer } from "../shared/features/featurizer.ts";
import { logistic } from "../shared/math/logistic.ts";
import { makeLearner } from "../shared/online/learners.ts";
import { logisticLoss } from "../shared/online/loss.ts";

/** Real data beside the repository: what a user gets on the first day, with every column a `field` and nothing set. */
const DATA = new URL("../../shared/data/", import.meta.url);

async function onePass(file: string, label: string): Promise<{ logLoss: number; area: number }> {
  const table: (readonly string[])[] = [];
  for await (const { cells } of readCsv(fileURLToPath(new URL(file, DATA)), file)) table.push(cells);
  const [columns, ...rows] = table as [readonly string[], ...(readonly string[])[]];
  const names = columns.filter((name) => name !== label);
  const spec = defineModel({
    name: "first-day",
    task: predict(),
    features: { context: Object.fromEntries(names.map((name) => [name, field(name)])) },
    reward: { wait: "30m", default: null, aggregate: "first" },
  });
  const featurizer = new Featurizer(spec);
  const learner = makeLearner(spec.learner, logisticLoss);
  const x = new FeatureBuffer();
  const scores: number[] = [];
  const labels: number[] = [];
  let sum = 0;
  for (const cells of rows) {
    const context: Properties = {};
    for (const [i, name] of columns.entries())
      if (name !== label) context[name] = Number.isNaN(Number(cells[i])) ? cells[i]! : Number(cells[i]);
    const y = ["TRUE", "1"].includes(cells[columns.indexOf(label)]!) ? 1 : 0;
    const input = { at: 0, context, sessionFeatures: {}, profileFeatures: {}, actions: [], graph: null };
    featurizer.hash(input).expand(0, x);
    const score = learner.predict(x);
    const p = logistic(score);
    sum -= Math.log(y === 1 ? p : 1 - p);
    scores.push(score);
    labels.push(y);
    learner.learn(x, y, 1);
  }
  return { logLoss: sum / rows.length, area: auc(scores, labels)! };
}

describe.runIf(existsSync(DATA))("the default learner on real data", () => {
  // Vowpal Wabbit's best of 24 settings: .914 and .251.
  test("online_shoppers, one pass in file order: AUC above .925, log loss below .236", async () => {
    const { logLoss, area } = await onePass("online_shoppers/online_shoppers_intention.csv.gz", "Revenue");
    expect(area).toBeGreaterThan(0.925);
    expect(logLoss).toBeLessThan(0.236);
  }, 60_000);

  // River's scaler and logistic regression: .9504.
  test("phishing, progressive: AUC above .96", async () => {
    expect((await onePass("phishing/phishing_river_1250.csv.gz", "is_phishing")).area).toBeGreaterThan(0.96);
  });
});
