import { z } from "@hono/zod-openapi";
import { MAX_SESSIONS, SESSION_DAYS } from "../../../shared/contract/limits.ts";
import { sessionId } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { bodyProblems, json, jsonRequest } from "./responses.ts";

const sessionsRequest = z.strictObject({
  count: z.number().int().min(1).max(MAX_SESSIONS).optional().describe("How many; one when it is left out"),
});
const sessionsResponse = z.strictObject({
  session: sessionId.describe("The first of them"),
  sessions: z.array(sessionId),
});

export const sessionRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "post",
  path: "/v1/sessions",
  operationId: "createSessions",
  tags: ["sessions"],
  summary: "Issue session ids",
  description: `The ids are signed: the edge knows them again, for ${SESSION_DAYS} days, without having kept them.`,
  request: { body: { ...jsonRequest(sessionsRequest, { count: 4 }), required: false as const } },
  responses: { 201: json(sessionsResponse, "New sessions"), ...bodyProblems() },
});
