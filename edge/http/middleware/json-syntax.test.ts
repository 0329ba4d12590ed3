import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonSyntaxProblem } from "./json-syntax.ts";

test.each([
  ['{\n  "unit": "v",\n  "actions": [}\n}', "expected a value or ] at line 3, column 15"],
  ['{"a":1,}', "expected a name at line 1, column 8"],
  ['{"a" 1}', "expected : at line 1, column 6"],
  ["[1 2]", "expected , or ] at line 1, column 4"],
  ['{"a":NaN}', "expected a value at line 1, column 6"],
  ["[01]", "expected a value or ] at line 1, column 2"],
  ['{"a":1', "expected , or } at the end: line 1, column 7"],
  ["", "expected a value at the end: line 1, column 1"],
  ["1 1", "expected nothing more at line 1, column 3"],
  ['["\t"]', "expected a value or ] at line 1, column 2"],
])("%j: %s", (text, problem) => {
  expect(jsonSyntaxProblem(text)).toBe(problem);
});

test("agrees with the engine on what is JSON", () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", ",", "}", "]", '"', "-", ".", "e", "0", "\\"),
      (json, at, extra) => {
        const place = at % (json.length + 1);
        for (const text of [json, json.slice(0, place) + extra + json.slice(place), json.slice(0, place)])
          expect(jsonSyntaxProblem(text) === null).toBe(isJson(text));
      },
    ),
    { numRuns: 300 },
  );
});
