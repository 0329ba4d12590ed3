import { z } from "@hono/zod-openapi";
import { modelName } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { problems } from "./responses.ts";

/** Most rows of one answer: a partition looks at no more for one (edge/log/limits.ts, LOOK_LIMIT). */
const MAX_ROWS = 1000;

const whole = (least: number, most: number, otherwise: number) =>
  z.coerce.number().int().min(least).max(most).default(otherwise);

export const logRoute = apiRoute({
  needs: { key: "secret", models: "own" },
  method: "get",
  path: "/v1/log",
  operationId: "readLog",
  tags: ["log"],
  summary: "Rows of a partition's log, as they are",
  description:
    "Lines of JSON: a row each, by rising offset, then one with `next` (the offset to go on `after`), `newest`, `time` (no later row is received before it), `log` (the log's identity) and `partitions` (how many there are). A page may have fewer rows than `limit`, or none, while `next` is under `newest`. With `model`, rows of that model, and feedback and activations that came before their decision.",
  request: {
    query: z.object({
      partition: z.string().default("0").describe("Name of the partition: 0, 1, ..."),
      after: whole(0, Number.MAX_SAFE_INTEGER, 0).describe("Offset after which to begin"),
      limit: whole(1, MAX_ROWS, MAX_ROWS).describe("Most rows"),
      model: modelName.optional(),
    }),
  },
  responses: {
    200: { description: "The rows", content: { "application/x-ndjson": { schema: z.string() } } },
    ...problems(400, 404),
  },
});
