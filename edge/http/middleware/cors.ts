import { createMiddleware } from "hono/factory";
import type { Background } from "../../background.ts";
import type { Env } from "../../env.ts";
import { isKeysOrigin, isOpen } from "../../intake/keys.ts";
import type { AppEnv } from "../app-env.ts";
import { corsHeaders } from "../cors-headers.ts";
import { isLoopbackOrigin } from "./loopback.ts";

const HEADERS = "authorization, baggage, content-encoding, content-type, traceparent, tracestate";

/**
 * Pages of the origins that some key is for may read answers; while there are no keys, those of this machine. Without cookies or other
 * credentials of the browser's, so no answer depends on who is logged in where.
 * (Hono's own middleware makes every response again, which takes the socket out of an upgrade's.)
 */
export const cors = createMiddleware<AppEnv>(async (c, next) => {
  const origin = c.req.header("origin");
  const isKnown = origin !== undefined && (await isKnownOrigin(c.env, c.executionCtx, origin));
  if (c.req.method === "OPTIONS" && c.req.header("access-control-request-method"))
    return c.body(null, 204, {
      vary: "origin, access-control-request-headers",
      ...(isKnown && {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, HEAD, POST",
        // A site's monitoring adds headers of its own to every request, under more names than anybody can list; whoever calls without a browser sends any.
        "access-control-allow-headers": c.req.header("access-control-request-headers") ?? HEADERS,
        "access-control-max-age": "86400",
      }),
    });
  for (const [name, value] of Object.entries(corsHeaders(isKnown ? origin : null))) c.header(name, value);
  await next();
});

/** Whether the pages of an origin may read answers. While the keys cannot be read, none may. Never throws: who needs no key is answered all the same. */
export async function isKnownOrigin(env: Env, background: Background, origin: string): Promise<boolean> {
  try {
    return (await isOpen(env, background)) ? isLoopbackOrigin(origin) : await isKeysOrigin(env, background, origin);
  } catch {
    return false;
  }
}
