import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { murmur3, murmur3Bytes } from "./murmur3.ts";

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
