import { createMiddleware } from "hono/factory";
import { Span } from "../../observe/span.ts";
import { readTraceContext } from "../../observe/trace-context.ts";
import type { AppEnv } from "../app-env.ts";
import { SAMPLED_RATE } from "../limits.ts";
import { TokenBuckets } from "../token-buckets.ts";

/** How many traces are written down: whoever calls says whether his is to be, and could have lines written for each of his calls. */
const sampled = new TokenBuckets(1);

/**
 * Takes up the caller's trace or begins one, and says in the answer which, with this call as its part. `traceresponse` is what the next version of
 * the specification calls that: https://www.w3.org/TR/trace-context-2/
 */
export const trace = createMiddleware<AppEnv>(async (c, next) => {
  const context = readTraceContext(c.req.header("traceparent"), c.req.header("tracestate"));
  const isSampled = context?.sampled === true && sampled.take("all", 1, SAMPLED_RATE, Date.now()) === 0;
  const span = Span.begin(context, isSampled);
  c.set("span", span);
  for (const [name, value] of Object.entries(span.headers)) c.header(name, value);
  await next();
});
