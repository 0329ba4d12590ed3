import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { REQUESTS } from "../observe/families.ts";
import { counts } from "../observe/isolate-reports.ts";
import { Span } from "../observe/span.ts";
import { readTraceContext } from "../observe/trace-context.ts";
import { app } from "./app.ts";
import { corsHeaders } from "./cors-headers.ts";
import { full, isFull } from "./middleware/admit.ts";
import { isKnownOrigin } from "./middleware/cors.ts";
import { countedMethod } from "./middleware/request-metrics.ts";
import { problemDocument } from "./problem-document.ts";

/**
 * Where requests come in. While the isolate is full, calls under /v1 are sent away here and not by a middleware: the less that costs, the more time is left for those that
 * are in.
 */
export function front(request: Request, env: Env, context: ExecutionContext): Response | Promise<Response> {
  // Whether a page of another origin may call at all, it is told.
  if (isCall(request.url) && request.method !== "OPTIONS" && isFull()) return sentAway(request, env, context);
  return app.fetch(request, env, context);
}

/** Under `http://host/v1/`. */
const isCall = (url: string): boolean => url.startsWith("/v1/", url.indexOf("/", url.indexOf("//") + 2));

/** The same answer as a middleware would give. */
async function sentAway({ headers, method }: Request, env: Env, background: Background): Promise<Response> {
  const header = (name: string) => headers.get(name) ?? undefined;
  const span = Span.begin(readTraceContext(header("traceparent"), header("tracestate")), false);
  const origin = headers.get("origin");
  const isKnown = origin !== null && (await isKnownOrigin(env, background, origin));
  const problem = full();
  const document = problemDocument(problem, span.traceId);
  counts.add(REQUESTS, [countedMethod(method), "/v1/*", problem.status]);
  return new Response(document.text, {
    status: problem.status,
    headers: { ...span.headers, ...corsHeaders(isKnown ? origin : null), ...document.headers },
  });
}
