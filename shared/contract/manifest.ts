import { z } from "zod";
import { artifactPointer } from "./artifact-pointer.ts";
import { share, stage } from "./directory.ts";
import { deltaPointer, learned, snapshotPointer } from "./publication.ts";
import { modelSpec } from "./spec.ts";
import { modelName, timestamp } from "./values.ts";

/** What GET /v1/models/{model} answers and pages load: the versions that serve, and pointers to immutable artifacts. */

/** A version that serves. */
const versionManifest = learned.extend({
  version: z.number().int().min(1),
  stage,
  /** Of a canary; else null. */
  share: share.nullable(),
  spec: modelSpec,
  graph: artifactPointer.nullable(),
  /** The base of the newest snapshot. A page of before, which knows no deltas, decides with it alone. */
  snapshot: snapshotPointer,
  /** What makes the base the newest snapshot; null where it is that itself. */
  delta: deltaPointer.nullable(),
});
export type VersionManifest = z.infer<typeof versionManifest>;

/** The live version, and beside it the canaries by rising number. */
export const manifest = versionManifest.extend({
  format: z.number().int(),
  /** Number of the directory that says so. */
  directory: z.number().int(),
  model: modelName,
  canaries: z.array(versionManifest),
});
export type Manifest = z.infer<typeof manifest>;

/** A version of a model has published. */
export const snapshotNotice = z.object({
  format: z.number().int(),
  type: z.literal("snapshot"),
  model: modelName,
  version: z.number().int().min(1),
  snapshot: snapshotPointer,
  delta: deltaPointer.nullable(),
  /**
   * The delta from the publication before to this one, where it is small: base64 of its bytes, for who has snapshot `from`, whose own delta
   * (or base, where it was that) has the hash `of`.
   */
  step: z.object({ from: z.number().int().min(0), of: z.string(), bytes: z.string() }).nullable(),
  examples: z.number().int().describe("Examples that the snapshot has learned"),
  reconnectWithin: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("When the connection ends, whoever was told waits for up to so many ms before it comes again"),
  sentAt: timestamp.describe(
    "Edge's clock when the notice was sent: with `newestFeedbackAt` it gives the feedback's age without comparing clocks",
  ),
});
export type SnapshotNotice = z.infer<typeof snapshotNotice>;

/** Which versions of a model serve has changed: the manifest says how. */
const directoryNotice = z.object({
  format: z.number().int(),
  type: z.literal("directory"),
  model: modelName,
  /** Number of the new directory. */
  directory: z.number().int(),
  /** Whoever is told spreads its question over so many ms. */
  within: z.number().int().min(0),
});
export type DirectoryNotice = z.infer<typeof directoryNotice>;

/** What comes over the WebSocket of GET /v1/live. Notices of other types are to be ignored. */
export type Notice = SnapshotNotice | DirectoryNotice;
