import type { ArtifactPointer } from "../../shared/contract/artifact-pointer.ts";
import type { Directory, Stage } from "../../shared/contract/directory.ts";
import type { Exclusion } from "../../shared/contract/exclusion.ts";
import type { KeyKind } from "../../shared/contract/key-text.ts";
import type { TaskSpec } from "../../shared/contract/spec.ts";
import type { ErasedCounts } from "../log/messages.ts";
import type { Past, PutBack } from "../storage/put-back.ts";
import type { TrainerConfig } from "../training/messages.ts";

/** What the Worker says to the registry, and what it answers. There is one, named `registry`. */

/** In ms. */
export const DAY = 24 * 3_600_000;

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
/** `endedAt`: when it was taken back; null while it holds. */
export type RegisteredExclusion = Exclusion & { number: number; createdAt: number; endedAt: number | null };

/** One change, as the history tells it. `directory`: the newest by then, with the change in it where it shows in directories. */
export type HistoryEntry = { at: number; directory: number; version: number; what: string };
export type ModelVersions = { model: string; versions: RegisteredVersion[]; history: HistoryEntry[] };

/** What was done, and the newest directory; or why it cannot be done, and which field of the call says what cannot be. */
export type Outcome<T> =
  | { ok: T; directory: Directory }
  | { refused: { status: 404 | 409; field: string; problem: string } };

export type ExclusionOutcome =
  | { ok: RegisteredExclusion }
  | { refused: { status: 404 | 409; field: string; problem: string } };

/** A unit's erasure: `erasing` its rows, `relearning` without them, `done`. Times are ms since the epoch; null: not yet. The unit is not named. */
export type RegisteredErasure = {
  id: string;
  state: "erasing" | "relearning" | "done";
  requestedAt: number;
  /** When its rows were gone. */
  rowsAt: number | null;
  doneAt: number | null;
  erased: ErasedCounts;
  /** Partitions that have rows of it, maybe, or models that are to be learned again. */
  waitsFor: string[];
};
/** `full`: so many are to be erased already, the most there may be. */
export type ErasureOutcome = { ok: RegisteredErasure } | { full: number };

/** A key as the registry knows it. */
export type RegisteredKey = {
  id: string;
  kind: KeyKind;
  /** Models that it is for; null: all. */
  models: string[] | null;
  /** Origins of the pages that a publishable key stands in; none of a secret one. */
  origins: string[];
  /** Most requests a minute; null: no limit of its own. */
  rate: number | null;
  note: string;
  createdAt: number;
  /** It is no longer taken from then on; null: for ever. */
  expiresAt: number | null;
  revokedAt: number | null;
  /** The key that took its place; null: none. */
  replacedBy: string | null;
};
/** One change. `who`: id of the key that made it, `root` or `open`. */
export type KeyHistoryEntry = { at: number; who: string; key: string; what: string };

/** `hash`: SHA-256 of the key's text, which the registry never sees. `hasRoot`: whether the edge has a ROOT_KEY, by which one gets back in. */
export type NewKey = {
  who: string;
  hasRoot: boolean;
  key: Omit<RegisteredKey, "createdAt" | "revokedAt" | "replacedBy"> & { hash: string };
};
/** `grace`: for how long the old key is still taken, ms. */
export type KeyRotation = {
  who: string;
  id: string;
  successor: { id: string; hash: string };
  grace: number;
};
export type KeyRefusal = { refused: { status: 404 | 409; field: string; problem: string } };
/** `pending`: the store has not got it yet, so isolates go by what it had. */
export type KeyOutcome = { ok: RegisteredKey; pending: boolean } | KeyRefusal;

/** What sessions are signed with from a time on, ms since the epoch. It stays in memory: it is never stored elsewhere, nor told or written out. */
export type SessionSecret = { secret: ArrayBuffer; from: number };

/** `effects`: how many of which kind wait. `startedAt`: of the object, ms since the epoch. */
/** `broken`: how often what must hold of what is committed did not, since the start. */
export type RegistryStatistics = {
  effects: Record<string, number>;
  startedAt: number;
  broken: number;
  storageBytes: number;
};

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
  /** Takes decisions out of learning: the versions of the model learn their logs again without them. */
  exclude(model: string, exclusion: Exclusion): Promise<ExclusionOutcome>;
  /** Takes that back; done again it changes nothing. */
  endExclusion(model: string, number: number): Promise<ExclusionOutcome>;
  /** All of a model, by rising number; null when there is no such model. */
  exclusions(model: string): Promise<RegisteredExclusion[] | null>;
  /** Has a unit erased everywhere. What is acknowledged will be done; while it is being done, asking again is the same erasure. */
  erase(unit: string): ErasureOutcome;
  /** How far an erasure is; null when there is none of the id, or it was done long ago. */
  erasure(id: string): RegisteredErasure | null;
  /** The newest first. */
  erasures(): RegisteredErasure[];
  /**
   * What the trainer of a version is to do, for one that has started: it may have lost its data, or be an older copy. Null of a version that the registry does not know. @param relearning the last
   * number that the trainer was told.
   */
  configOf(model: string, version: number, relearning: number): Promise<TrainerConfig | null>;
  /** All versions of a model, by rising number, and what became of them, the newest first; null when it has none. */
  versions(model: string): ModelVersions | null;
  /** A version, retired or not; null when there is none of the number. */
  version(model: string, version: number): RegisteredVersion | null;
  /** Hash of the directory of a number, or of the next where that one was never written; null when there is none yet. */
  directoryHash(number: number): string | null;
  /** All keys, the oldest first, and what became of them, the newest first. */
  keys(): Promise<{ keys: RegisteredKey[]; history: KeyHistoryEntry[] }>;
  /** These three answer when the store has the new keys, or cannot be told at the moment. */
  createKey(call: NewKey): Promise<KeyOutcome>;
  /** Another key of the same rights; the old one ends. */
  rotateKey(call: KeyRotation): Promise<KeyOutcome>;
  revokeKey(who: string, hasRoot: boolean, id: string): Promise<KeyOutcome>;
  statistics(): RegistryStatistics;
  /** Goes on with what is due, and is woken in time for the rest. */
  wake(): void;
  /** What sessions were, are and, soon before a change, will be signed with, the oldest first. */
  sessionSecrets(): SessionSecret[];
  /** Puts it back to what it was (storage/put-back.ts). */
  putBack(to: Past): Promise<PutBack>;
}
