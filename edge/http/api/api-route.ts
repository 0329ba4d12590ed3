import { createRoute, type RouteConfig } from "@hono/zod-openapi";
import type { Need } from "../middleware/who-may.ts";
import { problems } from "./responses.ts";

/** How keys are sent, for the OpenAPI document. A publishable key may stand in the query, for WebSockets and beacons. */
export const securitySchemes = {
  secretKey: { type: "http", scheme: "bearer", description: "A secret key: sk_..." },
  publishableKey: { type: "http", scheme: "bearer", description: "A publishable key, from one of its origins: pk_..." },
  publishableKeyInQuery: { type: "apiKey", in: "query", name: "key", description: "The same, without a header" },
} as const;

const schemesOf = {
  none: [],
  publishable: [{ publishableKey: [] }, { publishableKeyInQuery: [] }, { secretKey: [] }],
  secret: [{ secretKey: [] }],
};

/** A route of the API, with what a call of it needs: there is none without (router.ts). */
export const apiRoute = <P extends string, R extends Omit<RouteConfig, "path"> & { path: P; needs: Need }>(route: R) =>
  createRoute<P, R>({
    ...route,
    security: schemesOf[route.needs.key],
    responses: { ...(route.needs.key !== "none" && problems(401, 403)), ...route.responses },
  });
