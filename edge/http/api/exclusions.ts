import { z } from "@hono/zod-openapi";
import { exclusionRequest } from "../../../shared/contract/exclusion.ts";
import { timestamp } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { modelParameter } from "./parameters.ts";
import { bodyProblems, json, jsonRequest, problems } from "./responses.ts";

const registeredExclusion = z.object({
  ...exclusionRequest.shape,
  number: z.number().int(),
  createdAt: timestamp,
  endedAt: timestamp.nullable().describe("When it was taken back; null while it holds"),
});

export const exclusionsRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "get",
  path: "/v1/models/{model}/exclusions",
  operationId: "listExclusions",
  tags: ["versions"],
  summary: "What of the log is not learned, and was once",
  request: { params: modelParameter },
  responses: { 200: json(z.object({ exclusions: z.array(registeredExclusion) }), "All of them"), ...problems(404) },
});

export const excludeRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "post",
  path: "/v1/models/{model}/exclusions",
  operationId: "exclude",
  tags: ["versions"],
  summary: "Take decisions out of learning",
  description:
    "Of a session, a unit, a time, or of what is all of that. They stay in the log; the model's versions learn it again without them, and serve what they have until then.",
  request: { params: modelParameter, body: jsonRequest(exclusionRequest, { session: "visit-7" }) },
  responses: { 201: json(registeredExclusion, "The exclusion"), ...bodyProblems(404, 409) },
});

export const endExclusionRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "delete",
  path: "/v1/models/{model}/exclusions/{exclusion}",
  operationId: "endExclusion",
  tags: ["versions"],
  summary: "Take an exclusion back: what it excluded is learned again",
  request: {
    params: modelParameter.extend({
      exclusion: z.string().regex(/^[1-9]\d{0,8}$/, "must be a whole number from 1"),
    }),
  },
  responses: { 200: json(registeredExclusion, "The exclusion that ended"), ...problems(400, 404) },
});
