import { z } from "@hono/zod-openapi";
import { timestamp } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { bodyProblems, json, jsonRequest, problems } from "./responses.ts";

/** Most letters of one answer, and most that are driven again by one call: as many as the items of a batch. */
const MAX_LETTERS = 500;

const list = z.enum(["decisions", "feedback", "activations"]);
const partition = z.string().default("0").describe("Name of the partition: 0, 1, ...");

export const deadLetter = z.object({
  number: z.number().int().describe("Its number in the partition"),
  list: list.describe("The list of a batch in which it came"),
  id: z.string().nullable(),
  reason: z.string(),
  receivedAt: timestamp,
  body: z.string().describe("As it came, or the beginning of it"),
  sender: z
    .object({ models: z.array(z.string()).readonly().nullable(), trusted: z.boolean() })
    .describe(
      "With which rights it came, and is driven again: models of its key (null: all), and whether that was a secret one, or nobody needed any",
    ),
  whole: z.boolean().describe("Whether the body is all that came: only then can it be driven again"),
});

const deadLetters = z.object({
  letters: z.array(deadLetter).describe("The oldest first; fewer than `limit` where they are long"),
  next: z.number().int().nullable().describe("The next page is `after` this one; null: there are no more"),
  past: z
    .array(z.object({ list, reason: z.string(), n: z.number().int(), newestAt: timestamp }))
    .describe("How many gave way to newer ones, by reason, and when the newest of them came"),
  partitions: z.number().int().describe("How many partitions there are"),
});

export type DeadLetters = z.infer<typeof deadLetters>;

export const deadLettersRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "get",
  path: "/v1/dead-letters",
  operationId: "listDeadLetters",
  tags: ["log"],
  summary: "What could not be used, with the reason",
  request: {
    query: z.object({
      partition,
      after: z.coerce.number().int().min(0).default(0).describe("Number after which to begin"),
      limit: z.coerce.number().int().min(1).max(MAX_LETTERS).default(100),
      reason: z.string().min(1).max(200).optional().describe("Only letters whose reason has this in it"),
    }),
  },
  responses: { 200: json(deadLetters, "The letters"), ...problems(400, 404) },
});

const redriveRequest = z.strictObject({
  partition,
  numbers: z.array(z.number().int().min(1)).min(1).max(MAX_LETTERS).describe("Numbers of the letters"),
});

const redriven = z.object({
  taken: z.array(z.number().int()).describe("Numbers of those that are in the log now, and are letters no more"),
  left: z
    .array(z.object({ number: z.number().int(), problem: z.string() }))
    .describe("Those that are letters still, and why"),
});
export type Redriven = z.infer<typeof redriven>;

export const redriveRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "post",
  path: "/v1/dead-letters/redrive",
  operationId: "redriveDeadLetters",
  tags: ["log"],
  summary: "Takes dead letters as if they came now: what was wrong may have been mended",
  request: { body: jsonRequest(redriveRequest, { partition: "0", numbers: [17, 18] }) },
  responses: { 200: json(redriven, "What became of each"), ...bodyProblems(404) },
});
