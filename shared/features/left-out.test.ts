import { expect, test } from "vitest";
import { adaptive, defineModel, field, predict, rank, text, vector } from "../contract/define.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { Properties } from "../contract/values.ts";
import { LeftOut } from "./left-out.ts";
import "./other-operators.ts";

const reward = { wait: "1m", default: 0, aggregate: "first" } as const;
const words = (n: number, of = "w") => Array.from({ length: n }, (_, i) => `${of}${i}`).join(" ");
const without = (spec: ModelSpec, context: Properties, actions: Record<string, Properties> = {}) =>
  Object.fromEntries(
    new LeftOut(spec).of({
      ...{ at: 0, context, sessionFeatures: {}, profileFeatures: {}, graph: null },
      actions: Object.entries(actions).map(([id, features]) => ({ id, features })),
    }),
  );

const search = defineModel({
  ...{ name: "search", task: rank(), reward },
  features: { context: { query: text("query") }, action: { title: text("title") } },
});

test("tells which actions go without an interaction, and which of their list do not", () => {
  const actions = { short: { title: words(5) }, long: { title: words(15) }, none: {} };
  expect(without(search, { query: words(150) }, actions)).toEqual({ "context × action": ["long"] });
  expect(without(search, { query: words(100) }, actions)).toEqual({});
});

test("also of vectors, and of sets of a model that predicts", () => {
  const likes = defineModel({
    ...{ name: "likes", task: rank(), reward },
    features: { context: { taste: vector("taste", 128) }, action: { content: vector("content", 64) } },
  });
  const ones = (n: number) => Array.from({ length: n }, () => 1);
  expect(without(likes, { taste: ones(128) }, { a: { content: ones(64) }, b: {} })).toEqual({
    "context × action": ["a"],
  });
  const wide = defineModel({
    ...{ name: "wide", task: predict(), reward: { ...reward, default: null } },
    features: { context: { a: field("a"), b: field("b") } },
  });
  const set = (n: number) => words(n).split(" ");
  expect(without(wide, { a: set(64), b: set(64) })).toEqual({ "context × context": [""] });
  expect(without(wide, { a: set(64), b: set(63) })).toEqual({});
});

test("other learners leave nothing out", () => {
  const spec = defineModel({ ...search, learner: adaptive(), interactions: [["context", "action"]] });
  expect(without(spec, { query: words(150) }, { long: { title: words(15) } })).toEqual({});
});
