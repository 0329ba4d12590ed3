import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyOf, merged, parseAll } from "./repeated-keys.ts";

const keys = (text: string) => Object.keys(parseAll(text) as object).map(keyOf);

describe("JSON as it was written", () => {
  test("keeps keys that come twice, at any depth, and their order", () => {
    expect(keys('{"a":1,"b":2,"a":3,"a":4}')).toEqual(["a", "b", "a", "a"]);
    expect(keys('{"b":1, "7" : 2,"a":3,"5":4,"7":5}')).toEqual(["b", "7", "a", "5", "7"]);
    const { c } = parseAll('{"c":[{"x":{"k":1,"k":2}},{"k":3}]}') as { c: { x: object }[] };
    expect(Object.values(c[0]!.x)).toEqual([1, 2]);
    // The last has the plain name, as with JSON.parse.
    expect((parseAll('{"a":1,"a":2}') as { a: number }).a).toBe(2);
  });

  test("is not led astray by quotes, brackets and commas in texts", () => {
    const text = '{"a":"{\\"a\\":1,","b":["a","a"],"a\\"":{"a":"]"},"a":0}';
    expect(keys(text)).toEqual(["a", "b", 'a"', "a"]);
    expect(merged(parseAll('{"a":"x"}'))).toEqual({ a: "x" });
  });

  test("puts together what came twice", () => {
    expect(merged(parseAll('{"U":{"d":"ph","n":0},"U":{"n":1},"m":"calm","m":"day0","t":1,"t":2}'))).toEqual({
      U: { d: "ph", n: 1 },
      m: ["calm", "day0"],
      t: 2,
    });
  });

  test("of any value, is what JSON.parse gives where nothing comes twice", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(merged(parseAll(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("refuses what is not JSON as JSON.parse does", () => {
    for (const text of ['{"a":1', "}", '{"a" 1}', '"', "[1,]"]) expect(() => parseAll(text)).toThrow(SyntaxError);
  });
});
