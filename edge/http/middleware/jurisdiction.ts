import { createMiddleware } from "hono/factory";
import { inJurisdiction } from "../../storage/jurisdiction.ts";
import type { AppEnv } from "../app-env.ts";

/** Objects are called in the jurisdiction that is set. */
export const jurisdiction = createMiddleware<AppEnv>(async (c, next) => {
  c.env = inJurisdiction(c.env);
  await next();
});
