import type { LogPageEnd, LogRow } from "../../shared/contract/log-page.ts";
import type { JoinRules } from "../../shared/versions/join.ts";
import type { Carrier } from "../observe/span.ts";
import type { Past, PutBack } from "../storage/put-back.ts";
import type { ArchivedRow } from "./archived-row.ts";

/** What the Worker and the trainers say to a partition, and what it answers. Records travel as the JSON text that is stored. */

/**
 * Of a decision in a session that the edge issued: the how manieth it is there, from 0, and which slot of it. Its id is `<session>.<n>` or, of further
 * slots, `<session>.<n>.<slot>`.
 */
export type Draw = { session: string; n: number; slot: number };

/** A decision that passed its schema. `trace`: the sampled trace that it came with, as of everything here. `at`: when it was made, on the edge's clock. */
export type IncomingDecision = {
  id: string;
  draw?: Draw | undefined;
  model: string;
  unit: string;
  claimedAt: number;
  at: number;
  deferred: boolean;
  body: string;
  trace?: Carrier | undefined;
};
/** Feedback that passed its schema. `at`: when it happened, on the edge's clock. */
export type IncomingFeedback = {
  id: string;
  value: number;
  /** The id is that of a list's call, and the slot is meant that has this action. */
  action?: string | undefined;
  final: boolean;
  claimedAt: number | null;
  at: number;
  /** The record as JSON, where it says more than this release knows. */
  body?: string;
  trace?: Carrier | undefined;
};
/** An activation that passed its schema. `at`: when the decision was shown, on the edge's clock. */
export type IncomingActivation = {
  id: string;
  claimedAt: number | null;
  at: number;
  body?: string;
  trace?: Carrier | undefined;
};
/** The lists of a batch. */
type List = "decisions" | "feedback" | "activations";
/** Something that could not be used, as it came. */
export type Unusable = { list: List; id: string | null; reason: string; body: string };

export type Append = {
  decisions: IncomingDecision[];
  feedback: IncomingFeedback[];
  activations: IncomingActivation[];
  /** Kept among the dead letters. */
  unusable: Unusable[];
  /**
   * Whether to keep what the partition itself cannot use: a batch moves on, a single call is told. Of a batch, a decision is a repeat only if it says
   * what the one in the log says; what a call decides anew, its caller compares.
   */
  keepRejected: boolean;
  /** Models whose label is 0 or 1: other feedback for a decision of theirs is refused. */
  binary: string[];
  /** Models that the sender may give feedback for; null: all. */
  models: readonly string[] | null;
  /** Whether the sender is taken at his word (see intake/belonging.ts): a letter is driven again with no more rights than it came with. */
  trusted: boolean;
  /** Sessions of which decisions came that are neither taken nor refused, but are to come again. */
  waiting: string[];
};

/** An append of nothing, to lay over it what there is. */
export const NOTHING: Append = {
  decisions: [],
  feedback: [],
  activations: [],
  unusable: [],
  keepRejected: false,
  binary: [],
  models: null,
  trusted: false,
  waiting: [],
};

export type DecisionOutcome =
  | { status: "accepted" }
  /** `stored`: the decision that is in the log, as JSON. */
  | { status: "duplicate"; stored: string }
  /** The id belongs to another decision: of another model or, of a batch, one that says something else. */
  | { status: "conflict"; problem: string }
  /** Its record has more bytes than a row may. */
  | { status: "too long"; problem: string }
  | Erased
  /** Too many of its session's decisions are missing. */
  | { status: "out of turn"; problem: string }
  /** The same, but some of them are to come again: so is this one. */
  | Later
  | Lost;
/** `left out`: of a call of which only some decisions are known, one that is not. Nothing of that call is appended. */
export type CallOutcome = DecisionOutcome | { status: "left out" };
export type FeedbackOutcome =
  | { status: "accepted" }
  | { status: "duplicate" }
  /** The decision's model cannot learn from such a value; or no slot of the list has the action. */
  | { status: "unlearnable"; problem: string; field?: "action" }
  | Erased
  | Later
  | Lost
  | Unknown;
export type ActivationOutcome = { status: "accepted" } | { status: "duplicate" } | Erased | Later | Lost | Unknown;
/** It is neither taken nor refused, and is to come again after so many seconds. */
type Later = { status: "later"; problem: string; retryAfter: number };
/** What its decision is, or whether it is new, stands in a file of the archive that is lost. */
type Lost = { status: "lost"; problem: string };
/** Its unit was erased since it was made, or its retention is over. It is neither in the log nor among the dead letters. */
type Erased = { status: "erased"; problem: string };
/** The decision is of a model that the sender may not speak for: to the sender there is none. */
type Unknown = { status: "unknown"; problem: string };
/** Outcomes run parallel to what was sent. */
export type Appended = { decisions: DecisionOutcome[]; feedback: FeedbackOutcome[]; activations: ActivationOutcome[] };

/** How far a reader has read a log (docs/adr/0008-versions.md). All that it need keep. */
export type Position = {
  /** The log's identity; a partition that lost its data begins another. */
  log: string;
  /** Offset of the last row that was looked at for what it completes. */
  rows: number;
  /** Offset of the last opening row whose wait was over and looked at. */
  ends: number;
  /** Offset of the last row that was looked at for the waits of its session that it ended, all of them; with `ended` above 0, the row behind it is looked at. */
  heard: number;
  /** Offset of the last decision whose wait that row had ended and was looked at; 0: none was. */
  ended: number;
  /** Offset of the last opening row for which it was waited as long as for any, and looked at. */
  lasts: number;
  /** The log's time up to which that is so. */
  time: number;
  /**
   * Hash of the row at the furthest of these offsets: a log that was restored from an older copy has none there, or another. Null at the
   * beginning, and in what was kept before there were marks.
   */
  mark: number | null;
};

type Offsets = Omit<Position, "log" | "mark">;

/** Offset of the last row that something was done with. */
export const furthest = (place: Offsets): number => Math.max(place.rows, place.ends, furthestHeard(place), place.lasts);

/** Offset before which nothing waits: who reads on, asks nothing of a wait that began before the row behind it. */
export const waitsAfter = ({ ends, heard, lasts }: Offsets): number => Math.min(ends, heard, lasts);

/** Offset of the last row that was looked at for the waits that it ended, all or some of them. */
export const furthestHeard = ({ heard, ended }: Offsets): number => heard + (ended > 0 ? 1 : 0);

/** Whether a position is of a release before, which did not wait for pages: what was learned up to there is not what the log would give up to any place now. */
export const isFormerPosition = (position: Position): boolean =>
  [position.heard, position.ended, position.lasts].some((offset) => offset === undefined);

/** What a reader asks for. */
export type ReadRequest = {
  /** Who reads, `home-hero@2`: the partition tells it of what is new from then on. */
  reader: string;
  model: string;
  rules: JoinRules;
  /** null: from the beginning. */
  from: Position | null;
  /** No further than here: what was learned once is read again as it was. */
  upto: Position | null;
  /** Most examples. */
  limit: number;
};

/** A decision joined with its feedback by the reader's rules. */
export type Example = {
  /** Offset of the decision in the log. */
  decision: number;
  /** When the decision was received, ms since the epoch, the log's clock. */
  receivedAt: number;
  /** The decision record as JSON, as it was logged. */
  record: string;
  value: number;
  /** When the newest feedback in it was received, edge's clock; null when it is the default. */
  feedbackAt: number | null;
};

/** An example that is followed, by its decision's offset and id. */
export type TracedExample = { decision: number; id: string; traces: readonly Carrier[] };

/** What of a model is gone from a log since its retention is over: how many decisions, all of which were received before a time. */
export type Expired = { decisions: number; before: number };

/** The next slice of a log for a reader. `log` of `to` tells another log from the one that was asked for: then there is nothing in it. */
export type Slice = {
  /** Whether the log has not got (any more) what was read up to `from` or `upto`: it was restored from an older copy. Then there is nothing in it. */
  rewound: boolean;
  from: Position | null;
  to: Position;
  examples: Example[];
  /** Those of the examples that sampled traces follow, when they are handed out for the first time. */
  traced?: TracedExample[];
  /** What is gone of the model, for who begins at the beginning. */
  expired?: Expired;
  /** Feedback among the rows that came too late for the reader's rules. */
  late: number;
  /** Feedback among the rows that happened in time, and came when its decision had been learned without it. */
  missed: number;
  /** Whether there may be more already. */
  more: boolean;
  /** In how long the next wait is over, ms of the log's time; null when none is open. Clocks of partition and reader may differ. */
  endsIn: number | null;
  /** Offset of the newest row of the log. */
  newest: number;
};

/**
 * Which rows of a log to hand out: those after an offset, at most `limit`; of one model, or of all when that is null. `own`: of what came before its
 * decision only what is known to be of the model by now.
 */
export type PageRequest = { after: number; limit: number; model: string | null; own?: boolean };

/** `next`: offset of the last row that was looked at, to go on after; `time`: no row after it will have an earlier `receivedAt`. */
export type LogPage = LogPageEnd & { rows: LogRow[] };

/** With which rights something came. */
export type Sender = Pick<Append, "models" | "trusted">;
/** A dead letter. `whole`: whether all that came was kept, and not its beginning only. */
export type DeadLetter = Unusable & { number: number; receivedAt: number; whole: boolean; sender: Sender };
/** Letters that gave way to newer ones. */
export type PastLetters = { list: Unusable["list"]; reason: string; n: number; newestAt: number };
/** Which dead letters to hand out: those with a number after this one whose reason has this in it. */
export type LettersRequest = { after: number; limit: number; reason: string | null };
/** `next`: after which number to go on; null: there are no more. */
export type LettersPage = { letters: DeadLetter[]; next: number | null; past: PastLetters[] };
/** `rest`: numbers for which one call had no room. */
export type NumberedLetters = { letters: DeadLetter[]; rest: number[] };

/**
 * A unit that is to be erased. `hash`: of its name, by the key of the edge: nobody writes the name down to have it erased; `before`: what was made before then does not
 * come back, edge's clock.
 */
export type Erasure = {
  id: string;
  hash: string;
  before: number;
  /** Whether it is erased, and only to be remembered. */
  gone: boolean;
};
/** How much was erased. */
export type ErasedCounts = { decisions: number; feedback: number; activations: number; letters: number };
/** An erasure that is done in a partition. `models`: of which there were decisions. */
export type ErasureDone = ErasedCounts & { id: string; models: string[] };

/** Which records of a unit to hand out: rows after an offset and, once these are through, dead letters after a number. */
export type UnitRequest = { unit: string; after: number; letters: number; limit: number };
/** `next`: where to go on; null: this partition has no more. */
export type UnitPage = { rows: LogRow[]; letters: DeadLetter[]; next: { after: number; letters: number } | null };

export type PartitionStatistics = {
  decisions: number;
  feedback: number;
  activations: number;
  duplicates: number;
  deadLetters: number;
  /** What came of units that were erased after it was made, and was not taken. */
  erased: number;
  /** How many units are to be erased. */
  erasing: number;
  /** Whether anything was ever to be erased. */
  remembersErased: boolean;
  /** How many rows are gone since their retention was over. */
  expired: number;
  /** Offset of the newest row. */
  newest: number;
  log: string;
  /** Who is told of what is new. */
  readers: string[];
  /** The log's time, ms. */
  time: number;
  /** Offset of the newest row of each model that got one since the object started; of the others none is newer than `before`. */
  newestOf: { before: number; models: Record<string, number> };
  /** ms since the epoch. */
  startedAt: number;
  /** How often what must hold of what is committed did not, since then. */
  broken: number;
  storageBytes: number;
  archive: ArchiveStatistics;
};

/** How the archive of a partition is (docs/adr/0011-archive.md). Times are ms since the epoch. */
export type ArchiveStatistics = {
  /** Files, rows in them, and their bytes. */
  segments: number;
  rows: number;
  bytes: number;
  /** Bytes of what tells archived ids from new ones. */
  idBytes: number;
  /** When the oldest row was received that is not archived; null when there is none. */
  oldestLiveAt: number | null;
  /** Bytes that the partition holds, and may hold. */
  databaseBytes: number;
  databaseLimit: number;
  /** How many tries to archive have failed since the object started. */
  failures: number;
  /** Why the last try to archive failed, and when; null when it did not. */
  failure: { reason: string; at: number } | null;
  /** Files that the store has not any more, or has otherwise than they were written, as far as is known; some of them named, with what is wrong. */
  lost: { files: number; named: string[] };
};

/**
 * The next rows of a log after an offset: those of a file of the archive, or some of the live part, with earlier rows of the same decisions. `next`: offset of the last;
 * `time`: no row after it was received earlier; `state`: see ArchiveReaderCalls.
 */
export type LogPart = { log: string; state: string; newest: number; next: number; time: number } & (
  | { file: { key: string; sha256: string } }
  | { rows: ArchivedRow[] }
);

/** What a reader of the archive can be asked; its name is `<partition>/<reader>`. */
export interface ArchiveReaderCalls extends Rpc.DurableObjectBranded {
  /**
   * The next slice of a log of which a part is in the archive, as Partition.read gives it of one that has no archive.
   * @param log its identity; and a state, which is another whenever rows were removed from it, or its partition was started, maybe with an older copy of it: what was read in another is not read any more.
   * @param after offset before which it needs nothing but what later rows bring along.
   */
  read(
    partition: string,
    log: { identity: string; state: string },
    after: number,
    request: ReadRequest,
  ): Promise<Slice>;
}

/** Of how many partitions a log is, and of how many it was when it was begun. */
export type PartitionCount = { begun: number; now: number };

/**
 * What a partition can be asked; its name is its number. While PARTITIONS is what it cannot become, all but `page` throw an Error that begins with
 * PARTITIONS_CHANGED.
 */
export interface PartitionCalls extends Rpc.DurableObjectBranded {
  /**
   * Appends what is new. Once the log was split, what belongs to a session that another partition has is appended there.
   * @param from the partition that sends it, if one does. @throws Error that begins with MOVED when it would go back there.
   */
  append(batch: Append, from?: string): Promise<Appended>;
  /** Appends what one call decided, of one session: all of it, or nothing when some of the ids are known and others are not. @param from as above. */
  appendCall(decisions: IncomingDecision[], from?: string): Promise<CallOutcome[]>;
  /** The record of the decision with this id, as JSON; null when there is none. @param from as above. */
  decision(id: string, from?: string): Promise<string | null>;
  /**
   * Which partition has each of some sessions: this one or one that it was split from; null: none of them. From then on this one begins none of
   * those sessions that are at home in another one of so many partitions.
   */
  owners(sessions: string[], partitions: number): Promise<(string | null)[]>;
  /** The next slice of the log; whoever asks is told of what is new from then on. */
  read(request: ReadRequest): Slice | Promise<Slice>;
  /** The rows after an offset, for who reads the archive. */
  partAfter(offset: number): LogPart;
  /** This reader reads no more, and is not told any more. */
  leave(reader: string): void;
  /** What could not be used. */
  letters(request: LettersRequest): LettersPage;
  /** Of these the ones that are there, by their numbers. */
  lettersNumbered(numbers: number[]): NumberedLetters;
  /** Takes dead letters away that were driven again. */
  removeLetters(numbers: number[]): void;
  /**
   * Erases units, in the background: what is taken here will be done, also after a crash. Told again, it changes nothing.
   * @returns those that are done.
   */
  erase(key: Uint8Array<ArrayBuffer>, erasures: Erasure[]): ErasureDone[];
  /** Records of a unit. */
  unit(request: UnitRequest): Promise<UnitPage>;
  /** The rows of the log as they are. */
  page(request: PageRequest): LogPage | Promise<LogPage>;
  statistics(): PartitionStatistics;
  /** Of how many partitions it is one; null when that is not known, and not what is set. */
  partitionCount(): PartitionCount | null;
  /** Puts it back to what it was (storage/put-back.ts). */
  putBack(to: Past): Promise<PutBack>;
}

/** How the problem begins that a partition has when PARTITIONS is what it cannot become. */
export const PARTITIONS_CHANGED = "PARTITIONS can only be doubled while there is a log";

/** @param is how many the log has; null when that is not known. */
export const partitionsChanged = (set: number, is: number | null): string =>
  is === null
    ? `${PARTITIONS_CHANGED}: it is ${set}, and the log was begun with another number. Set it to what it was again, or begin another state`
    : `${PARTITIONS_CHANGED}: it is ${set}, and the log has ${is}. Set it to ${is} again, or to ${is * 2} to split each in two; they are never merged`;

/** How the error begins of a partition that is sent what does not belong to it. */
export const MOVED = "what belongs to another partition was sent here";

/** What the error says, behind its name, of a partition that is needed and cannot be reached: an outage (observe/outage.ts). */
export const AWAY = "may have this from before the log was split, and does not answer";

/** Names of all partitions. @throws Error when the setting is not a whole number from 1. */
export function partitionNames(setting: string): string[] {
  const partitions = Number(setting);
  if (!Number.isInteger(partitions) || partitions < 1)
    throw new Error(`PARTITIONS must be a whole number from 1, not ${JSON.stringify(setting)}`);
  return Array.from({ length: partitions }, (_, n) => String(n));
}
