import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { Directory, Stage } from "../../shared/contract/directory.ts";

/** What the Worker says to the registry, and what it answers. */

export type Deploy = {
  /** A spec that passed its schema, as canonical JSON, and stored as an artifact. */
  model: string;
  task: string;
  spec: ArtifactPointer;
  specText: string;
  graph: ArtifactPointer | null;
  stage: Exclude<Stage, "retired">;
  share: number | null;
};
export type Change = { model: string; version: number; stage: Stage; share: number | null };

/** A version as the registry knows it. */
export type RegisteredVersion = {
  model: string;
  version: number;
  stage: Stage;
  share: number | null;
  /** What it becomes when it has caught up; null when nothing is waited for. */
  wanted: { stage: Stage; share: number | null } | null;
  spec: ArtifactPointer;
  graph: ArtifactPointer | null;
  createdAt: number;
  /** Whether it is, or ever was, live. */
  wasLive: boolean;
  /** The version that was live before it; what `rollback` goes back to. */
  replaced: number | null;
};
/** One change, as the history tells it. */
export type HistoryEntry = { at: number; directory: number; version: number; what: string };
export type ModelVersions = { model: string; versions: RegisteredVersion[]; history: HistoryEntry[] };

export type Outcome<T> =
  | { ok: T; directory: Directory }
  | { refused: { status: 404 | 409; field: string; problem: string } };
