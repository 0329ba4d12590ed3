import { createMiddleware } from "hono/factory";

/**
 * Pages of any origin may call; without cookies or other credentials, so no answer depends on who is logged in where.
 * (Hono's own middleware makes every response again, which takes the socket out of an upgrade's.)
 */
export const cors = createMiddleware(async (c, next) => {
  if (c.req.method === "OPTIONS" && c.req.header("access-control-request-method"))
    return c.body(null, 204, {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": "content-type, traceparent",
      "access-control-max-age": "86400",
    });
  c.header("access-control-allow-origin", "*");
  c.header("access-control-expose-headers", "etag, retry-after, server-timing, traceparent");
  await next();
});
