import { z } from "@hono/zod-openapi";
import { sessionId } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { json, problems } from "./responses.ts";

export const sessionRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "post",
  path: "/v1/sessions",
  operationId: "createSession",
  tags: ["sessions"],
  summary: "Issue a session id",
  responses: { 201: json(z.strictObject({ session: sessionId }), "A new session"), ...problems() },
});
