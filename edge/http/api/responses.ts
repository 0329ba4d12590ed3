import type { z } from "zod";
import { problem } from "../../../shared/contract/problem.ts";

/** Pieces of the route definitions. */

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

const reasons = {
  400: "The request is not valid: `errors` names the places",
  401: "There is no key with the call, or none that is taken",
  403: "The key is not for this: `errors` says why",
  404: "There is no such thing",
  408: "The body did not come in time",
  409: "What is there already does not allow it: an id of another call's decision, or another version's stage",
  410: "It was erased with its unit",
  411: "The body does not say how long it is",
  413: "The body is too large",
  415: "The body is not `application/json`, or is compressed",
  422: "What it says cannot be: a value that the model cannot learn from, too many features, an id that its session does not have",
  426: "The request is not one for a WebSocket",
  429: "There is too much from this key, address or session: `retry-after` says when to try again",
  503: "A part of the edge does not answer at the moment, or has no room for more calls: `retry-after` says when to try again",
  507: "There is no room left to write: `retry-after` says when to try again",
} as const;

const problemAnswer = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problem } },
});

/**
 * Every route answers problem details (RFC 9457) when it cannot do what was asked. The statuses are for the document
 * only: for the typed client they are all one answer.
 */
export const problems = (...statuses: (keyof typeof reasons)[]) =>
  ({
    ...Object.fromEntries(statuses.map((status) => [status, problemAnswer(reasons[status])])),
    default: problemAnswer("What was wrong"),
  }) as { default: ReturnType<typeof problemAnswer> };

/** The same for a route with a JSON body. */
export const bodyProblems = (...statuses: (keyof typeof reasons)[]) =>
  problems(400, 408, 413, 415, 429, 503, 507, ...statuses);

export const jsonRequest = <T extends z.ZodType>(schema: T, example: z.input<T>) => ({
  required: true as const,
  content: { "application/json": { schema, example } },
});
