import { FULL_PAUSE, MAX_PROBLEM_ERRORS, OUTAGE_PAUSE } from "./limits.ts";

/** What was wrong in one place of a request: `body.actions[3].id`. */
export type FieldError = { field: string; message: string };

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
export const fieldProblem = (
  status: number,
  field: string,
  message: string,
  headers: Record<string, string> = {},
): ProblemError => new ProblemError(status, `${field} ${message}`, [{ field, message }], headers);

/** A part of the edge, such as `partition 2`, could not do what it was asked, for no fault of what was asked: 503, or 507 where there is no room left. */
export class UnavailableError extends ProblemError {
  /** After how many seconds it may be asked again. */
  readonly retryAfter: number;

  constructor(status: 503 | 507, part: string, trouble: string) {
    const retryAfter = spread(status === 507 ? FULL_PAUSE : OUTAGE_PAUSE);
    super(status, `${part} ${trouble}: try again later`, [], { "retry-after": String(retryAfter) });
    this.retryAfter = retryAfter;
  }
}

/** About so many seconds, from 1, so that those who are sent away together do not come back together: what Retry-After says. */
export const spread = (seconds: number): number => Math.max(1, Math.round(seconds * (0.5 + Math.random())));
