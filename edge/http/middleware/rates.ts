import { createMiddleware } from "hono/factory";
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

/** Counts what comes for decisions by their ids, as what is of their sessions. @throws ProblemError 429 */
export function countSessions(ids: readonly (string | null)[]): void {
  const counts = new Map<string, number>();
  for (const id of ids) {
    const dot = id?.indexOf(".") ?? -1;
    // An id without a dot is of no session.
    if (dot > 0) counts.set(id!.slice(0, dot), (counts.get(id!.slice(0, dot)) ?? 0) + 1);
  }
  for (const [session, n] of counts) spend(sessions, session, n, SESSION_RATE, "session");
}

function spend(buckets: TokenBuckets, name: string, n: number, rate: Rate, what: "key" | "address" | "session"): void {
  const wait = buckets.take(name, n, rate, Date.now());
  if (wait === 0) return;
  counted.add(REFUSED, [what]);
  throw new ProblemError(429, `There is too much from this ${what}: try again later`, [], {
    "retry-after": String(Math.ceil(wait) + spread(1) - 1),
  });
}
