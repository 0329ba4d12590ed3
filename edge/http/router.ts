import { OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { ZodError } from "zod";
import { fieldErrors } from "../intake/field-errors.ts";
import { ProblemError } from "../intake/problem.ts";
import type { AppEnv } from "./app-env.ts";
import { requires } from "./middleware/caller.ts";
import type { Need } from "./middleware/who-may.ts";

const parts: Record<string, string> = { json: "body", param: "path", query: "query", header: "header" };

/**
 * A router for one resource. Every route of it is asked for by who may ask for it only. What a route's schema does not accept becomes a problem that
 * names the fields.
 */
export function router(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const part = parts[result.target] ?? result.target;
      const { issues } = result.error as ZodError;
      throw new ProblemError(400, `The ${part} is not valid`, fieldErrors(part, issues));
    },
  });
  const { openapi } = app;
  app.openapi = ((route: RouteConfig & { needs?: Need }, ...rest: [never, never]) => {
    const { needs, middleware = [], ...config } = route;
    if (!needs) throw new Error(`${route.method} ${route.path} does not say what a call needs: make it with apiRoute`);
    const others = middleware as MiddlewareHandler | MiddlewareHandler[];
    return openapi({ ...config, middleware: [requires(needs), others].flat() } as never, ...rest);
  }) as typeof openapi;
  return app;
}
