import type { Env } from "../env.ts";

/** What Hono's context carries: the bindings, and what middleware adds. */
export type AppEnv = { Bindings: Env; Variables: { traceId: string } };
