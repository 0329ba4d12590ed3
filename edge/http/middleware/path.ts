import { createMiddleware } from "hono/factory";
import { fieldProblem } from "../../intake/problem.ts";

/** Refuses a path whose percent-encoding is broken: the router would take it for what it is not. */
export const wellFormedPath = createMiddleware(async (c, next) => {
  if (c.req.url.includes("%"))
    try {
      decodeURIComponent(new URL(c.req.url).pathname);
    } catch {
      throw fieldProblem(400, "path", "has percent-encoding that is not UTF-8");
    }
  await next();
});
