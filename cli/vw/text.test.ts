import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Example } from "./example.ts";
import { readNumber, scanNumber, scanned } from "./read-number.ts";
import { readLine } from "./text.ts";

const mask = 2 ** 18 - 1;

function read(line: string, labels: "simple" | "bandit" = "simple"): Example {
  const example = new Example();
  // As in a file: other bytes around the line.
  const bytes = Buffer.from(`x|y 7\n${line}\n|z 8`);
  const start = bytes.indexOf(10) + 1;
  readLine(bytes, start, start + Buffer.byteLength(line), labels, example);
  return example;
}

/** Features of a slot as [index in a table of 2^18, value]. */
function features(example: Example, slot: string): [number, number][] {
  const buffer = example.features(slot.charCodeAt(0));
  return Array.from({ length: buffer?.length ?? 0 }, (_, i) => [buffer!.indices[i]! & mask, buffer!.values[i]!]);
}

describe("a line of VW's text format", () => {
  test.each([
    ["|a abc", "a", 218098],
    ["|a 13", "a", 92607],
    ["|a x", "a", 55432],
    ["|b y=2", "b", 53348],
    ["|b 7", "b", 163338],
    ["|123 q", "1", 175375],
    ["| def", " ", 97762],
    ["| 99999999999", " ", 190463],
    ["|n k:v", "n", 186584],
  ])("%s has VW's index", (line, slot, index) => {
    expect(features(read(line), slot)).toEqual([[index, 1]]);
  });

  test("has values, scales and slots that namespaces share", () => {
    const example = read("1 |f:2 x:1.5 y z:0 k:v|g\tx:-2e-1|first w");
    expect(features(example, "f").map(([, value]) => value)).toEqual([3, 2, 1, 1]);
    expect(features(example, "g").map(([, value]) => value)).toEqual([Math.fround(-0.2)]);
    expect(example.slots).toEqual(["f", "g"].map((slot) => slot.charCodeAt(0)));
  });

  test("numbers features without names", () => {
    const [[first], [second]] = features(read("|f :3 :4"), "f") as [[number, number], [number, number]];
    expect(second - first).toBe(1);
  });

  test.each([
    ["1 |f x", { label: 1, importance: 1, base: 0 }],
    ["-0.5 2 0.25 'tag|f x", { label: -0.5, importance: 2, base: 0.25 }],
    ["1 2 tag|f x", { label: 1, importance: 2 }],
    ["1|f x", { label: null }],
    ["|f x", { label: null }],
    ["\t1  3\t| x", { label: 1, importance: 3 }],
    ["1", { label: null }],
  ])("%j has its label", (line, expected) => {
    expect(read(line)).toMatchObject(expected);
  });

  test.each([
    ["2:0.5:0.25 | x", { observed: { action: 2, cost: 0.5, probability: 0.25 }, shared: false }],
    ["1 2:-1:1.5 3 | x", { observed: { action: 2, cost: -1, probability: 1.5 } }],
    ["2:1:0.5 1:0:0.5 | x", { observed: { action: 2, cost: 1, probability: 0.5 } }],
    ["shared |s x", { observed: null, shared: true }],
    [" |a x", { observed: null, shared: false }],
  ])("%j has its cost", (line, expected) => {
    expect(read(line, "bandit")).toMatchObject(expected);
  });

  test.each([
    ["x | a", 'label "x" is not a number'],
    ["1 2 3 4 | a", 'a label is "label importance base", not "1 2 3 4"'],
    ["1 -1 | a", "importance -1 is below 0"],
    ["1 |f a:", '"a:" has no value'],
    ["1 |f:x a", 'the scale of a namespace is not a number: "x"'],
    ["1 |:2 a", "a namespace has no name"],
  ])("%j is refused", (line, message) => {
    expect(() => read(line)).toThrow(message);
  });

  test.each([
    ["1:2 | a", 'a cost has no probability: "1:2"'],
    ["1:2:0 | a", "the probability of a cost must be above 0, not 0"],
    ["a:1:0.5 | a", 'a bandit\'s label is "action:cost:probability", not "a:1:0.5"'],
  ])("%j is refused as a bandit's", (line, message) => {
    expect(() => read(line, "bandit")).toThrow(message);
  });
});

describe("readNumber", () => {
  const number = (text: string) => readNumber(Buffer.from(text), 0, Buffer.byteLength(text));

  test("is within a few units in the last place of 32 bits", () => {
    const any = fc.oneof(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((x) => x.toFixed(4)),
      fc.double({ noNaN: true, min: 1e-30, max: 1e30 }).map((x) => x.toExponential(6)),
      fc.integer().map(String),
    );
    fc.assert(
      fc.property(any, (text) => {
        const exact = Number(text);
        expect(Math.abs(number(text) - exact)).toBeLessThanOrEqual(2e-6 * Math.abs(exact));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["0", 0],
    [".5", 0.5],
    ["-3.", -3],
    ["+2", 2],
    ["1e3", 1000],
    ["1E+3", 1000],
    ["1e-60", 0],
  ])("%s is %d", (text, value) => {
    expect(number(text)).toBe(value);
  });

  test.each(["", "-", ".", "e5", "1e", "1x", "abc", "nan", "inf", "1:2", "1e99", "2020-01-02"])(
    "%j is no number",
    (text) => {
      expect(number(text)).toBeNaN();
    },
  );
});

describe("scanNumber", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 12 });
  const exponent = fc.constantFrom("", "", "", "e-2", "e3", "e+1", "e-40", "e99", "e-005", "e");
  const number = fc
    .tuple(fc.constantFrom("", "-"), digits, fc.constantFrom("", "."), digits, exponent)
    .map((parts) => parts.join(""));

  test("reads what readNumber reads, or leaves it", () => {
    let taken = 0;
    fc.assert(
      fc.property(number, fc.constantFrom("", "", " ", " 7", "|f", ":1", "x"), (text, after) => {
        const bytes = Buffer.from(text + after);
        const end = scanNumber(bytes, 0, bytes.length);
        if (end < 0) return;
        taken++;
        expect(end).toBe(text.length);
        expect(scanned[0]).toBe(readNumber(bytes, 0, text.length));
        expect(after.trim()).not.toMatch(/^\D/);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(200);
  });
});

test("VW's --hash all and --hash_seed make other indices of names", () => {
  const index = (text: string, seed: number, all: boolean) => {
    const example = new Example();
    readLine(Buffer.from(text), 0, text.length, "simple", example, { seed, all });
    return example.features(example.slots[0]!)!.indices[0]! & (2 ** 18 - 1);
  };
  expect(index("|a 13", 0, true)).toBe(55919);
  expect(index("|a 13", 5, false)).toBe(66198);
  expect(index("|a abc", 5, false)).toBe(117676);
  expect(index("| x", 5, false)).not.toBe(index("| x", 0, false));
});

describe("values that are no numbers", () => {
  const doubts = (line: string) => {
    const example = new Example();
    const found: string[] = [];
    readLine(Buffer.from(line), 0, line.length, "simple", example, undefined, (problem) => found.push(problem));
    return {
      doubts: found,
      values: example.slots.flatMap((slot) => [
        ...example.features(slot)!.values.subarray(0, example.features(slot)!.length),
      ]),
    };
  };

  test.each([
    // What begins as a number is that number, and what follows is not read.
    ["|a x:0,5 y", [], 1],
    ["|a x:50% y |b z", [50], 1],
    ["|a x:12:30 y", [12], 1],
    ["|a x:1.2.3 y", [Math.fround(1.2)], 1],
    ["|a x:3d", [3], 1],
    ["|a x:nano y", [], 1],
    // A number as C or VW take it.
    ["|a x:nan y", [1], 1],
    ["|a x:0x10 y", [16, 1], 1],
    ["|a x:1e y", [1, 1], 1],
    ["|a x:- y:. z:e", [], 3],
    // Categories and numbers.
    ["|a x:red y:n z:i", [1, 1, 1], 0],
    ["|a x:1e3 y:-.5", [1000, -0.5], 0],
  ])("%s", (line, values, count) => {
    const found = doubts(line);
    expect(found.values).toEqual(values);
    expect(found.doubts).toHaveLength(count);
  });

  test("are named in words, and refused where they are infinite", () => {
    expect(doubts("|a x:0,5 y").doubts[0]).toBe(
      'the value of "x:0,5" has a decimal comma, where VW\'s text has a point: it is read as 0, and what follows it in the line is not read (as in VW)',
    );
    for (const value of [",5", "-,5", "+,25"])
      expect(doubts(`|a x:${value} y`).doubts).toEqual([expect.stringContaining(`"x:${value}" has a decimal comma`)]);
    // A list of words is no number.
    expect(doubts("|a x:,5a y:a,5 z:,").doubts).toEqual([]);
    expect(() => doubts("|a x:info")).toThrow('the value "info" is read as an infinite number');
  });
});
