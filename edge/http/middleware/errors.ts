import type { ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import { outageOf } from "../../intake/parts.ts";
import { ProblemError, UnavailableError } from "../../intake/problem.ts";
import { PARTITIONS_CHANGED } from "../../log/messages.ts";
import { errorFields, writeOutput } from "../../observe/output.ts";
import { JURISDICTION_PROBLEM } from "../../storage/jurisdiction.ts";
import type { AppEnv } from "../app-env.ts";
import { problemResponse } from "./problem-response.ts";

/** Turns whatever was thrown into problem details, and logs what is the edge's own fault. Outages are told of by part
 * (parts.ts), calls that are sent away by the isolate (admit.ts), and not one by one. */
export const onError: ErrorHandler<AppEnv> = async (error, c) => {
  const problem = asProblem(error instanceof ProblemError ? error : await outageOf(c.env, error));
  if (problem.status >= 500 && !(error instanceof ProblemError) && !(problem instanceof UnavailableError))
    writeOutput("error", "request failed", {
      trace_id: c.get("span").traceId,
      method: c.req.method,
      path: withoutUnit(c.req.path),
      ...errorFields(error),
    });
  return problemResponse(c, problem);
};

function asProblem(error: Error): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof HTTPException) return new ProblemError(error.status, error.message);
  // The operator has to put that right; pages keep what they have, and try again.
  if ([PARTITIONS_CHANGED, JURISDICTION_PROBLEM].some((problem) => error.message.includes(problem)))
    return new ProblemError(503, error.message, [], { "retry-after": "60" });
  return new ProblemError(500, "The edge failed to answer; the log has more by the trace id");
}

/** A path without the name of a unit, whom nothing that is written out names. */
const withoutUnit = (path: string): string => path.replace(/^\/v1\/units\/.+/, "/v1/units/...");
