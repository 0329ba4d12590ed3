import { createMiddleware } from "hono/factory";
import { isKeysOrigin, isOpen } from "../../intake/keys.ts";
import type { AppEnv } from "../app-env.ts";
import { isLoopbackOrigin } from "./loopback.ts";

/**
 * Pages of the origins that some key is for may read answers; while there are no keys, those of this machine. Without cookies or other
 * credentials of the browser's, so no answer depends on who is logged in where.
 * (Hono's own middleware makes every response again, which takes the socket out of an upgrade's.)
 */
export const cors = createMiddleware<AppEnv>(async (c, next) => {
  const origin = c.req.header("origin");
  const isKnown =
    origin !== undefined &&
    ((await isOpen(c.env, c.executionCtx))
      ? isLoopbackOrigin(origin)
      : await isKeysOrigin(c.env, c.executionCtx, origin));
  if (c.req.method === "OPTIONS" && c.req.header("access-control-request-method"))
    return c.body(null, 204, {
      vary: "origin",
      ...(isKnown && {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "GET, HEAD, POST",
        "access-control-allow-headers": "authorization, content-type, traceparent, tracestate",
        "access-control-max-age": "86400",
      }),
    });
  c.header("vary", "origin");
  if (isKnown) {
    c.header("access-control-allow-origin", origin);
    c.header(
      "access-control-expose-headers",
      "etag, retry-after, server-timing, traceparent, traceresponse, tracestate",
    );
  }
  await next();
});
