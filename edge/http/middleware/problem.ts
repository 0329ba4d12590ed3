import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Problem } from "../../../shared/contract/problem.ts";
import { MAX_PROBLEM_ERRORS } from "../../limits.ts";
import type { AppEnv } from "../app-env.ts";

/** What was wrong in one place of a request: `body.actions[3].id`. */
export type FieldError = { field: string; message: string };

const titles: Record<number, string> = {
  400: "Bad request",
  404: "Not found",
  405: "Method not allowed",
  408: "Request timeout",
  409: "Conflict",
  413: "Body too large",
  415: "Unsupported media type",
  422: "Unprocessable content",
  426: "Upgrade required",
  500: "Internal error",
  503: "Unavailable",
};

/** An answer that is not what was asked for. Thrown anywhere under a route, it becomes problem details (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  readonly errors: FieldError[];
  readonly headers: Record<string, string>;

  constructor(status: number, detail: string, errors: FieldError[] = [], headers: Record<string, string> = {}) {
    super(detail);
    this.status = status;
    this.errors = errors.slice(0, MAX_PROBLEM_ERRORS);
    this.headers = headers;
  }
}

/** A problem that is all in one field. */
export const fieldProblem = (status: number, field: string, message: string): ProblemError =>
  new ProblemError(status, `${field} ${message}`, [{ field, message }]);

/** Answers with the problem document of an error. */
export function problemResponse(c: Context<AppEnv>, error: ProblemError): Response {
  const body: Problem = {
    type: "about:blank",
    title: titles[error.status] ?? "Error",
    status: error.status,
    detail: error.message,
    ...(error.errors.length > 0 && { errors: error.errors }),
    traceId: c.get("traceId"),
  };
  return c.body(JSON.stringify(body), error.status as ContentfulStatusCode, {
    ...error.headers,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  });
}
