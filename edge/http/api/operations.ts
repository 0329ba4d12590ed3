import { z } from "@hono/zod-openapi";
import { apiRoute } from "./api-route.ts";
import { json, problems } from "./responses.ts";

export const healthRoute = apiRoute({
  needs: { key: "none", models: "own" },
  method: "get",
  path: "/health",
  operationId: "getHealth",
  tags: ["operations"],
  summary: "Whether the edge, its log and its directory answer",
  responses: {
    200: json(
      z.strictObject({ status: z.literal("ok"), partitions: z.number().int(), models: z.array(z.string()) }),
      "All answer",
    ),
    ...problems(),
  },
});

export const metricsRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "get",
  path: "/metrics",
  operationId: "getMetrics",
  tags: ["operations"],
  summary: "Counters and latencies, in Prometheus text format",
  responses: { 200: { description: "Metrics", content: { "text/plain": { schema: z.string() } } }, ...problems() },
});
