/**
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012) of bytes: 64 bits as 16 hex digits, in the order in which the
 * reference writes them. Without the key nobody can tell what a hash is of, nor find something else of the same.
 *
 * @param key 16 random bytes.
 * @example sipHash(key, utf8.encode("visitor-7")) // "3f1a…"
 */
export function sipHash(key: Uint8Array, bytes: Uint8Array): string {
  if (key.length !== 16) throw new RangeError(`a key has 16 bytes, not ${key.length}`);
  return hashOf(key, bytes);
}

/**
 * v0 to v3, each as its lower and its upper half. Strangers choose what is hashed and how much of it there is, and as bigints a name took ten times as long. Nobody waits in between, so one is
 * enough.
 */
const v = new Int32Array(8);
const V0 = 0;
const V1 = 2;
const V2 = 4;
const V3 = 6;

/** SipHash-2-4 of bytes. */
function hashOf(key: Uint8Array, bytes: Uint8Array): string {
  // "somepseudorandomlygeneratedbytes", as the reference has it.
  v.set(START);
  for (let half = 0; half < 8; half++) v[half]! ^= half32(key, (half * 4) % 16);
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) take(half32(bytes, at), half32(bytes, at + 4));
  take(half32(bytes, whole), half32(bytes, whole + 4) | (bytes.length << 24));
  v[V2]! ^= 0xff;
  for (let i = 0; i < 4; i++) round();
  return hex(v[V0]! ^ v[V1]! ^ v[V2]! ^ v[V3]!) + hex(v[V0 + 1]! ^ v[V1 + 1]! ^ v[V2 + 1]! ^ v[V3 + 1]!);
}
const START = [0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462];

function take(low: number, high: number): void {
  v[V3]! ^= low;
  v[V3 + 1]! ^= high;
  round();
  round();
  v[V0]! ^= low;
  v[V0 + 1]! ^= high;
}

function round(): void {
  add(V0, V1);
  rotate(V1, 13);
  xor(V1, V0);
  swap(V0);
  add(V2, V3);
  rotate(V3, 16);
  xor(V3, V2);
  add(V0, V3);
  rotate(V3, 21);
  xor(V3, V0);
  add(V2, V1);
  rotate(V1, 17);
  xor(V1, V2);
  swap(V2);
}

function add(to: number, from: number): void {
  const low = (v[to]! >>> 0) + (v[from]! >>> 0);
  v[to] = low;
  v[to + 1] = v[to + 1]! + v[from + 1]! + (low > 0xffff_ffff ? 1 : 0);
}

function xor(to: number, from: number): void {
  v[to]! ^= v[from]!;
  v[to + 1]! ^= v[from + 1]!;
}

/** To the left, by less than 32 bits. */
function rotate(at: number, by: number): void {
  const low = v[at]!;
  const high = v[at + 1]!;
  v[at] = (low << by) | (high >>> (32 - by));
  v[at + 1] = (high << by) | (low >>> (32 - by));
}

/** By 32 bits. */
function swap(at: number): void {
  const low = v[at]!;
  v[at] = v[at + 1]!;
  v[at + 1] = low;
}

/** The lower byte first; zeros behind the end. */
function half32(bytes: Uint8Array, at: number): number {
  const left = bytes.length - at;
  if (left >= 4) return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  let half = 0;
  for (let i = 0; i < left; i++) half |= bytes[at + i]! << (8 * i);
  return half;
}

const hex = (half: number): string =>
  HEX[half & 0xff]! + HEX[(half >>> 8) & 0xff]! + HEX[(half >>> 16) & 0xff]! + HEX[half >>> 24]!;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
