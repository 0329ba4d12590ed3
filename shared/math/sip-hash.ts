/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of bytes: 64 bits as 16 hex digits, in the order in which the
 * reference writes them. Without the key nobody can tell what a hash is of, nor find something else of the same.
 *
 * @param key 16 random bytes.
 * @example sipHash(key, utf8.encode("visitor-7")) // "3f1a…"
 */
export function sipHash(key: Uint8Array, bytes: Uint8Array): string {
  if (key.length !== 16) throw new RangeError(`a key has 16 bytes, not ${key.length}`);
  return hex(hashOf(key, bytes));
}

const MASK = (1n << 64n) - 1n;
const rotated = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & MASK;

/** SipHash-2-4 of bytes. Numbers of 64 bits are rare enough here for bigint: a name takes some microseconds. */
function hashOf(key: Uint8Array, bytes: Uint8Array): bigint {
  const k0 = word(key, 0);
  const k1 = word(key, 8);
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const round = () => {
    v0 = (v0 + v1) & MASK;
    v1 = rotated(v1, 13n) ^ v0;
    v0 = rotated(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotated(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotated(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotated(v1, 17n) ^ v2;
    v2 = rotated(v2, 32n);
  };
  const take = (m: bigint) => {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  };
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) take(word(bytes, at));
  const last = new Uint8Array(8);
  last.set(bytes.subarray(whole));
  last[7] = bytes.length & 0xff;
  take(word(last, 0));
  v2 ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

const word = (bytes: Uint8Array, at: number): bigint =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at, true);

function hex(hash: bigint): string {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, hash, true);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
