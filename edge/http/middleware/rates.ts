import { createMiddleware } from "hono/factory";
import { sessionOf } from "../../../shared/contract/issued-session.ts";
import { ProblemError, spread } from "../../intake/problem.ts";
import { REFUSED } from "../../observe/families.ts";
import { counts as counted } from "../../observe/isolate-reports.ts";
import type { AppEnv } from "../app-env.ts";
import { ADDRESS_RATE, KEY_BURST, MAX_BUCKETS, SESSION_RATE } from "../limits.ts";
import { type Rate, TokenBuckets } from "../token-buckets.ts";
import { addressOf } from "./address.ts";

/**
 * How often one key, one address and one session may call. Each isolate counts for itself: on the platform, where there are many, more gets
 * through in all, and what an isolate could not bear does not.
 */
const keys = new TokenBuckets(MAX_BUCKETS);
const addresses = new TokenBuckets(MAX_BUCKETS);
const sessions = new TokenBuckets(MAX_BUCKETS);

/** By key, where it says its rate, and by address, where the platform says that. @throws ProblemError 429 */
export const rates = createMiddleware<AppEnv>(async (c, next) => {
  if (!c.req.path.startsWith("/v1/")) return next();
  const { id, rate } = c.get("caller");
  if (rate !== null) {
    const perSecond = rate / 60;
    requireRate(keys, id, { perSecond, burst: Math.max(1, perSecond * KEY_BURST) }, "key");
  }
  const address = addressOf(c);
  if (address !== null) requireRate(addresses, address, ADDRESS_RATE, "address");
  return next();
});

/**
 * Counts what comes for decisions by their ids, as what is of their sessions: once it is known that who calls may speak of these.
 * @returns after how many seconds those sessions may come again of which there is too much. @throws ProblemError 429 when that is all of them
 */
export function countSessions(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  // An id without a dot is of no session.
  for (const session of ids.filter((id) => id.includes(".")).map(sessionOf))
    counts.set(session, (counts.get(session) ?? 0) + 1);
  const waits = new Map<string, number>();
  for (const [session, n] of counts) {
    const wait = spend(sessions, session, n, SESSION_RATE, "session");
    if (wait > 0) waits.set(session, wait);
  }
  if (waits.size > 0 && waits.size === counts.size) throw tooMuch("session", Math.min(...waits.values()));
  return waits;
}

type Of = "key" | "address" | "session";

/** @throws ProblemError 429 */
function requireRate(buckets: TokenBuckets, name: string, rate: Rate, what: Of): void {
  const wait = spend(buckets, name, 1, rate, what);
  if (wait > 0) throw tooMuch(what, wait);
}

/** @returns 0, or after how many seconds there may be as much again. */
function spend(buckets: TokenBuckets, name: string, n: number, rate: Rate, what: Of): number {
  const wait = buckets.take(name, n, rate, Date.now());
  if (wait === 0) return 0;
  counted.add(REFUSED, [what]);
  return Math.ceil(wait) + spread(1) - 1;
}

const tooMuch = (what: Of, seconds: number): ProblemError =>
  new ProblemError(429, `There is too much from this ${what}: try again later`, [], { "retry-after": String(seconds) });
