import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucket, field, hourOfDay, log1p, logBucket, vector } from "../contract/define.ts";
import type { CallOperator } from "../contract/spec.ts";
import { featureValues, type Properties, properties } from "../contract/values.ts";
import { callFeature } from "./call.ts";
import { callValues } from "./call-operators.ts";
import "./other-operators.ts";

const NOW = { at: 0 };
const value = (operator: CallOperator, data: Properties, at = 0) => callFeature(operator)(data, { at });
const of = (operator: CallOperator, x: unknown) => value(operator, { x } as Properties);

test("callValues gives every feature by name, null where there is nothing", () => {
  const operators = { device: field("device"), year: bucket("year", [1980, 2000]), hour: hourOfDay() };
  expect(callValues(callFeature, operators, { device: "phone" }, { at: 3_600_000 })).toEqual({
    device: "phone",
    year: null,
    hour: "1",
  });
});

describe("field", () => {
  test.each(["phone", "", true, false, 0, -2.5, ["a", "b"]])("%j is taken as it is", (x) => {
    expect(of(field("x"), x)).toEqual(x);
  });

  test.each([null, undefined, [], [1, 2], { y: 1 }, Number.NaN, Number.POSITIVE_INFINITY, 1e39])(
    "%j is missing",
    (x) => {
      expect(of(field("x"), x)).toBeNull();
    },
  );

  test("reads one level down", () => {
    expect(value(field("geo.country"), { geo: { country: "DE" } })).toBe("DE");
    for (const geo of [undefined, null, "DE", ["DE"], {}])
      expect(value(field("geo.country"), { geo } as unknown as Properties)).toBeNull();
  });

  test("an action's id is its own, where it has no property of that name", () => {
    const id = callFeature(field("id"));
    expect(id({}, NOW, "news-1")).toBe("news-1");
    expect(id({ id: 7 }, NOW, "news-1")).toBe(7);
    expect(id({}, NOW)).toBeNull();
    expect(callFeature(field("name"))({}, NOW, "news-1")).toBeNull();
  });

  test("nothing that an object inherits is data", () => {
    expect(value(field("constructor.name"), {})).toBeNull();
    expect(value(field("geo.length"), { geo: "DE" })).toBeNull();
    expect(value(vector("__proto__", 1), {})).toBeNull();
  });

  test("a list is the set of its texts, however long, however often each comes, and whatever else is in it", () => {
    const many = Array.from({ length: 100 }, (_, i) => `c${i}`);
    expect(of(field("x"), many)).toEqual(many);
    expect(of(field("x"), ["b", "a", "b", "a"])).toEqual(["b", "a"]);
    expect(of(field("x"), [1, "a", null, { y: 1 }, "b"] as Properties[string])).toEqual(["a", "b"]);
  });
});

test("vector takes exactly `size` numbers", () => {
  expect(of(vector("x", 2), [1, -0.5])).toEqual([1, -0.5]);
  for (const x of [[1], [1, 2, 3], [1, "2"], [1, null], [1, Number.NaN], 5, null])
    expect(of(vector("x", 2), x)).toBeNull();
});

test.each([
  [-1e9, "b0"],
  [1979.999, "b0"],
  [1980, "b1"],
  [1999, "b1"],
  [2000, "b2"],
  [1e9, "b2"],
])("bucket of %d with edges 1980, 2000 is %s", (x, expected) => {
  expect(of(bucket("x", [1980, 2000]), x)).toBe(expected);
});

test("log1p keeps the sign", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e30, max: 1e30 }), (x) => {
      const expected = Math.sign(x) * Math.log(1 + Math.abs(x));
      expect(of(log1p("x"), x) as number).toBeCloseTo(expected, 12);
    }),
  );
  expect(of(log1p("x"), -0)).toBe(0);
  expect(of(log1p("x"), "3")).toBeNull();
});

describe("logBucket", () => {
  test.each([
    [0, 1, "0"],
    [-0, 1, "0"],
    [1e-12, 1, "+0"],
    [0.999, 1, "+0"],
    [1, 1, "+1"],
    [2.999, 1, "+1"],
    [3, 1, "+2"],
    [-3, 1, "-2"],
    [2 ** 29 - 1, 1, "+29"],
    [3, 2, "+4"],
    [Math.SQRT2 - 0.99, 2, "+1"],
    [Math.SQRT2 - 1.01, 2, "+0"],
    [15, 0.25, "+1"],
    [14.9, 0.25, "+0"],
    [3e38, 8, "+1022"],
  ])("of %d, %d an octave, is %s", (x, perOctave, expected) => {
    expect(of(logBucket("x", perOctave), x)).toBe(expected);
  });

  test("exact powers of two begin their octave", () => {
    for (let n = 1; n < 50; n++) expect(of(logBucket("x"), 2 ** n - 1)).toBe(`+${n}`);
  });

  test("is monotone", () => {
    const magnitude = fc.double({ noNaN: true, min: 1e-9, max: 1e12 });
    fc.assert(
      fc.property(magnitude, magnitude, fc.constantFrom(0.25, 1, 3, 8), (a, b, perOctave) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const category = (x: number) => Number(of(logBucket("x", perOctave), x));
        expect(category(low)).toBeLessThanOrEqual(category(high));
        expect(category(-low)).toBeGreaterThanOrEqual(category(-high));
      }),
    );
  });
});

describe("hourOfDay", () => {
  test.each([
    ["2026-03-01T00:00:00Z", 0, "0"],
    ["2026-03-01T23:59:59.999Z", 0, "23"],
    ["2026-03-01T23:30:00Z", 60, "0"],
    ["2026-03-01T00:15:00Z", -30, "23"],
    ["1970-01-01T00:00:00Z", -840, "10"],
  ])("%s %+i min is %s", (iso, offset, expected) => {
    expect(value(hourOfDay(offset), {}, Date.parse(iso))).toBe(expected);
  });

  test("is the UTC hour of the shifted time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -840, max: 840 }), (at, offset) => {
        expect(value(hourOfDay(offset), {}, at)).toBe(String(new Date(at + offset * 60_000).getUTCHours()));
      }),
    );
  });
});

test("whatever a caller may send, the values are valid feature values and survive JSON", () => {
  const operators: Record<string, CallOperator> = {
    field: field("x"),
    nested: field("x.y"),
    vector: vector("x", 2),
    bucket: bucket("x", [0, 1]),
    log1p: log1p("x"),
    logBucket: logBucket("x", 4),
  };
  const scalar = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const property = fc.oneof(scalar, fc.array(scalar));
  const data = fc.record({ x: fc.oneof(property, fc.record({ y: property })) }, { requiredKeys: [] });
  fc.assert(
    fc.property(data, (x) => {
      const given = properties.parse(x);
      const values = callValues(callFeature, operators, given, { at: 0 });
      expect(featureValues.parse(values)).toStrictEqual(values);
      expect(JSON.parse(JSON.stringify(values))).toStrictEqual(values);
    }),
  );
});
