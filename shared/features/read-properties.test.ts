import fc from "fast-check";
import { expect, test } from "vitest";
import { bucket, defineModel, field, hourOfDay, log1p, predict, rank, vector } from "../contract/define.ts";
import type { ModelSpec } from "../contract/spec.ts";
import type { Properties } from "../contract/values.ts";
import { callFeature } from "./call.ts";
import { callValues } from "./call-operators.ts";
import "./other-operators.ts";
import { onlyRead, readFirstBy, readProperties } from "./read-properties.ts";

const spec = (features: Partial<ModelSpec["features"]>, keep?: ModelSpec["keep"]) =>
  defineModel({
    name: "films",
    task: rank(),
    features,
    reward: { wait: "1m", default: 0, aggregate: "first" },
    ...(keep && { keep }),
  });

const films = spec({
  context: { device: field("device"), country: field("geo.country"), hour: hourOfDay() },
  action: { genre: field("genre"), year: bucket("year", [2000]), content: vector("content", 2) },
});

test("what no feature reads goes, and all else stays as it was, in its order", () => {
  const record = {
    id: "a.1",
    context: { email: "a@b.c", geo: { city: "Bonn", country: "de" }, device: "phone", seen: null },
    actions: [
      { id: "x", features: { genre: "war", title: "X" }, place: 1 },
      { id: "y", features: { content: [1, 2], year: 1999 } },
      { id: "z", features: {} },
    ],
    score: 1,
  };
  const kept = onlyRead(record, readProperties([films]));
  expect(JSON.stringify(kept)).toBe(
    JSON.stringify({
      id: "a.1",
      context: { geo: { country: "de" }, device: "phone" },
      actions: [
        { id: "x", features: { genre: "war" }, place: 1 },
        { id: "y", features: { content: [1, 2], year: 1999 } },
        { id: "z", features: {} },
      ],
      score: 1,
    }),
  );
  expect(onlyRead(kept, readProperties([films]))).toBe(kept);
  const nulls = { context: { email: null } };
  expect(onlyRead(nulls, readProperties([films]))).toEqual({ context: {} });
  expect(onlyRead({ context: { geo: { city: "Bonn" }, device: 1 } }, readProperties([films]))).toEqual({
    context: { device: 1 },
  });
});

test("what one of several specs reads or keeps stays", () => {
  const other = spec({ context: { place: field("geo.city") } }, { context: ["campaign"], action: "all" });
  const record = {
    context: { geo: { city: "Bonn", country: "de", street: "A" }, campaign: { id: 7 }, email: "a@b.c" },
    actions: [{ id: "x", features: { title: "X" } }],
  };
  expect(onlyRead(record, readProperties([films, other]))).toEqual({
    context: { geo: { city: "Bonn", country: "de" }, campaign: { id: 7 } },
    actions: record.actions,
  });
  expect(onlyRead(record, readProperties([]))).toEqual({ context: {}, actions: [{ id: "x", features: {} }] });
});

test("what a spec is the first to read is named by its path", () => {
  const next = spec({
    context: { device: field("device"), city: field("geo.city"), geo: field("geo"), hour: hourOfDay() },
    action: { price: log1p("price"), expensive: bucket("price", [100]) },
  });
  expect(readFirstBy(next, [films])).toEqual(["context.geo.city", "context.geo", "action.price"]);
  expect(readFirstBy(next, [films, spec({}, { context: "all", action: ["price"] })])).toEqual([]);
  expect(readFirstBy(films, [films])).toEqual([]);
});

const name = fc.constantFrom("a", "b", "constructor", "__proto__");
const value = fc.oneof(fc.constantFrom(null, true, "t", 0, 2.5), fc.array(fc.constantFrom("u", 1)));
const properties = fc
  .array(fc.tuple(name, fc.oneof(value, fc.dictionary(name, value))))
  // So that __proto__ is a property like any other.
  .map((entries) => Object.fromEntries(entries) as Properties);
const path = fc.oneof(
  name,
  fc.tuple(name, name).map((names) => names.join(".")),
);
const operators = fc.dictionary(
  fc.constantFrom("f", "g", "h"),
  fc.oneof(
    path.map(field),
    path.map(log1p),
    path.map((of) => vector(of, 1)),
  ),
);

test("no feature changes, whatever is read of whatever there is", () => {
  fc.assert(
    fc.property(operators, operators, properties, (context, others, data) => {
      const predicts = { task: predict(), reward: { wait: "1m", default: null, aggregate: "first" as const } };
      const specs = [context, others].map((one) => defineModel({ name: "p", ...predicts, features: { context: one } }));
      const kept = onlyRead({ context: data }, readProperties(specs)).context;
      for (const one of [context, others])
        expect(callValues(callFeature, one, kept, { at: 0 })).toEqual(callValues(callFeature, one, data, { at: 0 }));
    }),
  );
});
