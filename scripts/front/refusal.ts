import type { IncomingMessage, ServerResponse } from "node:http";
import { corsHeaders } from "../../edge/http/cors-headers.ts";
import { problemDocument } from "../../edge/http/problem-document.ts";
import { ProblemError, spread } from "../../edge/intake/problem.ts";
import { Span } from "../../edge/observe/span.ts";
import { readTraceContext } from "../../edge/observe/trace-context.ts";
import { discard } from "./bodies.ts";
import { RETRY } from "./limits.ts";
import type { Origins } from "./origins.ts";

/** To be come again with, in a moment. */
const unavailable = (detail: string): ProblemError =>
  new ProblemError(503, detail, [], { "retry-after": String(spread(RETRY)) });

export const full = (): ProblemError =>
  unavailable("The edge has as many calls in progress as it can have: try again later");

export const notAnswering = (): ProblemError =>
  unavailable("The edge does not answer at the moment: it may be starting again");

/** Answers in the Worker's stead, with the document and the headers that it would give. */
export function refuse(
  { request, response, origins }: { request: IncomingMessage; response: ServerResponse; origins: Origins },
  problem: ProblemError,
): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const { headers } = request;
  const span = Span.begin(readTraceContext(one(headers.traceparent), one(headers.tracestate)), false);
  const { text, headers: ofDocument } = problemDocument(problem, span.traceId);
  const origin = headers.origin !== undefined && origins.isAllowed(headers.origin) ? headers.origin : null;
  response.writeHead(problem.status, {
    ...span.headers,
    ...corsHeaders(origin),
    ...ofDocument,
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
  discard(request);
}

/** A header; where there were several, as one. */
const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(",") : header;
