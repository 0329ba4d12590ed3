import type { z } from "zod";
import { problem } from "../../shared/spec/problem.ts";

/** Pieces of the route definitions. */

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** Every route answers problem details (RFC 9457) when it cannot do what was asked. */
export const problems = {
  default: { description: "What was wrong", content: { "application/problem+json": { schema: problem } } },
} as const;

export const jsonRequest = <T extends z.ZodType>(schema: T, example: z.input<T>) => ({
  required: true as const,
  content: { "application/json": { schema, example } },
});
