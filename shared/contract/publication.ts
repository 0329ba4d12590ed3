import { z } from "zod";
import { artifactPointer } from "./artifact-pointer.ts";
import { modelName, timestamp } from "./values.ts";

/** What a trainer publishes: a snapshot, as a base or as a delta on a base. */

const published = artifactPointer.extend({
  /** Number of the snapshot. */
  number: z.number().int().min(0),
  /** When it was published, ms since the epoch, edge's clock. */
  publishedAt: timestamp,
  /** When the newest feedback in it was received, edge's clock; null in snapshot 0. */
  newestFeedbackAt: timestamp.nullable(),
});

/** A whole snapshot. */
export const snapshotPointer = published;
export type SnapshotPointer = z.infer<typeof snapshotPointer>;

/** A snapshot as what differs from the base beside it. */
export const deltaPointer = published;
export type DeltaPointer = z.infer<typeof deltaPointer>;

/** How far a version has learned, as of its newest publication. */
export const learned = z.object({
  /** Examples learned so far. */
  examples: z.number().int(),
  /** Mean loss of each example's prediction before it was learned: log loss (binary) or squared error. Null before the first. */
  progressiveLoss: z.number().nullable(),
  /** Mean reward or label of the examples. Null before the first. */
  meanFeedback: z.number().nullable(),
  /** What the learner `auto` serves at present, and why, in lines to read; null of any other learner. */
  report: z.string().nullable(),
});
export type Learned = z.infer<typeof learned>;

/** The newest publication of a version, as the pointer in the store has it. */
const publication = learned.extend({
  format: z.number().int(),
  model: modelName,
  version: z.number().int().min(1),
  /** The base. It is the snapshot itself where `delta` is null. */
  snapshot: snapshotPointer,
  delta: deltaPointer.nullable(),
});
export type Publication = z.infer<typeof publication>;
