import { LOCAL, RANDOM, SIGNATURE, SIGNED } from "./issued-session.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * An id in the form of the n-th session that was issued to somebody at a time, with nothing for a signature: no edge takes it from strangers, so it is for those who speak to the
 * log itself, as simulations and tests do.
 */
export function unsignedSession(n: number, at: number, to = LOCAL): string {
  const bytes = new Uint8Array(SIGNED + SIGNATURE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, n);
  view.setUint16(RANDOM, to);
  view.setUint16(RANDOM + 2, Math.floor(at / 86_400_000));
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = (bytes[i]! << 16) | (bytes[i + 1]! << 8) | bytes[i + 2]!;
    for (const shift of [18, 12, 6, 0]) text += ALPHABET[(bits >>> shift) & 63];
  }
  return text;
}
