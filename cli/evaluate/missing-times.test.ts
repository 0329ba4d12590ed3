import { expect, test } from "vitest";
import { defineModel, field, hourOfDay, rank } from "../../shared/contract/define.ts";
import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import { MissingTimes } from "./missing-times.ts";

const spec = (hour: boolean) =>
  defineModel({
    name: "hours",
    task: rank(),
    features: { context: hour ? { hour: hourOfDay() } : {}, action: { kind: field("kind") } },
    reward: { wait: "10m", default: 0, aggregate: "first" },
  });

function doubts(hour: boolean, times: readonly number[]): string {
  const missing = new MissingTimes(spec(hour));
  const input = { context: {}, sessionFeatures: {}, profileFeatures: {}, actions: [], graph: null };
  for (const at of times) {
    const entry: LogEntry = { outcome: null, probabilities: null, count: 0, values: () => ({ ...input, at }) };
    missing.update(entry);
  }
  return missing.doubts.join();
}

test("says that a log tells no times where the spec reads them, and only there", () => {
  expect(doubts(true, [0, 0])).toContain("The log tells no times that are understood, and the spec reads them (hour)");
  expect(doubts(true, [0, 5])).toContain("1 of the first 2 decisions tell no time");
  expect(doubts(true, [5])).toBe("");
  expect(doubts(false, [0])).toBe("");
});
