import { describe, expect, test } from "vitest";
import { rankRequest } from "./calls.ts";
import { decisionRecord } from "./record.ts";
import { featureValues, properties } from "./values.ts";

const object = <T>(n: number, name: (i: number) => string, value: T): Record<string, T> =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [name(i), value]));
const issuesOf = (schema: { safeParse(value: unknown): { error?: { issues: object[] } } }, value: unknown) =>
  schema.safeParse(value).error?.issues ?? [];

const action = { id: "a", features: {} };
const places: [string, (value: unknown) => object[]][] = [
  ["properties", (value) => issuesOf(properties, value)],
  ["properties of properties", (value) => issuesOf(properties, { inner: value })],
  ["feature values", (value) => issuesOf(featureValues, value)],
  ["a call's context", (value) => issuesOf(rankRequest, { unit: "u", actions: [action], context: value })],
  ["an action's features", (value) => issuesOf(rankRequest, { unit: "u", actions: [{ id: "a", features: value }] })],
  [
    "an event's properties",
    (value) =>
      issuesOf(rankRequest, { unit: "u", actions: [action], events: [{ type: "view", at: 0, properties: value }] }),
  ],
];

describe.each(places)("of %s", (_, issues) => {
  test("a hundred thousand wrong names make a few problems", () => {
    for (const wrong of [object(100_000, (i) => `\u00ad${i}`, 1), object(300, (i) => "x".repeat(129 + i), 1)]) {
      expect(issues(wrong).length).toBeGreaterThan(0);
      expect(issues(wrong).length).toBeLessThanOrEqual(8);
    }
  });
});

test("what is wrong with a name is said where it stands", () => {
  const message = "is not a possible name: it must have 1 to 128 characters, none of control";
  expect(issuesOf(properties, { "a\u0000": 1, b: 1, c: { "": 1 } })).toMatchObject([
    { path: ["a\u0000"], message },
    { path: ["c", ""], message },
  ]);
  const many = object(257, String, "no number");
  expect(issuesOf(properties, many)).toMatchObject([{ path: [], message: "must have at most 256 properties" }]);
  expect(issuesOf(featureValues, many)).toMatchObject([{ path: [], message: "must have at most 256 features" }]);
  expect(issuesOf(properties, { many: object(1000, String, 1) })).toEqual([]);
});

test("a list may be as long as the longest vector that a spec names", () => {
  for (const schema of [properties, featureValues]) {
    expect(issuesOf(schema, { embedding: Array(1024).fill(0.5) })).toEqual([]);
    expect(issuesOf(schema, { embedding: Array(1025).fill(0.5) })).toMatchObject([
      { path: ["embedding"], message: "must have at most 1024 values" },
    ]);
  }
});

test.each([
  ["names", object(50_000, (i) => `\u00ad${i}`, [1])],
  ["values", object(50_000, (i) => `o${i}`, "1")],
])("tens of thousands of wrong %s of a graph's outputs make a few problems", (_, graph) => {
  const named = issuesOf(decisionRecord, { task: "predict", graph }).filter(
    (issue) => "path" in issue && Array.isArray(issue.path) && issue.path[0] === "graph",
  );
  expect(named).toHaveLength(8);
});
