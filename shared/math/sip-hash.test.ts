import { expect, test } from "vitest";
import { sipHash } from "./sip-hash.ts";

const key = Uint8Array.from({ length: 16 }, (_, i) => i);
const input = (length: number) => Uint8Array.from({ length }, (_, i) => i);

// Of the reference implementation: the key 00 01 .. 0f, inputs 00 01 .. of these lengths.
test.each([
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [2, "5a4fa9d909806c0d"],
  [7, "37d1018bf50002ab"],
  [8, "6224939a79f5f593"],
  [15, "e545be4961ca29a1"],
])("is what the reference gives of %i bytes", (length, hash) => {
  expect(sipHash(key, input(length))).toBe(hash);
});

test("is another with another key, and takes no other than 16 bytes", () => {
  expect(sipHash(key, input(7))).not.toBe(sipHash(key.toReversed(), input(7)));
  expect(() => sipHash(key.subarray(1), input(7))).toThrow("16 bytes, not 15");
});
