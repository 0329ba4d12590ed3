import { z } from "zod";
import { artifactPointer } from "./artifact-pointer.ts";
import { taskSpec } from "./spec.ts";
import { modelName } from "./values.ts";

/** Which models, versions, stages and shares there are: one small document, an artifact that the registry makes anew at every change. */

/**
 * `live`: serves; exactly one version of a model that serves at all. `canary`: serves its share of the units. `shadow`: learns only. `retired`: rests.
 */
export const stage = z.enum(["shadow", "canary", "live", "retired"]);
export type Stage = z.infer<typeof stage>;

/** Part of the units that a canary serves. */
export const share = z.number().gt(0).max(1);

/** A version as the directory has it. Retired ones are not in it. */
const directoryVersion = z.object({
  version: z.number().int().min(1),
  stage,
  /** Of a canary; else null. */
  share: share.nullable(),
  /** The spec as canonical JSON. */
  spec: artifactPointer,
  graph: artifactPointer.nullable(),
});
export type DirectoryVersion = z.infer<typeof directoryVersion>;

/** A model, with its versions by rising number. */
const directoryModel = z.object({
  /** All versions of a model have one task. */
  task: taskSpec,
  versions: z.array(directoryVersion),
});
export type DirectoryModel = z.infer<typeof directoryModel>;

export const directory = z.object({
  format: z.number().int(),
  /** Grows by 1 with every change. */
  number: z.number().int().min(0),
  /** When it was made, ms since the epoch, edge's clock. */
  changedAt: z.number().int(),
  /** Where the edge's objects are; without: anywhere. */
  jurisdiction: z.string().optional(),
  /** By name; exactly one version of each is live. */
  models: z.record(modelName, directoryModel),
});
export type Directory = z.infer<typeof directory>;
