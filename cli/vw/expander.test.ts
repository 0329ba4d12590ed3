import { describe, expect, test } from "vitest";
import { FeatureBuffer } from "../../shared/features/featurebuffer.ts";
import { Example } from "./example.ts";
import { Expander } from "./expander.ts";
import { bitsOfModels, indexOfAction } from "./index-of-action.ts";
import { Interactions } from "./interactions.ts";
import { merand48 } from "./merand48.ts";
import { readLine } from "./text.ts";

const line = (text: string) => {
  const example = new Example();
  readLine(Buffer.from(text), 0, Buffer.byteLength(text), "simple", example);
  return example;
};
const pairs = (...texts: string[]) =>
  new Interactions(texts.map((text) => [text.charCodeAt(0), text.charCodeAt(1)] as const));

function expand(text: string, interactions: Interactions, shared?: string): [number, number][] {
  const into = new FeatureBuffer(1);
  const expander = new Expander({ bits: 18, constant: true, interactions });
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
  const slots = [..."cab"].map((slot) => slot.charCodeAt(0));
  const names = (interactions: Interactions) => interactions.pairs(slots).map((pair) => String.fromCharCode(...pair));

  test("that repeat others, in whatever order, are dropped", () => {
    expect(names(pairs("ba", "ab", "cc", "ba", "cc"))).toEqual(["ba", "cc"]);
  });

  test("with wildcards are made with all slots that were seen, in the order of bytes", () => {
    expect(names(pairs("::"))).toEqual(["aa", "ab", "ac", "bb", "bc", "cc"]);
    expect(names(pairs("b:"))).toEqual(["ba", "bb", "bc"]);
    expect(names(pairs(":b", "ab"))).toEqual(["ab", "bb", "cb"]);
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
