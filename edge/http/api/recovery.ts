import { z } from "@hono/zod-openapi";
import { timestamp } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { bodyProblems, json, jsonRequest } from "./responses.ts";

/** For how long the platform keeps what an object was, days. */
const KEPT_DAYS = 30;
const KEPT = KEPT_DAYS * 24 * 3_600_000;

const recoveryRequest = z
  .strictObject({
    part: z
      .string()
      .min(1)
      .max(200)
      .describe("The registry, or as /health names it, a partition or a version's trainer"),
    at: timestamp.optional().describe(`A moment of the last ${KEPT_DAYS} days`),
    bookmark: z.string().min(1).max(200).optional().describe("What a recovery answered as `undo`"),
  })
  .superRefine(({ at, bookmark }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if ((at === undefined) === (bookmark === undefined))
      return wrong("at", "must be said, or a bookmark, and not both");
    const now = Date.now();
    if (at !== undefined && (at >= now || at < now - KEPT)) wrong("at", `must be in the last ${KEPT_DAYS} days`);
  });

const recovery = z.object({
  part: z.string(),
  undo: z.string().describe("The bookmark of what it was until then: recovering that takes this back"),
});
export type Recovery = z.infer<typeof recovery>;

export const recoverRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "post",
  path: "/v1/recoveries",
  operationId: "recover",
  tags: ["operations"],
  summary: "Put a part back to what it was at a moment",
  description:
    "On Cloudflare, which keeps the data of objects for so long. The part ends and begins again with that; the others notice, as docs/runbook.md says.",
  request: {
    body: jsonRequest(recoveryRequest, {
      part: "partition 2",
      bookmark: "0000007b-0000b26e-00001538-0c3e87bb37b3db5cc52eedb93cd3b96b",
    }),
  },
  responses: { 202: json(recovery, "It is being put back"), ...bodyProblems(404, 409) },
});
