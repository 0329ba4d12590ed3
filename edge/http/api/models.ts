import { z } from "@hono/zod-openapi";
import { directory } from "../../../shared/contract/directory.ts";
import { MAX_FOLLOWED } from "../../../shared/contract/limits.ts";
import { manifest } from "../../../shared/contract/manifest.ts";
import { apiRoute } from "./api-route.ts";
import { modelParameter, sha256Parameter } from "./parameters.ts";
import { json, problems } from "./responses.ts";

export const bytes = (description: string) => ({
  description,
  content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
});

export const directoryRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "get",
  path: "/v1/directory",
  operationId: "getDirectory",
  tags: ["models"],
  summary: "Which models, versions, stages and shares there are",
  responses: {
    200: json(directory, "The newest directory"),
    304: { description: "The caller has it" },
    ...problems(),
  },
});

export const modelsRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "get",
  path: "/v1/models",
  operationId: "listModels",
  tags: ["models"],
  summary: "The deployed models",
  responses: {
    200: json(
      z.strictObject({
        models: z.array(manifest),
        unread: z
          .array(z.strictObject({ model: z.string(), problem: z.string() }))
          .describe("Models whose manifest cannot be read, and why"),
      }),
      "Their manifests",
    ),
    ...problems(),
  },
});

export const modelRoute = apiRoute({
  needs: { key: "publishable", models: "path" },
  method: "get",
  path: "/v1/models/{model}",
  operationId: "getModel",
  tags: ["models"],
  summary: "A model: its spec, live version and newest snapshot",
  request: { params: modelParameter },
  responses: { 200: json(manifest, "Its manifest"), ...problems(404) },
});

export const onnxRoute = apiRoute({
  needs: { key: "secret", models: "path" },
  method: "get",
  path: "/v1/models/{model}/onnx",
  operationId: "getOnnx",
  tags: ["models"],
  summary: "The newest snapshot as an ONNX file",
  request: { params: modelParameter },
  responses: { 200: bytes("An ONNX model"), ...problems(404) },
});

const follow = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}@[1-9]\d{0,8}$/, "must be a model, @ and a version, such as home-hero@2");

export const followRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "get",
  path: "/v1/live",
  operationId: "followModels",
  tags: ["models"],
  summary: "A WebSocket that tells of new snapshots of all models of a page",
  description:
    "Sends JSON text of the schemas `#/components/schemas/SnapshotNotice` and `DirectoryNotice`: of each version that is followed one message on connecting, and one for every publication.",
  request: {
    query: z.object({
      follow: z
        .union([follow, z.array(follow).min(1).max(MAX_FOLLOWED)])
        .describe(`\`home-hero@2\`, up to ${MAX_FOLLOWED} times`),
    }),
  },
  responses: { 101: { description: "The socket is open" }, ...problems(403, 404, 426) },
});

export const liveRoute = apiRoute({
  needs: { key: "publishable", models: "path" },
  method: "get",
  path: "/v1/models/{model}/live",
  operationId: "followModel",
  tags: ["models"],
  summary: "A WebSocket that tells of new snapshots",
  description:
    "Sends JSON text of the schema `#/components/schemas/SnapshotNotice`: one message on connecting, and one for every publication.",
  request: {
    params: modelParameter,
    query: z.object({
      version: z
        .string()
        .regex(/^[1-9]\d*$/, "must be a whole number from 1")
        .optional()
        .describe("Follow this version; without it, the one that is live"),
    }),
  },
  responses: { 101: { description: "The socket is open" }, ...problems(404, 426) },
});

export const putArtifactRoute = apiRoute({
  needs: { key: "secret", models: "own" },
  method: "put",
  path: "/v1/artifacts/{sha256}",
  operationId: "putArtifact",
  tags: ["models"],
  summary: "Hand in an immutable file, such as a graph, under its SHA-256",
  request: { params: sha256Parameter },
  responses: { 204: { description: "It is in the store" }, ...problems(400, 411, 413) },
});

export const artifactRoute = apiRoute({
  needs: { key: "publishable", models: "own" },
  method: "get",
  path: "/v1/artifacts/{sha256}",
  operationId: "getArtifact",
  tags: ["models"],
  summary: "An immutable file, named by its SHA-256",
  request: { params: sha256Parameter },
  responses: { 200: bytes("The file"), 304: { description: "The caller has it" }, ...problems(400, 404) },
});
