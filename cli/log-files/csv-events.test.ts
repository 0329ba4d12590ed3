import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import type { FeaturizerInput } from "../../shared/features/hashed-decision.ts";

import { csvEvents } from "./csv-events.ts";
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
  await readLog(
    { file, name: "the table", format: null, actions, strict: true },
    ({ outcome, count, shared, values }) =>
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

test("spaces around names and cells are no part of them", async () => {
  const spaced = await read("action , reward, propensity, age, city\n 2, 1, 0.5, 31, rome \n0,0,.5, ,\t\n", 3);
  expect(spaced).toEqual(await read("action,reward,propensity,age,city\n2,1,0.5,31,rome\n0,0,.5,,\n", 3));
  expect(spaced[0]!.values.context).toEqual({ age: 31, city: "rome" });
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

test("a column is of one kind: of codes, `7` is another than `007` and `0x7`", async () => {
  const rows = await read(
    'action,reward,propensity,sku,price,age\n0,1,0.5,1E5,"1,234.5",NA\n0,1,0.5,007,999.5,31\n0,1,0.5,7,1,-.5\n',
    2,
  );
  expect(rows.map(({ values }) => values.context)).toEqual([
    { sku: "1E5", price: "1,234.5" },
    { sku: "007", price: "999.5", age: 31 },
    { sku: "7", price: "1", age: -0.5 },
  ]);
});

test("without a spec, too, `7` and `007` are two categories, and an empty id is none", () => {
  const event = csvEvents(2, { dialect: { delimiter: "," }, numbers: new Set() });
  event(["request_id", "action", "reward", "propensity", "sku"]);
  const rows = ["007", "7", "x"].map((sku) => {
    const { id, shared } = event(["", "0", "1", "0.5", sku])!;
    return { id, index: shared!.features(shared!.slots[0]!)!.indices[0] };
  });
  expect(rows.map(({ id }) => id)).toEqual([null, null, null]);
  expect(new Set(rows.map(({ index }) => index)).size).toBe(3);
});

test.each([
  ["tabs", "action\treward\tpropensity\n1\t1\t0.5\n"],
  ["semicolons", "action;reward;propensity\n1;1;0.5\n"],
  ["capitals", "Action,REWARD, Propensity\n1,1,0.5\n"],
  ["a remark", "# made by hand\naction,reward,propensity\n1,1,0.5\n"],
  ["returns alone", "action,reward,propensity\r1,1,0.5\r"],
  ["what single precision makes of 1", "action,reward,propensity\n1,1,1.0000001\n0,1,0.5\n"],
])("a table with %s is one", async (_, content) => {
  const [first] = await read(content, 2);
  expect(first!.outcome).toMatchObject({ chosen: 1, reward: 1 });
});

describe("what is wrong is said with its line", () => {
  test.each([
    ["action,reward,propensity\n0,1,0.5\n", null, "line 1: a table does not tell how many actions there were"],
    ["action,reward,propensity\n0,1,0.5\n2,1,0.5\n", 2, "line 3: there is no action 2: actions are 0 to 1"],
    ["action,reward,propensity\n0,1,0\n", 2, "line 2: the propensity 0 is not above 0"],
    ["action,reward,propensity\n0,1,80\n", 2, "line 2: the propensity 80 is above 1 (is it in per cent, or 1 / p?)"],
    [
      "action,reward,propensity,probability\n0,1,.5,.5\n",
      2,
      "line 1: the columns propensity and probability both tell the propensity",
    ],
    ["action,reward,propensity\n0,yes,0.5\n", 2, 'line 2: reward is "yes", which is no number'],
    ["action,reward,propensity\n0,1\n", 2, "line 2: there are 2 cells, but 3 columns"],
    ['{"c": {"_multi": []}}\n', 2, "line 1: --actions is for VW's text and for tables, and this is dsjson"],
  ])("%j with %j actions", async (content, actions, message) => {
    await expect(read(content, actions)).rejects.toThrow(`the table, ${message}`);
  });
});
