import type { Context, Hono } from "hono";
import { ProblemError } from "../intake/problem.ts";
import type { AppEnv } from "./app-env.ts";

/**
 * What to answer when no route matches: 405 with what is allowed when the path is a route's, 404 for other paths of the
 * API, and the static assets for everything else.
 */
export function notFound(app: Hono<AppEnv>): (c: Context<AppEnv>) => Promise<Response> {
  const routes = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => ({ method, pattern: new RegExp(`^${path.replaceAll(/:[^/]+/g, "[^/]+")}$`) }));
  return async (c) => {
    const { path, method } = c.req;
    const methods = new Set(routes.filter(({ pattern }) => pattern.test(path)).map((route) => route.method));
    if (methods.size > 0) throw notAllowed(method, path, methods);
    if (path.startsWith("/v1/")) throw nothingAt(path);
    if (method !== "GET" && method !== "HEAD") throw notAllowed(method, path, new Set(["GET"]));
    const asset = await c.env.ASSETS.fetch(c.req.raw);
    if (asset.status === 404) throw nothingAt(path);
    return c.newResponse(asset.body, asset);
  };
}

const nothingAt = (path: string): ProblemError =>
  new ProblemError(404, `There is nothing at ${path.slice(0, 200)}`, [{ field: "path", message: "is not of the API" }]);

function notAllowed(method: string, path: string, methods: Set<string>): ProblemError {
  if (methods.has("GET")) methods.add("HEAD");
  const allow = [...methods].sort().join(", ");
  return new ProblemError(
    405,
    `${method} is not possible at ${path.slice(0, 200)}`,
    [{ field: "method", message: `must be one of ${allow}` }],
    { allow },
  );
}
