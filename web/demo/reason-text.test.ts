import { expect, test } from "vitest";
import spec from "../../models/home-hero/spec.ts";
import type { FeaturePart } from "../../shared/contract/calls.ts";
import { reasonText } from "./reason-text.ts";

const part = (namespace: FeaturePart["namespace"], name: string, value: FeaturePart["value"]): FeaturePart => ({
  ...{ namespace, name, value },
});

test("what made a score is told in a visitor's words", () => {
  const text = reasonText([part("context", "daypart", "evening"), part("action", "genre", "drama")]);
  expect(text).toBe("In the evening, drama");
  expect(reasonText([part("graph", "similarity", 0.8), part("graph", "similarity", 0.8)])).toBe("Like what you open");
  expect(reasonText([part("action", "item", "f02")])).toBe("“Eleven Quiet Kitchens” itself");
});

test("no feature of the model is left to its own name", () => {
  const { session, context, action } = spec.features;
  const named: [FeaturePart["namespace"], string][] = [
    ...Object.keys(context).map((name): ["context", string] => ["context", name]),
    ...["item", "genre", "decade"].map((name): ["action", string] => ["action", name]),
    ["session", "genres"],
    ["graph", "similarity"],
    ["graph", "novelty"],
  ];
  // Vectors are the graph's: the head, which is explained, does not see them.
  expect([...Object.keys(session), ...Object.keys(action)].sort()).toEqual(
    ["content", "decade", "genre", "genres", "item", "recent", "taste"].sort(),
  );
  for (const [namespace, name] of named) {
    const value = name === "item" ? "f01" : name === "similarity" || name === "novelty" ? 0.5 : "b9";
    expect(reasonText([part(namespace, name, value)]).toLowerCase()).not.toBe(`${name} ${value}`);
  }
});
