import { z } from "@hono/zod-openapi";
import { decisionId } from "../../../shared/contract/values.ts";

/** A model's name is not checked by form: whatever is not deployed is not found. */
export const modelParameter = z.object({
  model: z.string().describe("Name of a deployed model: GET /v1/models lists them"),
});
export const decisionParameter = z.object({
  id: decisionId.describe("Id of the decision, percent-encoded: `visit-7.1`"),
});
export const versionParameters = modelParameter.extend({
  version: z.string().regex(/^[1-9]\d{0,8}$/, "must be a whole number from 1"),
});
export const snapshotParameters = versionParameters.extend({
  snapshot: z.string().regex(/^\d{1,15}$/, "must be a whole number from 0"),
});
export const sha256Parameter = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits"),
});
