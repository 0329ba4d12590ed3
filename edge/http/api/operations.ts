import { z } from "@hono/zod-openapi";
import { apiRoute } from "./api-route.ts";
import { json, problems } from "./responses.ts";

const health = z.strictObject({
  status: z.literal("ok"),
  partitions: z.number().int(),
  models: z.array(z.string()).optional(),
  parts: z
    .array(z.strictObject({ part: z.string(), problem: z.string().nullable() }))
    .optional()
    .describe(
      "The directory, the key store, each partition, the trainer of each version, and the disk of a server on one machine",
    ),
});

export const healthRoute = apiRoute({
  needs: { key: "none", models: "own" },
  method: "get",
  path: "/health",
  operationId: "getHealth",
  tags: ["operations"],
  summary: "Whether the edge, its log, its directory and its trainers answer",
  description:
    "503 when any part does not: the problem document has the same `parts`, each with what is wrong with it. What needs no part that fails is served all the same. Whoever has no secret key for all models is told whether something is wrong, and no names.",
  responses: { 200: json(health, "All answer"), ...problems(503) },
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
