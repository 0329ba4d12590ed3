import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { parseKey } from "../../../shared/contract/key-text.ts";
import { type Caller, OPEN, ROOT } from "../../intake/caller.ts";
import { findKey, isOpen } from "../../intake/keys.ts";
import { networkOf } from "../../intake/network.ts";
import { fieldProblem, ProblemError } from "../../intake/problem.ts";
import type { AppEnv } from "../app-env.ts";
import { addressOf } from "./address.ts";
import { notLoopback } from "./loopback.ts";
import { mayComeFrom, type Need, refusalOf } from "./who-may.ts";

/** Finds out who calls: whatever is asked for under /v1, and /metrics, also of what there is not, needs a key, once there is one. */
export const caller = createMiddleware<AppEnv>(async (c, next) => {
  const { path } = c.req;
  if (path.startsWith("/v1/") || path === "/v1" || path === "/metrics") c.set("caller", await callerOf(c));
  await next();
});

/** Refuses a call of a route that its caller may not make. The first middleware of every route (router.ts). */
export const requires = (need: Need) =>
  createMiddleware<AppEnv>(async (c, next) => {
    if (need.key !== "none") {
      const refused = refusalOf(need, c.get("caller"), c.req.param("model") ?? null);
      if (refused)
        throw new ProblemError(403, `The key may not do this: ${refused.field} ${refused.message}`, [refused]);
    }
    await next();
  });

/** Whether a call that needs no key comes from somebody who may be told everything. Where that cannot be found out, it does not. */
export async function isOperators(c: Context<AppEnv>): Promise<boolean> {
  try {
    const { kind, models } = await callerOf(c);
    return kind === "secret" && models === null;
  } catch {
    return false;
  }
}

/** @throws ProblemError 401 without a key that is taken; 403 when it is not of this place. */
async function callerOf(c: Context<AppEnv>): Promise<Caller> {
  if (await isOpen(c.env, c.executionCtx)) {
    const isDev = c.env.OPEN_MODE === "dev";
    const header = (name: string) => (isDev && name === "cf-connecting-ip" ? undefined : c.req.header(name));
    const stranger = notLoopback(c.req.url, header);
    if (stranger === null) return OPEN;
    throw new ProblemError(
      403,
      `There are no keys yet, and until there are the edge serves its own machine only: ${stranger}. Make one there with "npx edgewise keys create --secret", or set the secret ROOT_KEY and send it as "Authorization: Bearer ..."`,
    );
  }
  const { field, text } = presented(c);
  const found = await findKey(c.env, c.executionCtx, text);
  if ("problem" in found) throw notTaken(field, `has a key that ${found.problem}`);
  if (found.key === "root") return ROOT;
  const { id, kind, models, rate } = found.key;
  if (!mayComeFrom(found.key, originOf(c)))
    throw fieldProblem(403, "header.origin", "is not one of the origins that the key is for");
  // What has a secret key is a server, which speaks for all its visitors.
  const address = kind === "secret" ? null : addressOf(c);
  return { id, kind, models, rate, network: address && networkOf(address) };
}

/** The key that came with a request, and where it stood. WebSockets and beacons cannot have headers. */
function presented(c: Context<AppEnv>): { field: string; text: string } {
  const header = c.req.header("authorization");
  if (header !== undefined) {
    const match = /^Bearer +(\S+) *$/i.exec(header);
    if (!match) throw notTaken("header.authorization", "must be Bearer, a space, and the key");
    return { field: "header.authorization", text: match[1]! };
  }
  const text = c.req.query("key");
  if (text === undefined) throw notTaken("header.authorization", "is missing: send Bearer, a space, and a key");
  if (parseKey(text)?.kind !== "publishable")
    throw notTaken("query.key", "must be a publishable key: others stand in the header Authorization only");
  return { field: "query.key", text };
}

/** The origin of the page that calls. Browsers leave it out when a page gets something from its own origin. */
function originOf(c: Context<AppEnv>): string | null {
  const origin = c.req.header("origin");
  if (origin !== undefined) return origin;
  const site = c.req.header("sec-fetch-site");
  return site === undefined || site === "same-origin" ? new URL(c.req.url).origin : null;
}

const notTaken = (field: string, message: string): ProblemError =>
  new ProblemError(401, `${field} ${message}`, [{ field, message }], { "www-authenticate": 'Bearer realm="edgewise"' });
