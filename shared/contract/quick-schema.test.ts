import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { predictRequest, rankRequest } from "./calls.ts";
import { quick } from "./quick-schema.ts";
import { activationRecord, decisionRecord, feedbackRecord } from "./record.ts";

const actions = [
  {
    id: "a",
    features: { genre: "drama", year: 1994, tags: ["new", "long"], content: [0.5, -1, 1e-7], more: { x: null } },
  },
  { features: {}, id: "b" },
  { id: "ü" },
];
const call = {
  unit: "v",
  events: [{ type: "view", at: 1_764_000_000_000, properties: { genre: "drama", "10": true, "9": [1, "a", null] } }],
  context: { device: "phone", nested: { a: 1 } },
};
const record = {
  format: 2,
  id: "s.0",
  model: "hero",
  version: 1,
  snapshot: 0,
  unit: "v",
  at: 1_764_000_000_000,
  computedBy: { place: "edge", runtime: "wasm", with: "more" },
  assignment: { stage: "live", share: null, directory: 3 },
  deferred: false,
  context: {},
  sessionFeatures: { taste: [0.25, 1], genres: ["drama"], none: null },
  profileFeatures: {},
  graph: { similarity: [0.5, 0.25, 1] },
};
const ranked = { ...record, task: "rank", actions, scores: [1, 0, -1], probabilities: [0.5, 0.25, 0.25], chosen: 1 };
const cases: [string, z.ZodType, object[]][] = [
  [
    "a rank call",
    rankRequest,
    [
      { ...call, actions },
      { ...call, actions, id: "s.1", slots: [{}, { at: "top" }], explain: 3 },
      { ...call, actions: "0".repeat(64), actionLists: { ["0".repeat(64)]: actions } },
    ],
  ],
  ["a predict call", predictRequest, [call, { ...call, session: "s", deferred: true }]],
  [
    "a decision",
    decisionRecord,
    [ranked, { ...record, graph: null, task: "predict", score: 1, value: 0.5, unknown: { a: [1] } }],
  ],
  [
    "feedback",
    feedbackRecord,
    [
      { format: 2, id: "s.0", value: 1 },
      { format: 2, id: "s.0", value: -0.5, at: 1, final: true, of: {} },
    ],
  ],
  [
    "an activation",
    activationRecord,
    [
      { format: 2, id: "s.0" },
      { format: 2, id: "s.0", at: 1, more: "x" },
    ],
  ],
];

/** What JSON may have in some place, near the limits above all. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    ...[null, true, 0, -1, -0, 1.5, 2 ** 53, 1e300, Number.POSITIVE_INFINITY, "", "a\u0000", "s.1", [], {}],
    ...[
      "x".repeat(256),
      "x".repeat(257),
      "x".repeat(5000),
      Array(64).fill("x"),
      Array(1025).fill(0),
      [[]],
      { a: { b: {} } },
    ],
    JSON.parse('{"__proto__":1}'),
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`p${i}`, i])),
  ),
);
/** `place` says by number which place; it gets another value, or none, or a neighbour. */
type Change = { place: number; how: "replace" | "leave out" | "add"; name: string; value: unknown };
const change: fc.Arbitrary<Change> = fc.record({
  place: fc.nat(),
  how: fc.constantFrom("replace", "leave out", "add"),
  name: fc.string(),
  value: junk,
});

function changed(value: object, { place, how, name, value: other }: Change): object {
  const copy = structuredClone(value);
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk((node as Record<string, unknown>)[key]);
    }
  };
  walk(copy);
  const [at, key] = places[place % places.length]!;
  if (how === "leave out" && !Array.isArray(at)) delete at[key];
  else if (how === "add" && !Array.isArray(at)) at[name] = other;
  else at[key] = other;
  return copy;
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(cases)("%s", (_, schema, valid) => {
  test("is accepted without zod, and comes out as by zod", () => {
    const expected = valid.map((value) => z.safeParse(schema, value));
    const zod = vi.spyOn(schema._zod, "run").mockImplementation(() => {
      throw new Error("zod was asked");
    });
    for (const [i, value] of valid.entries()) {
      expect(expected[i]!.success).toBe(true);
      expect(JSON.stringify(schema.parse(value))).toBe(JSON.stringify(expected[i]!.data));
      expect(schema.safeParse(value)).toEqual(expected[i]);
    }
    expect(zod).not.toHaveBeenCalled();
  });

  test("that is changed anywhere is accepted and refused as by zod, for the same reasons", () => {
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 2 }), (value, list) => {
        const sent = list.reduce(changed, value);
        const expected = z.safeParse(schema, sent);
        const given = schema.safeParse(sent);
        expect(given.success).toBe(expected.success);
        expect(JSON.stringify(given.data)).toBe(JSON.stringify(expected.data));
        expect(given.error?.issues).toEqual(expected.error?.issues);
      }),
      { numRuns: 2000 },
    );
  });

  test("answers alike when it is asked to wait", async () => {
    expect(await schema.safeParseAsync(valid[0])).toEqual(z.safeParse(schema, valid[0]));
    expect((await schema.safeParseAsync({})).error?.issues).toEqual(z.safeParse(schema, {}).error?.issues);
  });
});

test("of options that may each give something else the one counts that zod takes", () => {
  const [a, b] = [
    z.object({ a: z.number() }),
    z.object({ b: z.number().default(1), c: z.array(z.string()).optional() }),
  ];
  const schema = quick(z.union([a, b, z.string(), z.array(b)]));
  const values = [
    { a: 1 },
    { a: 1, b: 2 },
    { b: 2 },
    {},
    { a: "x" },
    { c: ["x"] },
    { c: [1] },
    "x",
    1,
    null,
    [{}],
    [[]],
  ];
  for (const value of values) {
    const expected = z.safeParse(schema, value);
    expect(schema.safeParse(value).success).toBe(expected.success);
    expect(schema.safeParse(value).data).toEqual(expected.data);
  }
});

test("defaults are made anew each time", () => {
  const [first, second] = [rankRequest.parse({ unit: "v", actions }), rankRequest.parse({ unit: "v", actions })];
  expect(first.context).toEqual({});
  expect(first.context).not.toBe(second.context);
});

test.each<[string, z.ZodType]>([
  ["changes what it is given", z.string().transform(Number)],
  ["has names that are changed", z.record(z.string(), z.object({}))],
])("a schema that %s is not made quick", (_, schema) => {
  expect(() => quick(schema)).toThrow("cannot be made quick");
});
