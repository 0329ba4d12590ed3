import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "./canonical.ts";

/** The same value with the keys of every object in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([k, v]) => [k, reversed(v)]),
  );
}

test("sorts keys at every depth and writes no white space", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "é" }], a: true, B: {} })).toBe(
    '{"B":{},"a":true,"b":[1,{"c":"é","d":null}]}',
  );
});

test("is the same for equal values, and reads back as the value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(reversed(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("what JSON cannot say goes as in JSON.stringify", () => {
  const value = { gone: undefined, list: [undefined, Number.NaN], zero: -0, infinite: Number.POSITIVE_INFINITY };
  expect(canonicalJson(value)).toBe('{"infinite":null,"list":[null,null],"zero":0}');
  expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
});
