import { SESSION_DAYS } from "../../shared/contract/limits.ts";
import type { Draw } from "../log/messages.ts";
import { DAY } from "../registry/messages.ts";

/**
 * Ids of sessions that the edge issues. One is 12 random bytes, the day of issue (days since the epoch, 2 bytes, the greater first) and the first 16
 * bytes of an HMAC-SHA-256 of both, as URL-safe base64, which has no dot. So whoever has the secret sees from the id alone that an edge issued it,
 * and when, and nobody else can make one up, or choose of his own among the numbers that a session draws by (DESIGN, rule 5).
 */

const RANDOM = 12;
const SIGNED = RANDOM + 2;
/** HMAC may be cut to 128 bits (RFC 2104, section 5): to hit one takes 2^127 tries of the edge. */
const SIGNATURE = 16;
const ISSUED = /^[A-Za-z0-9_-]{40}$/;

/** @param secret an HMAC-SHA-256 key. @param random 12 bytes. @param now ms since the epoch. */
export async function sessionIdOf(secret: CryptoKey, random: Uint8Array, now: number): Promise<string> {
  const bytes = new Uint8Array(SIGNED + SIGNATURE);
  bytes.set(random.subarray(0, RANDOM));
  new DataView(bytes.buffer).setUint16(RANDOM, Math.floor(now / DAY));
  bytes.set(await signature(secret, bytes), SIGNED);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** Whether one of the secrets made a session id, at most SESSION_DAYS ago. */
export async function isIssued(secrets: readonly CryptoKey[], session: string, now: number): Promise<boolean> {
  if (!ISSUED.test(session)) return false;
  const bytes = Uint8Array.from(atob(session.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const age = Math.floor(now / DAY) - new DataView(bytes.buffer).getUint16(RANDOM);
  // Another isolate's clock may be in the next day already.
  if (age < -1 || age > SESSION_DAYS) return false;
  for (const secret of secrets) if (areEqual(await signature(secret, bytes), bytes.subarray(SIGNED))) return true;
  return false;
}

/** What a decision id says of a session's draw, `<session>.<n>` or `<session>.<n>.<slot>`; null when it says something else. */
export function drawOf(decisionId: string): Draw | null {
  const match = /^([^.]+)\.(0|[1-9]\d{0,8})(?:\.([1-9]\d?))?$/.exec(decisionId);
  return match && { session: match[1]!, n: Number(match[2]), slot: Number(match[3] ?? 0) };
}

async function signature(secret: CryptoKey, bytes: Uint8Array): Promise<Uint8Array> {
  const full = await crypto.subtle.sign("HMAC", secret, bytes.slice(0, SIGNED));
  return new Uint8Array(full, 0, SIGNATURE);
}

/** Takes as long whatever differs: the time tells nobody how much of a signature is right. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a[i]! ^ (b[i] ?? 0);
  return different === 0;
}
