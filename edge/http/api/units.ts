import { z } from "@hono/zod-openapi";
import { logRow } from "../../../shared/contract/log-page.ts";
import { key, timestamp } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { deadLetter } from "./dead-letters.ts";
import { json, problems } from "./responses.ts";

/** Most decisions of one answer, about: it ends with the records of the one that makes it long. */
const MAX_RECORDS = 1000;

const unitParameter = z.object({ unit: key.describe("Who was served, percent-encoded") });

const unitRecords = z.object({
  rows: z
    .array(logRow.extend({ partition: z.string() }))
    .describe("Rows of the log: the unit's decisions, and feedback and activations of these"),
  letters: z
    .array(deadLetter.extend({ partition: z.string() }))
    .describe("What could not be used and has the unit's name in it"),
  next: z.string().nullable().describe("What to give as `after` for the next page; null: this was the last"),
});
export type UnitRecords = z.infer<typeof unitRecords>;

export const unitRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "get",
  path: "/v1/units/{unit}",
  operationId: "readUnit",
  tags: ["units"],
  summary: "Everything that is known of a unit, in pages",
  description:
    "There is no index by unit: an answer looks at a part of the log, and may have no records while there is a next. Whoever follows `next` until it is null has all of it.",
  request: {
    params: unitParameter,
    query: z.object({
      after: z
        .string()
        .regex(/^\d{1,6}:\d{1,15}:\d{1,15}$/, "must be what a page before gave as next")
        .optional(),
      limit: z.coerce.number().int().min(1).max(MAX_RECORDS).default(MAX_RECORDS),
    }),
  },
  responses: { 200: json(unitRecords, "The records"), ...problems(400) },
});

const erasure = z.object({
  id: z.string(),
  state: z
    .enum(["erasing", "relearning", "done"])
    .describe("`erasing` its records; `relearning`: they are gone, and versions learn again without them; `done`"),
  requestedAt: timestamp,
  dueAt: timestamp.describe("When it will be done at the latest"),
  rowsAt: timestamp.nullable().describe("When its records were gone"),
  doneAt: timestamp.nullable(),
  snapshotsAt: timestamp
    .nullable()
    .describe("When the last snapshot is deleted that had learned from it; null while that is not known"),
  erased: z
    .object({
      decisions: z.number().int(),
      feedback: z.number().int(),
      activations: z.number().int(),
      letters: z.number().int(),
    })
    .describe("How much there was, as far as it is erased"),
  waitsFor: z.array(z.string()).describe("Partitions that are gone through, or models that are learned again"),
});
export type Erasure = z.infer<typeof erasure>;

export const eraseUnitRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "delete",
  path: "/v1/units/{unit}",
  operationId: "eraseUnit",
  tags: ["units"],
  summary: "Erase a unit: from log, dead letters and what versions have learned",
  description:
    "It is done in the background, and what is acknowledged will be. What a page sends later of the time before is not taken. Asked again while it is being done, it is the same erasure; later, another, of what came since.",
  request: { params: unitParameter },
  responses: { 202: json(erasure, "The erasure"), ...problems(400, 429) },
});

export const erasuresRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "get",
  path: "/v1/erasures",
  operationId: "listErasures",
  tags: ["units"],
  summary: "Units that are to be erased, and were, without their names; the newest first",
  responses: { 200: json(z.object({ erasures: z.array(erasure) }), "The erasures") },
});

export const erasureRoute = apiRoute({
  needs: { key: "secret", models: "all" },
  method: "get",
  path: "/v1/erasures/{erasure}",
  operationId: "readErasure",
  tags: ["units"],
  summary: "How far an erasure is",
  request: { params: z.object({ erasure: z.string().max(64) }) },
  responses: { 200: json(erasure, "The erasure"), ...problems(400, 404) },
});
