import type { Stage } from "../../shared/contract/directory.ts";
import type { Learned } from "../../shared/contract/publication.ts";

/** What of GET /v1/models/{model}/versions the console shows. */

type Wish = { stage: Stage; share: number | null };

export type Version = Wish & {
  version: number;
  /** What it becomes when it has caught up; null when nothing is waited for. */
  wanted: Wish | null;
  /** ms since the epoch, edge's clock. */
  createdAt: number;
  /** Why its trainer could not be told of it the last time; null when it was. */
  problem: string | null;
  /** What its trainer says; null when that could not be asked, or rests. */
  training: Training | null;
};

type Training = Learned & {
  /** Number of the newest snapshot. */
  snapshot: number;
  /** Rows of the log that it has not read yet. */
  lag: number;
  /** Features of its spec that none of so many examples had a value for. */
  missing: { names: string[]; decisions: number };
};

type HistoryEntry = { at: number; version: number; what: string };

export type ModelVersions = { model: string; versions: Version[]; history: HistoryEntry[] };

/** `problem`: why something of the model cannot be read; null: nothing is wrong. */
export type ListedModel = ModelVersions & { problem: string | null };
