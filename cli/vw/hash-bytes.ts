import { murmur3Bytes } from "../../shared/math/murmur3.ts";

/** hashFeature (shared/math/murmur3.ts) of the bytes from `start` to before `end`, as a VW file has them. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let from = start;
  let to = end;
  while (from < to && bytes[from]! <= 0x20) from++;
  while (from < to && bytes[to - 1]! <= 0x20) to--;
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return murmur3Bytes(bytes, from, to, seed);
    number = (Math.imul(number, 10) + digit) | 0;
  }
  return (number + seed) >>> 0;
}
