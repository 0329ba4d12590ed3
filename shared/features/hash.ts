import { murmur3Range } from "../math/murmur3.ts";

/**
 * Feature hashing as Vowpal Wabbit does it (`--hash strings`), so that weights can be held against VW's, index by index.
 * Indices are unsigned 32-bit; whoever stores them masks them to the size of the table.
 */

/** Index of the constant feature (the intercept). */
export const CONSTANT = 11650396;

const FNV_PRIME = 16777619;

/**
 * Hash of a feature's name, seeded with its namespace's hash; also of a category, seeded with its feature's index.
 * Spaces and control characters around the name do not count. Digits alone are not hashed but added to the seed.
 */
export function hashFeature(name: string, namespaceHash: number): number {
  let start = 0;
  let end = name.length;
  while (start < end && name.charCodeAt(start) <= 0x20) start++;
  while (start < end && name.charCodeAt(end - 1) <= 0x20) end--;
  let number = 0;
  for (let i = start; i < end; i++) {
    const digit = name.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return murmur3Range(name, start, end, namespaceHash);
    number = (Math.imul(number, 10) + digit) | 0;
  }
  return (number + namespaceHash) >>> 0;
}

/** @param seed VW's `--hash_seed`. */
export const hashNamespace = (name: string, seed = 0): number => hashFeature(name, seed);

/** Index of the interaction of two features, the first namespace's first: the order matters. */
export const interact2 = (a: number, b: number): number => (spread(a) ^ b) >>> 0;

/** What all interactions of one feature with others begin with, which is made once for them. */
export const spread = (a: number): number => Math.imul(FNV_PRIME, a);

/** Index of the interaction of three features. */
export const interact3 = (a: number, b: number, c: number): number => interact2(interact2(a, b), c);
