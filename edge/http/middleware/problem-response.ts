import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ProblemError } from "../../intake/problem.ts";
import type { AppEnv } from "../app-env.ts";
import { problemDocument } from "../problem-document.ts";

/** Answers with the problem document of an error. @param more members beside the standard ones. */
export function problemResponse(c: Context<AppEnv>, error: ProblemError, more: object = {}): Response {
  const { text, headers } = problemDocument(error, c.get("span").traceId, more);
  return c.body(text, error.status as ContentfulStatusCode, headers);
}
