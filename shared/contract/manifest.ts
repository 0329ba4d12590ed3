import { z } from "zod";
import { modelSpec } from "./spec.ts";
import { modelName, timestamp } from "./values.ts";

/** What GET /v1/models/{model} answers and pages load: the spec and pointers to immutable artifacts. */

const artifactPointer = z.strictObject({
  /** Path under the endpoint: `/v1/artifacts/<sha256>`. */
  url: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int(),
});
export type ArtifactPointer = z.infer<typeof artifactPointer>;

const snapshotPointer = artifactPointer.extend({
  number: z.number().int().min(0),
  /** When it was published, ms since the epoch, edge's clock. */
  publishedAt: timestamp,
  /** When the newest feedback in it was received, edge's clock; null in snapshot 0. */
  newestFeedbackAt: timestamp.nullable(),
});
export type SnapshotPointer = z.infer<typeof snapshotPointer>;

export const manifest = z.strictObject({
  model: modelName,
  version: z.number().int().min(1),
  stage: z.enum(["shadow", "canary", "live", "retired"]),
  spec: modelSpec,
  graph: artifactPointer.nullable(),
  snapshot: snapshotPointer,
  /** Examples learned so far. */
  examples: z.number().int(),
  /** Mean loss of each example's prediction before it was learned: log loss (binary) or squared error. Null before the first. */
  progressiveLoss: z.number().nullable(),
  /** Mean reward or label of the examples. Null before the first. */
  meanFeedback: z.number().nullable(),
  /** What the learner `auto` serves at present, and why, in lines to read; null of any other learner. */
  choice: z.string().nullable(),
});
export type Manifest = z.infer<typeof manifest>;

/** What the learner sends over the WebSocket of GET /v1/models/{model}/live when it has published. */
export const snapshotNotice = z.strictObject({
  type: z.literal("snapshot"),
  model: modelName,
  version: z.number().int().min(1),
  snapshot: snapshotPointer,
  examples: z.number().int().describe("Examples that the snapshot has learned"),
  sentAt: timestamp.describe(
    "Edge's clock when the notice was sent: with `newestFeedbackAt` it gives the feedback's age without comparing clocks",
  ),
});
export type SnapshotNotice = z.infer<typeof snapshotNotice>;
