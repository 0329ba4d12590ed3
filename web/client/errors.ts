/**
 * Why a call failed, or was answered by the fallback, for programs.
 *
 * - `invalid`: an argument or option cannot be right; the message says which, and what would be.
 * - `model-unknown`: the edge does not know a model of that name.
 * - `wrong-task`: the model ranks and was asked to predict, or the other way round.
 * - `closed`: the client, or its session, was closed.
 * - `unreachable`: the edge does not answer, or with a failure of its own (`status`).
 * - `refused`: the edge answers, and not with what was asked for (`status`), as to a wrong key.
 * - `timeout`: the model did not come in the time that was given.
 * - `no-snapshot`: nothing is here yet to decide with at once.
 * - `failed`: what the edge sent cannot be used.
 */
export type Code =
  | "invalid"
  | "model-unknown"
  | "wrong-task"
  | "closed"
  | "unreachable"
  | "refused"
  | "timeout"
  | "no-snapshot"
  | "failed";

export type CodedError = Error & { code: Code; status?: number };

/** @param status HTTP status; 0 when there was no answer. */
export const coded = (message: string, code: Code, status?: number): CodedError =>
  Object.assign(new Error(message), { code, ...(status !== undefined && { status }) });

export const codeOf = (error: unknown): Code | undefined => (error as Partial<CodedError> | undefined)?.code;
