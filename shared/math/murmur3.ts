const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/**
 * MurmurHash3_x86_32 (Austin Appleby) of the UTF-8 bytes of `key`.
 *
 * Text is encoded by hand into a buffer that is kept:
 * TextEncoder is a platform API, which `shared/` does without, and would allocate on every call.
 * A lone surrogate counts as U+FFFD, as in TextEncoder.
 */
export function murmur3(key: string, seed: number): number {
  return murmur3Range(key, 0, key.length, seed);
}

/** MurmurHash3_x86_32 of the bytes from `start` to before `end`. */
export function murmur3Bytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0;
  const blocksEnd = start + ((end - start) & ~3);
  let i = start;
  for (; i < blocksEnd; i += 4)
    hash = mixBlock(hash, bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24));
  let tail = 0;
  for (let shift = 0; i < end; i++, shift += 8) tail |= bytes[i]! << shift;
  return finish(hash, tail, end - start);
}

/** As murmur3, of the characters from `start` to before `end`. */
export function murmur3Range(key: string, start: number, end: number, seed: number): number {
  const length = encodeUtf8(key, start, end);
  return murmur3Bytes(encoded, 0, length, seed);
}

function mixBlock(hash: number, block: number): number {
  const k = Math.imul(block, C1);
  const h = hash ^ Math.imul((k << 15) | (k >>> 17), C2);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** @param length in bytes. */
function finish(hash: number, tail: number, length: number): number {
  const k = Math.imul(tail, C1);
  let h = hash ^ Math.imul((k << 15) | (k >>> 17), C2) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

let encoded = new Uint8Array(1024);

/** Writes UTF-8 to `encoded`; returns the number of bytes. */
function encodeUtf8(text: string, start: number, end: number): number {
  if (encoded.length < 3 * (end - start)) encoded = new Uint8Array(3 * (end - start));
  const bytes = encoded;
  let n = 0;
  for (let i = start; i < end; i++) {
    let c = text.charCodeAt(i);
    // How many bytes follow the first, each of six bits.
    let follow = 0;
    if (c >= 0x80) {
      c = text.codePointAt(i)!;
      if (c >= 0x10000) i++;
      else if (c >> 11 === 0x1b) c = 0xfffd;
      follow = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    }
    bytes[n++] = (c >> (6 * follow)) | (follow && 0xf00 >> (follow + 1));
    while (follow-- > 0) bytes[n++] = 0x80 | ((c >> (6 * follow)) & 0x3f);
  }
  return n;
}
