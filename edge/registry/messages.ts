import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { Directory, Stage } from "../../shared/contract/directory.ts";
import type { TaskSpec } from "../../shared/contract/spec.ts";

/** What the Worker says to the registry, and what it answers. There is one, named `registry`. */

/** What somebody wants a version to be. `share`: of a canary; else null. */
export type Wish = { stage: Stage; share: number | null };

export type Deploy = {
  model: string;
  task: TaskSpec;
  /** A spec that passed its schema, as canonical JSON, and stored as an artifact. */
  spec: ArtifactPointer;
  specText: string;
  graph: ArtifactPointer | null;
  wish: Wish;
};
export type Change = { model: string; version: number; wish: Wish };

/** A version as the registry knows it. */
export type RegisteredVersion = {
  model: string;
  version: number;
  stage: Stage;
  share: number | null;
  /** What it becomes when it has caught up; null when nothing is waited for. */
  wanted: Wish | null;
  spec: ArtifactPointer;
  graph: ArtifactPointer | null;
  createdAt: number;
  /** Whether its trainer has begun, and published; until then it is in no directory. */
  ready: boolean;
  /** Why its trainer could not be told of it the last time; null when it was. */
  problem: string | null;
  /** Whether it is, or ever was, live. */
  wasLive: boolean;
  /** The version that was live before it; what a rollback goes back to. */
  replaced: number | null;
};
/** One change, as the history tells it. `directory`: the newest by then, with the change in it where it shows in directories. */
export type HistoryEntry = { at: number; directory: number; version: number; what: string };
export type ModelVersions = { model: string; versions: RegisteredVersion[]; history: HistoryEntry[] };

/** What was done, and the newest directory; or why it cannot be done, and which field of the call says what cannot be. */
export type Outcome<T> =
  | { ok: T; directory: Directory }
  | { refused: { status: 404 | 409; field: string; problem: string } };

/** What the registry can be asked. */
export interface RegistryCalls extends Rpc.DurableObjectBranded {
  /**
   * Makes a version of a spec and graph, or finds the one that there is: that one stays as it is. Answers when the version's trainer has begun, or
   * has failed to.
   */
  deploy(call: Deploy): Promise<Outcome<{ version: RegisteredVersion; created: boolean }>>;
  /** Gives a version another stage, at once or when it has caught up. */
  change(call: Change): Promise<Outcome<RegisteredVersion>>;
  /** Makes the version live again that was live before the one that is. */
  rollback(model: string): Promise<Outcome<RegisteredVersion>>;
  /** All versions of a model, by rising number, and what became of them, the newest first; null when it has none. */
  versions(model: string): ModelVersions | null;
}
