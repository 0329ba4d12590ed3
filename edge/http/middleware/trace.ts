import { createMiddleware } from "hono/factory";
import { readTraceContext, traceparentOf } from "../../observe/trace-context.ts";
import { hex } from "../../storage/hex.ts";
import type { AppEnv } from "../app-env.ts";

/**
 * Takes up the caller's trace or begins one, and says in the answer which, with this call as its part. `traceresponse` is what the next version of
 * the specification calls that: https://www.w3.org/TR/trace-context-2/
 */
export const trace = createMiddleware<AppEnv>(async (c, next) => {
  const context = readTraceContext(c.req.header("traceparent"), c.req.header("tracestate"));
  const traceId = context?.traceId ?? randomHex(16);
  c.set("traceId", traceId);
  const own = traceparentOf({ traceId, parentId: randomHex(8), sampled: context?.sampled ?? false });
  c.header("traceparent", own);
  c.header("traceresponse", own);
  if (context?.state) c.header("tracestate", context.state);
  await next();
});

/** Never zeros alone, which are no id. */
function randomHex(bytes: number): string {
  const drawn = hex(crypto.getRandomValues(new Uint8Array(bytes)));
  return /[1-9a-f]/.test(drawn) ? drawn : `${drawn.slice(1)}1`;
}
