import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CONSTANT, hashFeature, hashNamespace, interact2, interact3, murmur3, murmur3Bytes } from "./hash.ts";

const mask = 2 ** 18 - 1;
const index = (namespace: string, feature: string, seed = 0) =>
  hashFeature(feature, namespace === "" ? 0 : hashNamespace(namespace, seed));

/** MurmurHash3_x86_32 from its definition, over bytes and with BigInt, to hold the fast one against. */
function referenceMurmur3(bytes: Uint8Array, seed: number): number {
  const u32 = (x: bigint) => x & 0xffffffffn;
  const rotate = (x: bigint, n: bigint) => u32(x << n) | (x >> (32n - n));
  const scramble = (k: bigint) => u32(rotate(u32(k * 0xcc9e2d51n), 15n) * 0x1b873593n);
  let h = BigInt(seed);
  const block = (from: number, to: number) => bytes.subarray(from, to).reduceRight((k, b) => (k << 8n) | BigInt(b), 0n);
  const full = bytes.length - (bytes.length % 4);
  for (let i = 0; i < full; i += 4) h = u32(rotate(h ^ scramble(block(i, i + 4)), 13n) * 5n + 0xe6546b64n);
  h ^= scramble(block(full, bytes.length));
  h ^= BigInt(bytes.length);
  h = u32((h ^ (h >> 16n)) * 0x85ebca6bn);
  h = u32((h ^ (h >> 13n)) * 0xc2b2ae35n);
  return Number(h ^ (h >> 16n));
}

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

describe("murmur3", () => {
  test.each([
    ["", 0, 0],
    ["", 1, 0x514e28b7],
    ["test", 0, 0xba6bd213],
    ["Hello, world!", 0, 0xc0363e43],
    ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ])("published value of %j, seed %i", (key, seed, expected) => {
    expect(murmur3(key, seed)).toBe(expected);
  });

  test("is of the UTF-8 bytes, for any text and seed", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: "binary-ascii", maxLength: 40 }),
      // Any code units, so lone surrogates too.
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (key, seed) => {
        expect(murmur3(key, seed)).toBe(referenceMurmur3(new TextEncoder().encode(key), seed));
      }),
      { numRuns: 500 },
    );
  });

  test("of bytes is of those between start and end", () => {
    const range = fc.uint8Array({ maxLength: 40 }).chain((bytes) => fc.tuple(fc.constant(bytes), fc.nat(bytes.length)));
    fc.assert(
      fc.property(range, fc.integer({ min: 0, max: 2 ** 32 - 1 }), ([bytes, start], seed) => {
        expect(murmur3Bytes(bytes, start, bytes.length, seed)).toBe(referenceMurmur3(bytes.subarray(start), seed));
      }),
    );
  });

  test("takes text longer than its buffer", () => {
    const key = "ü€😀".repeat(2000);
    expect(murmur3(key, 7)).toBe(referenceMurmur3(new TextEncoder().encode(key), 7));
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
