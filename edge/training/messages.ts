import type { Stage } from "../../shared/contract/directory.ts";
import type { Exclusions } from "../../shared/contract/exclusion.ts";
import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { DeltaPointer, Learned, Publication, SnapshotPointer } from "../../shared/contract/publication.ts";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import type { LogRange } from "../../shared/contract/spec.ts";
import type { DriftCounts } from "../../shared/evaluation/drift/drift-watch.ts";
import type { MissingReport } from "../../shared/evaluation/missing-features.ts";
import type { Position, Slice } from "../log/messages.ts";
import type { Past, PutBack } from "../storage/put-back.ts";
import type { TrainerTimes } from "./learning-times.ts";
import type { Bounded } from "./progress.ts";

/** What the registry and the Worker say to a trainer, and what it answers. A trainer's name is `model@version`. */

/** Which version it trains. All but the stage, and the directory that says so, never changes. */
export type TrainerConfig = {
  model: string;
  version: number;
  /** The spec as canonical JSON. */
  spec: string;
  stage: Stage;
  /** Number of the newest directory when the stage was so. What an older one says than the trainer was told last comes late, and changes nothing. */
  directory: number;
  /** What is not to be learned; as it was, when it is left out. Of an older revision than before it changes nothing. */
  exclusions?: Exclusions;
  /** Number of the last time that it is to learn again because units were erased; as before, when it is left out. */
  relearning?: number;
};

/** What could not be done since when, ms since the epoch, and why not at the last try. `what`: it, after "cannot". */
export type Failing = { what: string; since: number; problem: string };

/** Why how many examples could not be learned, and the last of them: its decision's offset in a partition. */
export type UnlearnedReason = { reason: string; n: number; partition: string; decision: number };

export type TrainerStatus = Learned & {
  model: string;
  version: number;
  stage: Stage;
  publication: Publication;
  /** The part of the log that it learns; null: all. */
  log: LogRange | null;
  /** Examples that could not be learned. */
  unlearnable: number;
  unlearned: UnlearnedReason[];
  /** Feedback that came too late to count. */
  late: number;
  /** Feedback that happened in time, and came when its decision had been learned without it. */
  missed: number;
  /** Rewards outside the spec's range, learned as the nearer end of it. */
  clamped: number;
  /** Examples that were passed over because they are not to be learned. */
  excluded: number;
  /** Examples that ended the trainer and are not tried any more. */
  setAside: number;
  /** What was timed since the object started. */
  times: TrainerTimes;
  /** When that was, ms since the epoch. */
  startedAt: number;
  /** How often what must hold of what is committed did not, since then. */
  broken: number;
  storageBytes: number;
  /** Examples that were passed over because their hour had enough of their session, unit, network, or of all. */
  bounded: Bounded;
  /** What it has tried to do for longest, and could not; null: nothing. */
  failing: Failing | null;
  /** How often what it learns from has changed, and when. */
  drift: DriftCounts;
  /** Features of its spec that no example had a value for, of so many. */
  missing: MissingReport;
  /** Whether it has been at the end of every partition since it began or began anew, and has published what it learned there. */
  caughtUp: boolean;
  /** Whether it learns again, itself, what it had learned before. */
  relearns: boolean;
  /** Number of the last time that it was told to learn again because units were erased; 0: it never was. */
  relearning: number;
  /** The last time it was to learn again because units were erased, and has published what it learned. */
  relearned: number;
  /** Up to where each partition is learned and committed, and the newest row that is known of. */
  partitions: { partition: string; position: Position | null; newest: number }[];
};

/** A kept snapshot: a base, and what makes it the one that was asked for; null where it is that itself. */
export type KeptSnapshot = { snapshot: SnapshotPointer; delta: DeltaPointer | null };

/** What a trainer can be asked. */
export interface TrainerCalls extends Rpc.DurableObjectBranded {
  /**
   * Begins to train a version, or takes another stage; told the same again it changes nothing.
   * @returns its newest publication: snapshot 0 when it is new.
   * @throws Error when all but the stage is not as before.
   */
  configure(config: TrainerConfig): Promise<Publication>;
  /** A partition has something new: the next slice, or null when the trainer has to ask. Resolves when it is taken, and soon in any case. */
  advance(partition: string, slice: Slice | null): Promise<void>;
  status(): TrainerStatus;
  /** Pointers to a snapshot by its number; null when it was never published or is no longer kept. */
  snapshotOf(number: number): KeptSnapshot | null;
  /** Begins to learn again what was learned, beside it, and to compare, unless that goes on already. Null while it learns its log again itself. */
  startReplay(): ReplayStatus | null;
  /** How far that is; null when it was not begun since the object started. */
  replay(): ReplayStatus | null;
  /** What pages are told of the newest publication. */
  notice(): SnapshotNotice;
  /** Puts it back to what it was (storage/put-back.ts). */
  putBack(to: Past): Promise<PutBack>;
}
