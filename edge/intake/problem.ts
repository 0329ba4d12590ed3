import { MAX_PROBLEM_ERRORS } from "./limits.ts";

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
export const fieldProblem = (status: number, field: string, message: string): ProblemError =>
  new ProblemError(status, `${field} ${message}`, [{ field, message }]);
