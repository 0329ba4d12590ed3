import { expect, test } from "vitest";
import { defineModel, field, rank } from "../../shared/contract/define.ts";
import type { Properties } from "../../shared/contract/values.ts";
import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import { MissingPlaces } from "./missing-places.ts";

const spec = (path: string | null) =>
  defineModel({
    name: "list",
    task: rank(),
    features: { action: { kind: field("kind") } },
    reward: {
      ...{ wait: "1m", default: 0, aggregate: "first" },
      ...(path !== null && { examination: { path, probabilities: { 1: 1, 2: 0.5 } } }),
    },
  });

function doubts(path: string | null, contexts: readonly Properties[]): string {
  const missing = new MissingPlaces(spec(path));
  const outcome = { chosen: 0, propensity: 1, reward: 0, importance: 1 };
  const input = { at: 0, sessionFeatures: {}, profileFeatures: {}, actions: [], graph: null };
  for (const context of contexts) {
    const entry: LogEntry = { outcome, probabilities: null, count: 1, values: () => ({ ...input, context }) };
    missing.update(entry);
  }
  return missing.doubts.join();
}

test("says by which key places are named where a log does not name them, and only there", () => {
  expect(doubts("place", [{}, { place: 3 }, { place: "top" }])).toContain(
    'No decision names a place that the spec\'s reward.examination has: it reads the place from "place"',
  );
  expect(doubts("place", [{ place: 1 }, {}])).toContain("1 of the first 2 decisions name no place");
  expect(doubts("shelf.place", [{ shelf: { place: "2" } }])).toBe("");
  expect(doubts("place", [{ place: 1 }, { place: "2" }])).toBe("");
  expect(doubts(null, [{}])).toBe("");
});
