import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { LogRange } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";
import type { EdgeCalls } from "../edge-calls.ts";
import { modelPath } from "../model-path.ts";
import type { StageOption } from "./stage.ts";
import type { VersionAnswer } from "./version-text.ts";

/** A version with how far it has learned; null of one that is retired, and when its trainer does not answer. */
export type ListedVersion = VersionAnswer & {
  spec: ArtifactPointer;
  graph: ArtifactPointer | null;
  createdAt: number;
  training: {
    examples: number;
    meanFeedback: number | null;
    progressiveLoss: number | null;
    /** The part of the log that it learns; null: all. Of an edge of before it is not known. */
    log?: LogRange | null;
    /** Rows of the log that it has not read yet. */
    lag: number;
    /** Of an edge of before, none of these is known. */
    unlearnable?: number;
    unlearned?: { reason: string; n: number; partition: string; decision: number }[];
    clamped?: number;
    bounded?: Record<string, number>;
    missing?: { names: string[]; decisions: number };
  } | null;
};

/** All versions of a model, also the retired ones, by rising number. */
export type ModelVersions = {
  versions: ListedVersion[];
  history: { at: number; version: number; what: string }[];
};

/** @throws UsageError when the edge does not know the model. */
export const modelVersions = (edge: EdgeCalls, model: string): Promise<ModelVersions> =>
  edge.get<ModelVersions>(modelPath(model, "versions"), { "path.model": model });

/** A version as it is now. `served`: whether the model has a live version. */
export type CurrentVersion = { now: ListedVersion; served: boolean };

/** @throws UsageError when the edge does not have it. */
export async function currentVersion(edge: EdgeCalls, model: string, version: number): Promise<CurrentVersion> {
  const { versions } = await modelVersions(edge, model);
  const now = versions.find((one) => one.version === version);
  if (now === undefined)
    throw new UsageError(
      `${edge.name} has no version ${version} of ${model}. It has ${versions.map((one) => one.version).join(", ")}.`,
    );
  return { now, served: versions.some(({ stage }) => stage === "live") };
}

/** Whether a version is what was asked for. */
export const isNow = (version: VersionAnswer, asked: StageOption): boolean => same(version, asked);

/** Whether it waits to become that. */
export const isToBe = ({ wanted }: VersionAnswer, asked: StageOption): boolean =>
  wanted !== null && same(wanted, asked);

const same = (a: { stage: string; share: number | null }, { stage, share }: StageOption): boolean =>
  a.stage === stage && a.share === (share ?? null);
