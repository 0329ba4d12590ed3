import { CLOCK_DAYS, SESSION_DAYS } from "./limits.ts";

/**
 * What an issued session's id says. One is RANDOM random bytes, whom it was issued to (2 bytes), the day of issue (days since the epoch, 2 bytes, the greater
 * first), and a signature of all that, as URL-safe base64, which has no dot. So log and learners know of a decision, from its id alone, who could make it,
 * and no address is in the log.
 */

/** Bytes before whom it was issued to. */
export const RANDOM = 10;
/** Bytes before the signature. */
export const SIGNED = RANDOM + 2 + 2;
/** Bytes of the signature. */
export const SIGNATURE = 16;
const ISSUED = /^[A-Za-z0-9_-]{40}$/;
const DAY = 24 * 3_600_000;

/**
 * Whom a session was issued to. `CALL`: to one call of somebody who is trusted, for its decision. `LOCAL`: to a page of this machine, while there were no keys.
 * `UNKNOWN`: to a stranger of whose network nothing is known. All else: to a stranger in the network of that number, which it shares with many.
 */
export const CALL = 0;
export const LOCAL = 1;
export const UNKNOWN = 65_535;

/** The session that a decision id belongs to: what stands before its first dot, or all of it. */
export function sessionOf(decisionId: string): string {
  const dot = decisionId.indexOf(".");
  return dot < 0 ? decisionId : decisionId.slice(0, dot);
}

/** The number of the network for the 16 bits that were derived from it. */
export const networkNumber = (bits: number): number => LOCAL + 1 + (bits % (UNKNOWN - LOCAL - 1));

/**
 * Whom a session was issued to, by its id; null when it has not the form of an issued session, or is not taken at a time, ms since the epoch, of the door's own clock.
 * Whether the signature is right, only the edge can say; it takes no others from strangers.
 */
export const issuedTo = (session: string, at: number): number | null => issuedWithin(session, at, 0);

/**
 * The same of what was taken, by the log's time or by a clock that has gone on since: null only when no door can have taken it. So nobody escapes what holds for strangers
 * by sending in the last moments of a session, which are the day after when the log gets it.
 */
export const takenFrom = (session: string, at: number): number | null => issuedWithin(session, at, CLOCK_DAYS);

/** @param apart days by which clocks may differ besides. */
function issuedWithin(session: string, at: number, apart: number): number | null {
  if (!ISSUED.test(session)) return null;
  // Bytes 9 to 11, and 12 to 14.
  const before = sextets(session, 12);
  const after = sextets(session, 16);
  const age = Math.floor(at / DAY) - (after >>> 8);
  // Another isolate's clock may be in the next day already.
  return age < -1 - apart || age > SESSION_DAYS + apart ? null : before & 0xffff;
}

/** Four characters of URL-safe base64, from one on, as 24 bits. */
function sextets(text: string, from: number): number {
  let bits = 0;
  for (let i = from; i < from + 4; i++) bits = bits * 64 + ALPHABET.indexOf(text[i]!);
  return bits;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
