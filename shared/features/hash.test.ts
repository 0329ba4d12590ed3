import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { murmur3 } from "../math/murmur3.ts";
import { CONSTANT, hashFeature, hashNamespace, interact2, interact3 } from "./hash.ts";

const mask = 2 ** 18 - 1;
const index = (namespace: string, feature: string, seed = 0) =>
  hashFeature(feature, namespace === "" ? 0 : hashNamespace(namespace, seed));

describe("Vowpal Wabbit's indices, table of 2^18", () => {
  test.each([
    ["a", "abc", 218098],
    ["a", "13", 92607],
    ["a", "x", 55432],
    ["b", "y=2", 53348],
    ["b", "7", 163338],
    ["123", "q", 175375],
    ["", "def", 97762],
    ["", "99999999999", 190463],
  ])("|%s %s is %i", (namespace, feature, expected) => {
    expect(index(namespace, feature) & mask).toBe(expected);
  });

  test("a category is hashed after its feature: |n k:v", () => {
    expect(hashFeature("v", index("n", "k")) & mask).toBe(186584);
    expect(hashFeature("str", index("ns", "s")) & mask).toBe(140970);
  });

  test("--hash_seed 5", () => {
    expect(index("a", "13", 5) & mask).toBe(66198);
    expect(index("a", "abc", 5) & mask).toBe(117676);
  });

  test("--hash all is murmur for digits too", () => {
    expect(murmur3("13", hashNamespace("a")) & mask).toBe(55919);
  });

  test("interactions, where the order of namespaces matters", () => {
    expect(interact2(index("a", "abc"), index("b", "y=2")) & mask).toBe(128402);
    expect(interact2(index("a", "x"), index("b", "7")) & mask).toBe(172050);
    expect(interact2(index("a", "x"), index("b", "z")) & mask).toBe(80151);
    expect(interact2(index("b", "z"), index("a", "x")) & mask).toBe(156693);
  });

  test("the constant", () => {
    expect(CONSTANT & mask).toBe(116060);
  });
});

describe("hashFeature", () => {
  test("adds a name of digits to the namespace's hash, modulo 2^32", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 2 ** 32 - 1 }), (n, seed) => {
        expect(hashFeature(String(n), seed)).toBe(Number((n + BigInt(seed)) % 2n ** 32n));
      }),
    );
    expect(hashFeature("007", 1)).toBe(8);
  });

  test("the empty name is the namespace's hash", () => {
    expect(hashFeature("", 4_000_000_000)).toBe(4_000_000_000);
  });

  test("does not see spaces and control characters around the name", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((s) => s === s.trim());
    fc.assert(
      fc.property(name, fc.constantFrom("", " ", "\t", " \n "), (text, around) => {
        expect(hashFeature(around + text + around, 99)).toBe(hashFeature(text, 99));
      }),
    );
    expect(hashFeature("a b", 99)).not.toBe(hashFeature("ab", 99));
  });

  test("letters outside ASCII are part of the name", () => {
    expect(hashFeature("é", 0)).not.toBe(hashFeature("ü", 0));
    expect(hashFeature("é", 0)).toBe(murmur3("é", 0));
  });
});

describe("interactions", () => {
  const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

  test("are VW's formula in whole 64-bit arithmetic, in the low 32 bits", () => {
    fc.assert(
      fc.property(u32, u32, u32, (a, b, c) => {
        const pair = (16777619n * BigInt(a)) ^ BigInt(b);
        expect(interact2(a, b)).toBe(Number(pair & 0xffffffffn));
        expect(interact3(a, b, c)).toBe(Number(((16777619n * pair) ^ BigInt(c)) & 0xffffffffn));
      }),
    );
  });

  test("may be masked before or after", () => {
    fc.assert(
      fc.property(u32, u32, fc.integer({ min: 8, max: 22 }), (a, b, bits) => {
        const m = 2 ** bits - 1;
        expect(interact2(a & m, b & m) & m).toBe(interact2(a, b) & m);
      }),
    );
  });
});
