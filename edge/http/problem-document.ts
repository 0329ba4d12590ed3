import { withoutKeys } from "../../shared/contract/key-text.ts";
import type { Problem } from "../../shared/contract/problem.ts";
import type { ProblemError } from "../intake/problem.ts";

const titles: Record<number, string> = {
  400: "Bad request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  408: "Request timeout",
  409: "Conflict",
  413: "Body too large",
  415: "Unsupported media type",
  422: "Unprocessable content",
  426: "Upgrade required",
  429: "Too many requests",
  500: "Internal error",
  503: "Unavailable",
  507: "Insufficient storage",
};

/** The problem document of an error (RFC 9457), and the headers that go with it. @param more members beside the standard ones. */
export function problemDocument(error: ProblemError, traceId: string, more: object = {}) {
  const body: Problem = {
    type: "about:blank",
    title: titles[error.status] ?? "Error",
    status: error.status,
    detail: error.message,
    ...(error.errors.length > 0 && { errors: error.errors }),
    traceId,
  };
  // Some problems quote the path, and a caller may have put a key there.
  const text = withoutKeys(JSON.stringify({ ...body, ...more }));
  return {
    text,
    headers: { ...error.headers, "content-type": "application/problem+json", "cache-control": "no-store" },
  };
}
