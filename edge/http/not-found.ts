import type { Context, Hono } from "hono";
import { ProblemError } from "../intake/problem.ts";
import type { AppEnv } from "./app-env.ts";
import { isLoopbackOrigin } from "./middleware/loopback.ts";

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
    const asset = await assetFor(c);
    if (asset.status === 404) throw nothingAt(path);
    return c.newResponse(asset.body, asset);
  };
}

/**
 * The static file that was asked for. Pages of this machine are being developed, and get the SDK that warns of their mistakes, where the build has one. On Cloudflare assets are served before the
 * Worker is asked.
 */
async function assetFor({ req, env }: Context<AppEnv>): Promise<Response> {
  const referrer = req.header("referer");
  if (req.path !== "/sdk.js" || !referrer || !URL.canParse(referrer) || !isLoopbackOrigin(new URL(referrer).origin))
    return env.ASSETS.fetch(req.raw);
  const asset = await env.ASSETS.fetch(new Request(new URL("/sdk.development.js", req.url), req.raw));
  if (asset.status === 404) return env.ASSETS.fetch(req.raw);
  const headers = new Headers(asset.headers);
  headers.set("vary", "Referer");
  return new Response(asset.body, { status: asset.status, headers });
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
