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
    spend(keys, id, 1, { perSecond, burst: Math.max(1, perSecond * KEY_BURST) }, "key");
  }
  const address = addressOf(c);
  if (address !== null) spend(addresses, address, 1, ADDRESS_RATE, "address");
  return next();
});

/** Counts what comes for a decision, as what is of its session: once it is known that who calls may speak of that. @throws ProblemError 429 */
export function countSession(id: string): void {
  // An id without a dot is of no session.
  if (id.includes(".")) spend(sessions, sessionOf(id), 1, SESSION_RATE, "session");
}

/**
 * The same of all that came together, some of each session.
 * @returns after how many seconds those may come again of which there is too much. @throws ProblemError 429 when that is all of them
 */
export function countSessions(counts: ReadonlyMap<string, number>): Map<string, number> {
  const waits = new Map<string, number>();
  for (const [session, n] of counts) {
    const wait = sessions.take(session, n, SESSION_RATE, Date.now());
    if (wait === 0) continue;
    counted.add(REFUSED, ["session"]);
    waits.set(session, Math.ceil(wait) + spread(1) - 1);
  }
  if (waits.size > 0 && waits.size === counts.size) throw tooMuch("session", Math.min(...waits.values()));
  return waits;
}

function spend(buckets: TokenBuckets, name: string, n: number, rate: Rate, what: "key" | "address" | "session"): void {
  const wait = buckets.take(name, n, rate, Date.now());
  if (wait === 0) return;
  counted.add(REFUSED, [what]);
  throw tooMuch(what, Math.ceil(wait) + spread(1) - 1);
}

const tooMuch = (what: string, seconds: number): ProblemError =>
  new ProblemError(429, `There is too much from this ${what}: try again later`, [], { "retry-after": String(seconds) });
