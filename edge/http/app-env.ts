import type { Env } from "../env.ts";
import type { Caller } from "../intake/caller.ts";
import type { Span } from "../observe/span.ts";

/**
 * What Hono's context carries: the bindings, and what middleware adds. `caller`: of whatever needs a key; `arrived`: to be
 * called when the body is there, under /v1.
 */
export type AppEnv = {
  Bindings: Env;
  Variables: { span: Span; caller: Caller; arrived?: (bytes?: number) => Promise<void> };
};
