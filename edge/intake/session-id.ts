import { issuedTo, networkNumber, RANDOM, SIGNATURE, SIGNED } from "../../shared/contract/issued-session.ts";
import type { Draw } from "../log/messages.ts";
import { DAY } from "../registry/messages.ts";

/**
 * Ids of sessions that the edge issues, as shared/contract/issued-session.ts lays them out. What is in front is signed by an HMAC-SHA-256, cut to 128 bits: to hit one
 * takes 2^127 tries of the edge (RFC 2104, section 5). So whoever has the secret sees from the id alone that an edge issued it, when and to whom, and nobody
 * else can make one up, or choose of his own among the numbers that a session draws by (DESIGN, rule 5).
 */

/** @param secret an HMAC-SHA-256 key. @param random RANDOM bytes. @param to whom, from 0 to 65,535. @param now ms since the epoch. */
export async function sessionIdOf(secret: CryptoKey, random: Uint8Array, to: number, now: number): Promise<string> {
  const bytes = new Uint8Array(SIGNED + SIGNATURE);
  bytes.set(random.subarray(0, RANDOM));
  const view = new DataView(bytes.buffer);
  view.setUint16(RANDOM, to);
  view.setUint16(RANDOM + 2, Math.floor(now / DAY));
  bytes.set(await signature(secret, bytes.slice(0, SIGNED)), SIGNED);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/**
 * The number by which the sessions of a network know it: of some 16 million networks about 256 have each, and without the secret nobody knows which. With another
 * secret, which there is every 90 days, they have others.
 */
export async function numberOf(secret: CryptoKey, network: string): Promise<number> {
  const bytes = await signature(secret, new TextEncoder().encode(`network ${network}`));
  return networkNumber(new DataView(bytes.buffer, bytes.byteOffset).getUint16(0));
}

/** Whether one of the secrets made a session id, at most SESSION_DAYS ago. */
export async function isIssued(secrets: readonly CryptoKey[], session: string, now: number): Promise<boolean> {
  if (issuedTo(session, now) === null) return false;
  const bytes = Uint8Array.from(atob(session.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const signed = bytes.slice(0, SIGNED);
  for (const secret of secrets) if (areEqual(await signature(secret, signed), bytes.subarray(SIGNED))) return true;
  return false;
}

/** What a decision id says of a session's draw, `<session>.<n>` or `<session>.<n>.<slot>`; null when it says something else. */
export function drawOf(decisionId: string): Draw | null {
  const match = /^([^.]+)\.(0|[1-9]\d{0,8})(?:\.([1-9]\d?))?$/.exec(decisionId);
  return match && { session: match[1]!, n: Number(match[2]), slot: Number(match[3] ?? 0) };
}

async function signature(secret: CryptoKey, bytes: BufferSource): Promise<Uint8Array> {
  const full = await crypto.subtle.sign("HMAC", secret, bytes);
  return new Uint8Array(full, 0, SIGNATURE);
}

/** Takes as long whatever differs: the time tells nobody how much of a signature is right. */
function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a[i]! ^ (b[i] ?? 0);
  return different === 0;
}
