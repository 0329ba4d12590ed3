import { expect, test } from "vitest";
import { newKey, parseKey } from "./key-text.ts";

const fill = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes);

test("a secret has 32 characters of 62, each as often as every other: 190 bits", () => {
  expect(32 * Math.log2(62)).toBeGreaterThan(190);
  const counts = new Map<string, number>();
  const KEYS = 2000;
  for (let n = 0; n < KEYS; n++) {
    const { id, text } = newKey("secret", fill);
    expect(parseKey(text)).toEqual({ kind: "secret", id });
    const secret = text.slice(text.lastIndexOf("_") + 1);
    expect(secret).toHaveLength(32);
    for (const character of secret) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  expect(counts.size).toBe(62);
  // Each is drawn some 1,032 times, give or take 32: seven of these would be missed once in 10^10 runs.
  const expected = (KEYS * 32) / 62;
  for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(7 * Math.sqrt(expected));
  // Bytes that would favour the first letters are left out.
  let next = 0;
  const highest = (bytes: Uint8Array<ArrayBuffer>) => bytes.set(bytes.map(() => 240 + (next++ % 16)));
  const { text } = newKey("publishable", highest);
  expect(new Set(text.slice(text.lastIndexOf("_") + 1))).toEqual(new Set("stuvwxyz"));
});
