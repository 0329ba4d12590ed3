import { createRoute, z } from "@hono/zod-openapi";
import { manifest } from "../../../shared/contract/manifest.ts";
import { modelParameter, sha256Parameter } from "./parameters.ts";
import { json, problems } from "./responses.ts";

const bytes = (description: string) => ({
  description,
  content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
});

export const modelsRoute = createRoute({
  method: "get",
  path: "/v1/models",
  operationId: "listModels",
  tags: ["models"],
  summary: "The deployed models",
  responses: { 200: json(z.strictObject({ models: z.array(manifest) }), "Their manifests"), ...problems() },
});

export const modelRoute = createRoute({
  method: "get",
  path: "/v1/models/{model}",
  operationId: "getModel",
  tags: ["models"],
  summary: "A model: its spec, live version and newest snapshot",
  request: { params: modelParameter },
  responses: { 200: json(manifest, "Its manifest"), ...problems(404) },
});

export const onnxRoute = createRoute({
  method: "get",
  path: "/v1/models/{model}/onnx",
  operationId: "getOnnx",
  tags: ["models"],
  summary: "The newest snapshot as an ONNX file",
  request: { params: modelParameter },
  responses: { 200: bytes("An ONNX model"), ...problems(404) },
});

export const liveRoute = createRoute({
  method: "get",
  path: "/v1/models/{model}/live",
  operationId: "followModel",
  tags: ["models"],
  summary: "A WebSocket that tells of new snapshots",
  description:
    "Sends JSON text of the schema `#/components/schemas/SnapshotNotice`: one message on connecting, and one for every publication.",
  request: { params: modelParameter },
  responses: { 101: { description: "The socket is open" }, ...problems(404, 426) },
});

export const artifactRoute = createRoute({
  method: "get",
  path: "/v1/artifacts/{sha256}",
  operationId: "getArtifact",
  tags: ["models"],
  summary: "An immutable file, named by its SHA-256",
  request: { params: sha256Parameter },
  responses: { 200: bytes("The file"), 304: { description: "The caller has it" }, ...problems(400, 404) },
});
