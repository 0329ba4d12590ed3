import { expect, test } from "vitest";
import { defineModel, field, rank } from "../contract/define.ts";
import type { Properties } from "../contract/values.ts";
import { MissingFeatures } from "./missing-features.ts";

const spec = defineModel({
  ...{ name: "list", task: rank() },
  features: { context: { device: field("device") }, action: { kind: field("kind") } },
  reward: {
    ...{ wait: "1m", default: 0, aggregate: "first" },
    examination: { path: "place", probabilities: { 1: 1, 2: 0.5 } },
  },
});

function missing(...contexts: Properties[]): string[] {
  const features = new MissingFeatures(spec);
  const input = { at: 0, sessionFeatures: {}, profileFeatures: {}, graph: null };
  for (const context of contexts)
    features.update(() => ({ ...input, context, actions: [{ id: "a", features: { kind: "x" } }] }));
  return features.report.names;
}

test("names features that no decision has, and the place that a click model goes by", () => {
  expect(missing({ device: "tv", place: 1 })).toEqual([]);
  expect(missing({}, { place: "2" })).toEqual(["context.device"]);
  // A place that the spec does not name is as good as none.
  expect(missing({ device: "tv" }, { device: "tv", place: "top" })).toEqual(["reward.examination (context.place)"]);
});
