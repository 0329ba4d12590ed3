import { z } from "@hono/zod-openapi";
import { parseDuration } from "../../../shared/contract/duration.ts";
import { keyId, keyKind } from "../../../shared/contract/key.ts";
import { modelName, timestamp } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { bodyProblems, json, jsonRequest, problems } from "./responses.ts";

/** Most models, and most origins, of one key: every isolate has them in memory. */
const MAX_NAMES = 100;
const MAX_NOTE = 200;
/** Most requests a minute that may be said; more is no limit. */
const MAX_RATE = 10_000_000;
/** How long a key that was replaced is still taken, when nobody says; and at most. */
export const GRACE = "1h";
const MAX_GRACE = "90d";

/** As browsers send it: without a path, and without a port that its scheme has anyway. */
const origin = z
  .string()
  .max(300)
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text,
    "must be an exact origin, such as https://shop.example.com or http://localhost:3000",
  );

const registeredKey = z.object({
  id: keyId,
  kind: keyKind,
  models: z.array(z.string()).nullable().describe("Models that it is for; null: all"),
  origins: z.array(z.string()).describe("Origins of the pages that a publishable key stands in"),
  rate: z.number().nullable().describe("Most requests a minute; null: no limit of its own"),
  note: z.string(),
  createdAt: timestamp,
  expiresAt: timestamp.nullable().describe("It is no longer taken from then on; null: for ever"),
  revokedAt: timestamp.nullable(),
  replacedBy: keyId.nullable().describe("The key that took its place"),
});

export type Key = z.infer<typeof registeredKey>;

const changedKey = registeredKey.extend({
  pending: z
    .boolean()
    .describe(
      "Whether the edge does not go by it yet, because the store cannot be written; it will, without being asked again",
    ),
});

export type ChangedKey = z.infer<typeof changedKey>;

const madeKey = changedKey.extend({ key: z.string().describe("The key itself: it is told this once") });

export type MadeKey = z.infer<typeof madeKey>;

const keyList = z.object({
  keys: z.array(registeredKey).describe("The oldest first"),
  history: z
    .array(z.object({ at: timestamp, who: z.string(), key: z.string(), what: z.string() }))
    .describe("Who changed what, the newest change first. `who`: id of a key, `root` or `open`"),
});

export type KeyList = z.infer<typeof keyList>;

const keyRequest = z
  .strictObject({
    kind: keyKind,
    models: z
      .array(modelName)
      .min(1)
      .max(MAX_NAMES)
      .optional()
      .describe("Models that it is for, also such as are not deployed yet; all without"),
    origins: z
      .array(origin)
      .min(1)
      .max(MAX_NAMES)
      .optional()
      .describe("Of a publishable key: origins of the pages that may use it"),
    rate: z.number().int().min(1).max(MAX_RATE).optional().describe("Most requests a minute"),
    note: z.string().max(MAX_NOTE).default("").describe("What it is for"),
    expiresAt: timestamp.optional(),
  })
  .superRefine(({ kind, origins, expiresAt }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (kind === "publishable" && !origins) wrong("origins", "must say in pages of which origins the key stands");
    if (kind === "secret" && origins) wrong("origins", "are for publishable keys only: a secret one is in no page");
    if (expiresAt !== undefined && expiresAt <= Date.now()) wrong("expiresAt", "must be in the future");
  });

const duration = z.string().refine((text) => {
  try {
    return parseDuration(text) <= parseDuration(MAX_GRACE);
  } catch {
    return false;
  }
}, `must be a duration of at most ${MAX_GRACE}, such as 0s, 10m or 24h`);

const rotationRequest = z.strictObject({
  grace: duration.default(GRACE).describe("For how long the key that is replaced is still taken"),
});

const keyParameter = z.object({ id: keyId.describe("The key's id: what stands after pk_ or sk_") });
const needs = { key: "secret", models: "all" } as const;

export const keysRoute = apiRoute({
  needs,
  method: "get",
  path: "/v1/keys",
  operationId: "listKeys",
  tags: ["keys"],
  summary: "All keys, without their text, and who changed what",
  responses: { 200: json(keyList, "The keys"), ...problems() },
});

export const createKeyRoute = apiRoute({
  needs,
  method: "post",
  path: "/v1/keys",
  operationId: "createKey",
  tags: ["keys"],
  summary: "Make a key",
  description:
    "The key's text is in this answer and nowhere else. The first key must be a secret one for all models: from then on every call needs a key.",
  request: {
    body: jsonRequest(keyRequest, {
      kind: "publishable",
      models: ["home-hero"],
      origins: ["https://shop.example.com"],
      note: "the shop",
    }),
  },
  responses: { 201: json(madeKey, "The key"), ...bodyProblems(409) },
});

export const revokeKeyRoute = apiRoute({
  needs,
  method: "delete",
  path: "/v1/keys/{id}",
  operationId: "revokeKey",
  tags: ["keys"],
  summary: "Revoke a key, within seconds everywhere",
  request: { params: keyParameter },
  responses: {
    200: json(changedKey, "The key, which is taken nowhere from a few seconds on"),
    202: json(
      changedKey,
      "The key, which is still taken: the store could not be told, and is told as soon as it can be",
    ),
    ...problems(400, 404, 409),
  },
});

export const rotateKeyRoute = apiRoute({
  needs,
  method: "post",
  path: "/v1/keys/{id}/rotation",
  operationId: "rotateKey",
  tags: ["keys"],
  summary: "Make a key of the same rights in place of another",
  description: "The other is still taken for a while, in which whoever has it changes over.",
  request: { params: keyParameter, body: { ...jsonRequest(rotationRequest, {}), required: false as const } },
  responses: { 201: json(madeKey, "The new key"), ...bodyProblems(404, 409) },
});
