import { z } from "@hono/zod-openapi";
import { artifactPointer } from "../../../shared/contract/artifact-pointer.ts";
import { withDefaults } from "../../../shared/contract/define.ts";
import { share, stage } from "../../../shared/contract/directory.ts";
import { learned } from "../../../shared/contract/publication.ts";
import { replayStatus } from "../../../shared/contract/replay.ts";
import { logRange, writtenSpec } from "../../../shared/contract/spec.ts";
import { timestamp } from "../../../shared/contract/values.ts";
import { apiRoute } from "./api-route.ts";
import { bytes } from "./models.ts";
import { modelParameter, sha256Parameter, snapshotParameters, versionParameters } from "./parameters.ts";
import { bodyProblems, json, jsonRequest, problems } from "./responses.ts";

const wish = z.object({ stage, share: share.nullable() });

/** A version as the registry knows it. */
const registeredVersion = wish.extend({
  model: z.string(),
  version: z.number().int(),
  wanted: wish.nullable().describe("What it becomes when it has caught up; null when nothing is waited for"),
  spec: artifactPointer,
  graph: artifactPointer.nullable(),
  createdAt: timestamp,
  ready: z.boolean().describe("Whether its trainer has begun; until then it is in no directory"),
  problem: z.string().nullable().describe("Why its trainer could not be told of it the last time"),
  wasLive: z.boolean(),
  replaced: z.number().int().nullable().describe("The version that was live before it: what a rollback goes back to"),
});

const training = learned.extend({
  unlearnable: z.number().int().describe("Examples that could not be learned, and were set aside"),
  unlearned: z
    .array(
      z.object({
        reason: z.string(),
        n: z.number().int(),
        partition: z.string().describe("Of the last one: where its decision is"),
        decision: z.number().int().describe("The decision's offset there"),
      }),
    )
    .describe("Why, the most frequent reason first"),
  clamped: z.number().int().describe("Rewards outside the spec's range, learned as the nearer end of it"),
  bounded: z
    .object({ session: z.number().int(), unit: z.number().int(), network: z.number().int(), all: z.number().int() })
    .describe(
      "Examples that were passed over because their hour had enough of their session, unit or network, or of all",
    ),
  missing: z
    .object({ names: z.array(z.string()), decisions: z.number().int() })
    .describe("Features of the spec that no example had a value for, and how many were looked at"),
  log: logRange.nullable().describe("The part of the log that it learns, by when decisions were received; null: all"),
  snapshot: z.number().int().describe("Number of the newest snapshot"),
  lag: z.number().int().describe("Rows of the log that it has not read yet"),
});

const modelVersions = z.object({
  model: z.string(),
  versions: z.array(
    registeredVersion.extend({
      training: training.nullable().describe("Null of a version that is retired, and when its trainer does not answer"),
    }),
  ),
  history: z
    .array(z.object({ at: timestamp, directory: z.number().int(), version: z.number().int(), what: z.string() }))
    .describe("The newest change first"),
});

/** A share is said of a canary, and of nothing else. */
const withShare = <T extends z.ZodType<{ stage: z.infer<typeof stage>; share?: number | undefined }>>(schema: T) =>
  schema.superRefine(({ stage, share }, context) => {
    if (stage === "canary" && share === undefined)
      context.addIssue({
        code: "custom",
        path: ["share"],
        message: "must say which part of the units a canary serves",
      });
    if (stage !== "canary" && share !== undefined)
      context.addIssue({ code: "custom", path: ["share"], message: `is for a canary only, not for ${stage}` });
  });

const deployRequest = withShare(
  z.strictObject({
    spec: z
      .preprocess(withDefaults, writtenSpec)
      .describe("The model's description; policy, learner and interactions have defaults"),
    graph: sha256Parameter.shape.sha256
      .optional()
      .describe("Hash of the ONNX file, handed in before by PUT /v1/artifacts/{sha256}; where the spec names a graph"),
    stage: stage
      .exclude(["retired"])
      .default("live")
      .describe("What it is to be. The first version of a model is live at once"),
    share: share.optional().describe("Of a canary: the part of the units that it serves"),
  }),
);
const changeRequest = withShare(z.strictObject({ stage, share: share.optional() }));

const deployed = registeredVersion.extend({
  created: z.boolean().describe("false: there was a version of this spec and graph already, and it is as it was"),
  warnings: z.array(z.string()),
});

const specExample = {
  name: "home-hero",
  task: { type: "rank" as const },
  features: { action: { genre: { op: "field" as const, path: "genre" } } },
  reward: { wait: "10m", default: 0, aggregate: "max" as const },
};

export const versionsRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "get",
  path: "/v1/models/{model}/versions",
  operationId: "listVersions",
  tags: ["versions"],
  summary: "All versions of a model, how far each has learned, and what was changed",
  request: { params: modelParameter },
  responses: { 200: json(modelVersions, "Its versions"), ...problems(404) },
});

export const deployRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "post",
  path: "/v1/models/{model}/versions",
  operationId: "deployVersion",
  tags: ["versions"],
  summary: "Make a version of a spec and graph",
  description:
    "The first version of a model is live at once; another learns the log from its beginning, and becomes what is asked for when it has caught up. The same spec and graph are the same version, which stays as it is.",
  request: { params: modelParameter, body: jsonRequest(deployRequest, { spec: specExample, stage: "shadow" }) },
  responses: {
    200: json(deployed, "There is such a version already"),
    201: json(deployed, "The new version"),
    ...bodyProblems(409),
  },
});

export const changeRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "patch",
  path: "/v1/models/{model}/versions/{version}",
  operationId: "changeVersion",
  tags: ["versions"],
  summary: "Give a version another stage, or a canary another share",
  description:
    "A version that was live before is live at once; another one, and a canary, when it has caught up. What was live goes on learning as a shadow.",
  request: { params: versionParameters, body: jsonRequest(changeRequest, { stage: "canary", share: 0.05 }) },
  responses: { 200: json(registeredVersion, "The version"), ...bodyProblems(404, 409) },
});

export const startReplayRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "post",
  path: "/v1/models/{model}/versions/{version}/replay",
  operationId: "startReplay",
  tags: ["versions"],
  summary: "Learn a version's log again, beside what it has learned, and compare the bits",
  description: "Nothing of it is kept. Where it goes on already, it says how far it is.",
  request: { params: versionParameters },
  responses: { 200: json(replayStatus, "How far it is"), ...problems(404, 409) },
});

export const replayRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "get",
  path: "/v1/models/{model}/versions/{version}/replay",
  operationId: "readReplay",
  tags: ["versions"],
  summary: "How far a version's log is learned again, and whether the bits are the same",
  request: { params: versionParameters },
  responses: { 200: json(replayStatus, "How far it is"), ...problems(404) },
});

export const rollbackRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "post",
  path: "/v1/models/{model}/rollback",
  operationId: "rollBack",
  tags: ["versions"],
  summary: "Make the version live again that was live before the one that is",
  request: { params: modelParameter },
  responses: { 200: json(registeredVersion, "The version that is live now"), ...problems(404, 409) },
});

export const snapshotRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "get",
  path: "/v1/models/{model}/versions/{version}/snapshots/{snapshot}",
  operationId: "getSnapshot",
  tags: ["versions"],
  summary: "What a version had learned, as of one of the snapshots that are kept",
  request: { params: snapshotParameters },
  responses: { 200: bytes("The whole snapshot"), ...problems(400, 404) },
});
