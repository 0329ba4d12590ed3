import { describe, expect, test } from "vitest";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { Example } from "./example.ts";
import { Expander } from "./expander.ts";
import { bitsOfModels, indexOfAction } from "./index-of-action.ts";
import { Interactions } from "./interactions.ts";
import { merand48 } from "./merand48.ts";
import { readOptions } from "./options.ts";
import { readLine } from "./text.ts";

const line = (text: string) => {
  const example = new Example();
  readLine(Buffer.from(text), 0, Buffer.byteLength(text), "simple", example);
  return example;
};
const slotsOf = (text: string) => [...text].map((slot) => slot.charCodeAt(0));
const pairs = (...texts: string[]) => texts.map((text) => `--interactions=${text}`);

/** @param options of VW's that say which features there are. */
function expand(text: string, options: readonly string[], shared?: string): [number, number][] {
  const into = new FeatureBuffer(1);
  const expander = new Expander({ bits: 18, features: readOptions(options).features });
  // Twice, since one event must leave nothing behind for the next.
  for (let i = 0; i < 2; i++) expander.expand(line(text), shared === undefined ? null : line(shared), 0, into);
  return Array.from({ length: into.length }, (_, i) => [into.indices[i]!, into.values[i]!]);
}

const CONSTANT = [116060, 1];

describe("features of a line", () => {
  test("end with the constant and the interactions, at VW's indices", () => {
    expect(expand("|a abc |b y=2:3", pairs("ab"))).toEqual([[218098, 1], [53348, 3], CONSTANT, [128402, 3]]);
    expect(expand("|a x |b 7", pairs("ab"))[3]).toEqual([172050, 1]);
    expect(expand("|a x |b z", pairs("ab"))[3]).toEqual([80151, 1]);
    expect(expand("|a x |b z", pairs("ba"))[3]).toEqual([156693, 1]);
  });

  test("of one slot meet once each, and themselves", () => {
    const features = expand("|f x:2 y:3 z:5", pairs("ff"));
    expect(features.slice(4).map(([, value]) => value)).toEqual([4, 6, 10, 9, 15, 25]);
  });

  test("are not combined with a namespace that is missing", () => {
    expect(expand("|f x", pairs("fg", "gf", "gg"))).toHaveLength(2);
  });

  test("that are shared follow the line's own, slot by slot", () => {
    const values = expand("|a x:2 |b y:3", pairs("as"), "|s z:5 |b w:7").map(([, value]) => value);
    expect(values).toEqual([2, 3, 7, 1, 5, 10]);
  });
});

describe("interactions", () => {
  const names = (asked: string[], rules = { keepDuplicates: false, permutations: false }) =>
    new Interactions(asked.map(slotsOf), rules).of(slotsOf("cab")).map((slots) => String.fromCharCode(...slots));

  test("that repeat others, in whatever order, are dropped: the first in the order of bytes stays", () => {
    expect(names(["ba", "ab", "cc", "ba", "cc"])).toEqual(["ab", "cc"]);
    // VW 9.11.2: -q aU -q Ua is -q Ua.
    expect(names(["aU", "Ua"])).toEqual(["Ua"]);
    expect(names(["abb", "bab", "cab", "ab"])).toEqual(["ab", "abb", "cab"]);
  });

  test("with wildcards are made with all slots that were seen, in the order of bytes", () => {
    expect(names(["::"])).toEqual(["aa", "ab", "ac", "bb", "bc", "cc"]);
    expect(names(["b:"])).toEqual(["ba", "bb", "bc"]);
    // VW 9.11.2: besides -q ::, one that names a slot adds nothing.
    expect(names([":b", "ab", "::"])).toEqual(names(["::"]));
    expect(names([":::"])).toHaveLength(10);
    expect(names(["b::"])[0]).toBe("aab");
  });

  test("may be kept though they repeat others, and be made in both orders", () => {
    expect(names(["::"], { keepDuplicates: true, permutations: false })).toHaveLength(9);
    expect(names(["ab", "ba"], { keepDuplicates: true, permutations: false })).toEqual(["ab", "ba"]);
    expect(expand("|f x:2 y:3", ["-q", "ff", "--permutations"]).slice(3)).toHaveLength(4);
  });

  test("of three and more slots multiply all values, each set of features once", () => {
    expect(expand("|a x:2 |b y:3 |c z:5", ["--cubic", "abc"])[4]![1]).toBe(30);
    const values = expand("|f x:2 y:3", ["--interactions", "ffff"]).slice(3);
    expect(values.map(([, value]) => value)).toEqual([16, 24, 36, 54, 81]);
    expect(expand("|a x |b y", ["--cubic", "abc"])).toHaveLength(3);
  });
});

describe("features that an option makes, or takes away", () => {
  const values = (text: string, ...options: string[]) => expand(text, options).map(([, value]) => value);

  test("rows of features, some of them with gaps", () => {
    const names = "|f a:2 b:3 c:5 d:7";
    expect(values(names, "--ngram", "2")).toEqual([2, 3, 5, 7, 1, 1, 1, 1]);
    expect(values(names, "--ngram", "f3")).toHaveLength(4 + 3 + 2 + 1);
    expect(values(names, "--ngram", "g3")).toHaveLength(4 + 1);
    // Two in a row, and two with one left out between.
    expect(values(names, "--ngram", "2", "--skips", "1")).toHaveLength(4 + 3 + 2 + 1);
    // The index of a row is VW's: idx1 * 27942141 + idx2.
    const [[a], [b]] = expand("|f a b", []) as unknown as [[number], [number]];
    expect(expand("|f a b", ["--ngram", "2"])[2]![0]).toBe((Math.imul(a, 27942141) + b) & (2 ** 18 - 1));
  });

  test("slots that are ignored, or of which only the interactions are wanted", () => {
    const text = "|a x:2 |b y:3 |c z:5";
    expect(values(text, "--ignore", "ac")).toEqual([3, 1]);
    expect(values(text, "--keep", "b", "--keep", "c")).toEqual([3, 5, 1]);
    expect(values(text, "--ignore", "a", "-q", "ab")).toEqual([3, 5, 1]);
    expect(values(text, "--ignore_linear", "b", "-q", "bc")).toEqual([2, 5, 1, 15]);
    expect(values(text, "--noconstant")).toEqual([2, 3, 5]);
  });
});

describe("indices of --cb K", () => {
  test("lose their lowest bits to the action's number", () => {
    const index = indexOfAction(2, 1);
    expect([index(0b1111, 0), index(0b1100, 1), index(0b1111, 1)]).toEqual([0b1100, 0b1101, 0b1101]);
  });

  test("keep apart the actions of every model", () => {
    for (const [actions, models] of [
      [2, 1],
      [3, 2],
      [5, 3],
      [2, 6],
      [4, 8],
    ] as const) {
      const index = indexOfAction(actions, models);
      const all = Array.from({ length: actions }, (_, a) => index(2 ** 17, a));
      expect(new Set(all).size).toBe(actions);
    }
    expect([bitsOfModels(1, true), bitsOfModels(8, true), bitsOfModels(5, true), bitsOfModels(5, false)]).toEqual([
      0, 3, 0, 3,
    ]);
  });
});

test("merand48 gives VW's numbers", () => {
  const next = merand48(0n);
  expect(next()).toBe(63 / 2 ** 23);
  const numbers = Array.from({ length: 10_000 }, next);
  expect(numbers.every((u) => u >= 0 && u < 1)).toBe(true);
  expect(numbers.reduce((a, b) => a + b) / numbers.length).toBeCloseTo(0.5, 1);
});
