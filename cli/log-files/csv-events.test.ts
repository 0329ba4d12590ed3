import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";

import { readLog } from "./read-log.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "edgewise-csv-"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

async function read(content: string, actions: number | null = null) {
  const file = join(scratch, "log.csv");
  writeFileSync(file, content);
  const seen: { outcome: Outcome | null; count: number; features: number; values: FeaturizerInput }[] = [];
  await readLog({ file, name: "the table", format: null, actions }, ({ outcome, count, shared, values }) =>
    seen.push({
      outcome: outcome && { ...outcome },
      count,
      features: shared!.slots.reduce((sum, slot) => sum + shared!.features(slot)!.length, 0),
      values: structuredClone(values()),
    }),
  );
  return seen;
}

test("a table of decisions: other columns are shared features, numbers or categories", async () => {
  const [first, second] = await read(
    '\uFEFFaction,reward,propensity,age,city\r\n2,1,0.5,31,"Rome, IT"\r\n0,,0.25,,\r\n',
    3,
  );
  expect(first).toEqual({
    outcome: { chosen: 2, reward: 1, propensity: 0.5, importance: 1 },
    count: 3,
    features: 2,
    values: expect.objectContaining({
      context: { age: 31, city: "Rome, IT" },
      actions: ["0", "1", "2"].map((id) => ({ id, features: { number: id } })),
    }),
  });
  expect(second).toMatchObject({ outcome: null, features: 0, values: { context: {} } });
});

test("a table of the Open Bandit Dataset tells the number of its actions, and the time", async () => {
  const header = ",timestamp,item_id,position,click,propensity_score,user-item_affinity_0,user-item_affinity_1";
  const [decision] = await read(`${header}\n0,2019-11-24 00:00:01+00:00,1,3,0,0.9,0.0,2.0\n`);
  expect(decision).toMatchObject({
    outcome: { chosen: 1, reward: 0, propensity: 0.9 },
    count: 2,
    values: {
      at: Date.UTC(2019, 10, 24, 0, 0, 1),
      context: { position: 3 },
      actions: [{ features: { number: "0", affinity: 0 } }, { features: { number: "1", affinity: 2 } }],
    },
  });
});

describe("what is wrong is said with its line", () => {
  test.each([
    ["action,reward,propensity\n0,1,0.5\n", null, "line 1: a table does not tell how many actions there were"],
    ["action,reward,propensity\n0,1,0.5\n2,1,0.5\n", 2, "line 3: there is no action 2: actions are 0 to 1"],
    ["action,reward,propensity\n0,1,0\n", 2, "line 2: 0 is no probability above 0"],
    ["action,reward,propensity\n0,yes,0.5\n", 2, 'line 2: reward is "yes", which is no number'],
    ["action,reward,propensity\n0,1\n", 2, "line 2: there are 2 cells, but 3 columns"],
    ['{"c": {"_multi": []}}\n', 2, "line 1: --actions is for VW's text and for tables, and this is dsjson"],
  ])("%j with %j actions", async (content, actions, message) => {
    await expect(read(content, actions)).rejects.toThrow(`the table, ${message}`);
  });
});
