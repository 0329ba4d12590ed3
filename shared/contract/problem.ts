import { z } from "zod";

/** RFC 9457 problem details: the body of every error answer. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  /** What was wrong, by place in the request: `body.actions[3].id`. */
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  traceId: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;
