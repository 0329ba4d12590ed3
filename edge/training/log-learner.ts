import { NotFiniteError } from "../../shared/artifact/row-writer.ts";
import type { Exclusion } from "../../shared/contract/exclusion.ts";
import type { Learned } from "../../shared/contract/publication.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { DriftCounts } from "../../shared/evaluation/drift/drift-watch.ts";
import type { MissingReport } from "../../shared/evaluation/missing-features.ts";
import { reportText } from "../../shared/online/auto/report-text.ts";
import { type Bound, Contributions } from "../../shared/versions/contributions.ts";
import { type LearnedExample, learnExample } from "../../shared/versions/learn-example.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Position, Slice } from "../log/messages.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { age } from "../storage/clock.ts";
import type { Invariants } from "../storage/invariants.ts";
import { type Attempts, SET_ASIDE } from "./attempts.ts";
import type { Checkpoint, Unlearned } from "./checkpoint.ts";
import { Drifts } from "./drift.ts";
import type { Learnt } from "./journal.ts";
import { BOUNDED_LINE_INTERVAL } from "./limits.ts";
import { hasReached, samePosition } from "./position.ts";
import { type Bounded, NONE_BOUNDED, type Place } from "./progress.ts";

/** Reads the next slice of a partition's log, as Partition.read does for one version. */
export type Read = (partition: string, from: Position | null, upto: Position | null, limit: number) => Promise<Slice>;

/** Hears of a slice that was learned for the first time, and how many seconds that took. */
type Heard = (partition: string, slice: Slice, seconds: number) => void;

/**
 * Learns a version from the partitions' logs, a slice at a time, in memory; `commit` makes it durable. When the
 * stored state cannot be read (any more), it learns the log again in the order of the journal, which gives the same
 * bits: online learning depends on nothing but the examples and their order.
 */
export class LogLearner {
  readonly #name: string;
  readonly #spec: ModelSpec;
  readonly #checkpoint: Checkpoint;
  readonly #attempts: Attempts;
  readonly #exclusions: () => readonly Exclusion[];
  readonly #read: Read;
  readonly #learned: Heard;
  readonly #invariants: Invariants;

  #learner: ModelLearner;
  /** Moves with the learner. */
  #contributions: Contributions;
  /** Moves with them, too. */
  #drifts: Drifts;
  #places: Map<string, Place>;
  #newestFeedbackAt: number | null;
  #unlearnable: number;
  #late: number;
  #missed: number;
  #clamped: number;
  #excluded: number;
  #bounded: Bounded;
  /** Number of the last slice of the journal that was learned again; null when that is done, as it mostly is. */
  #followed: number | null;

  /** When it last said that a bound was reached, ms since the epoch. */
  readonly #saidAt = new Map<Bound, number>();

  /** How often it has begun anew. */
  #beginnings = 0;

  /** Learned, not yet committed. */
  #learnt: Learnt[] = [];
  #unlearned: Unlearned[] = [];
  #stateMoved = false;
  #uncommitted = false;
  /** How many examples were neither learned nor passed over, nor kept as such that could not be. */
  #unaccounted = 0;

  /**
   * Begins at the last checkpoint. @param name of the version. @param exclusions what is not to be learned, as of now. @param learned hears of slices that were
   * learned for the first time, and how long that took.
   */
  constructor(
    {
      name,
      spec,
      exclusions,
      invariants,
      learned,
    }: {
      name: string;
      spec: ModelSpec;
      exclusions: () => readonly Exclusion[];
      invariants: Invariants;
      learned: Heard;
    },
    checkpoint: Checkpoint,
    attempts: Attempts,
    read: Read,
  ) {
    this.#name = name;
    this.#spec = spec;
    this.#exclusions = exclusions;
    this.#learned = learned;
    this.#invariants = invariants;
    this.#checkpoint = checkpoint;
    this.#attempts = attempts;
    this.#read = read;
    [this.#learner, this.#contributions, this.#drifts] = this.#restore();
    const progress = checkpoint.progress();
    this.#places = checkpoint.places();
    this.#newestFeedbackAt = progress.newestFeedbackAt;
    this.#unlearnable = progress.unlearnable;
    this.#late = progress.late;
    this.#missed = progress.missed;
    this.#clamped = progress.clamped;
    this.#excluded = progress.excluded;
    this.#bounded = progress.bounded;
    const last = checkpoint.lastLearnt();
    this.#followed = last && !hasReached(this.position(last.partition), last.to) ? 0 : null;
  }

  get model(): ModelLearner {
    return this.#learner;
  }

  get learned(): Learned {
    const { examples, progressiveLoss, meanFeedback, report } = this.#learner;
    return { examples, progressiveLoss, meanFeedback, report: report && reportText(report) };
  }

  /** When the newest feedback that was learned was received, edge's clock; null before the first. */
  get newestFeedbackAt(): number | null {
    return this.#newestFeedbackAt;
  }

  /** Whether it still learns again what the journal says it had learned. */
  get follows(): boolean {
    return this.#followed !== null;
  }

  /** What has changed of what it learns from. */
  get drift(): DriftCounts {
    return this.#drifts.counts;
  }

  /** Features of its spec that have not come yet. */
  get missing(): MissingReport {
    return this.#drifts.missing;
  }

  get uncommitted(): boolean {
    return this.#uncommitted;
  }

  position(partition: string): Position | null {
    return this.#places.get(partition)?.position ?? null;
  }

  /** Whether it has been at the end of a partition's log since it began. */
  hasBeenAtEnd(partition: string): boolean {
    return this.#places.get(partition)?.reached ?? false;
  }

  /** Has to come to the end of every log again before it counts as caught up. */
  fallBehind(): void {
    for (const place of this.#places.values()) place.reached = false;
    this.#uncommitted = true;
  }

  /**
   * Learns the next slice of what the journal says was learned before. To be done until nothing is left of it, before
   * anything else is learned. @returns whether there may be more.
   */
  async learnAgain(asked: number): Promise<boolean> {
    const limit = this.#limit(asked);
    if (this.#followed === null) return false;
    const next = this.#checkpoint.nextLearnt(this.#followed);
    if (!next) {
      this.#followed = null;
      return false;
    }
    const { partition, to, number } = next;
    const from = this.position(partition);
    if (hasReached(from, to)) {
      this.#followed = number;
      return true;
    }
    const beginnings = this.#beginnings;
    const slice = await this.#read(partition, from, to, limit);
    this.#sayExpired(partition, slice);
    // Meanwhile it may have begun anew.
    if (beginnings !== this.#beginnings) return true;
    if (!slice.rewound && slice.to.log === to.log && !samePosition(slice.to, from)) {
      await this.#try(partition, slice);
      if (beginnings === this.#beginnings) this.#learn(partition, slice, false);
    } else this.#startOver(partition);
    return true;
  }

  /**
   * Learns a partition's next slice. A log that was restored from an older copy has lost what was learned, and the learner begins anew with what all
   * logs have: it is then, as ever, what its logs make of it, and can be learned again to the same bits.
   * @returns what else the slice says, and whether the learner began anew, so that all partitions are to be read.
   */
  async learnNext(partition: string, asked: number): Promise<Pick<Slice, "more" | "endsIn"> & { anew: boolean }> {
    const from = this.position(partition);
    const slice = await this.#read(partition, from, null, this.#limit(asked));
    this.#sayExpired(partition, slice);
    const ask = { more: true, endsIn: null, anew: false };
    // Meanwhile the partition may have sent a slice itself.
    if (!samePosition(from, this.position(partition))) return ask;
    if (slice.rewound || (from && slice.to.log !== from.log && this.#hasLearnt(partition, slice.to.log))) {
      this.#startOver(partition);
      return { ...ask, anew: true };
    }
    if (from && slice.to.log !== from.log) {
      writeOutput("error", "a partition's log is another one than before, and is learned from its beginning", {
        version: this.#name,
        partition,
      });
      this.#places.delete(partition);
      this.#uncommitted = true;
      return ask;
    }
    if (slice.more && samePosition(from, slice.to))
      throw new Error(`partition ${partition} says that there is more, and gives nothing`);
    await this.#try(partition, slice);
    return this.#take(partition, slice) ? { ...slice, anew: false } : ask;
  }

  /**
   * Learns a slice that a partition sent.
   * @returns false when it does not go on where the learner is, or has more than may be tried at once: nothing was learned then.
   */
  take(partition: string, slice: Slice): boolean {
    return !(this.#attempts.careful && slice.examples.length > 0) && this.#take(partition, slice);
  }

  /** How many examples a slice may have. */
  #limit(asked: number): number {
    return this.#attempts.careful ? 1 : asked;
  }

  /** Before a slice is learned whose example may end the object. */
  async #try(partition: string, { examples, to }: Slice): Promise<void> {
    if (!this.#attempts.careful) return;
    for (const { decision } of examples) {
      const at = { partition, log: to.log, decision };
      if (!this.#attempts.isSetAside(at)) await this.#attempts.begin(at);
    }
  }

  #take(partition: string, slice: Slice): boolean {
    const position = this.position(partition);
    if (this.follows || !samePosition(slice.from, position)) return false;
    if (position && position.log !== slice.to.log) return false;
    const started = performance.now();
    this.#learn(partition, slice, !slice.more);
    this.#learned(partition, slice, (performance.now() - started) / 1000);
    if (slice.examples.length > 0) addLearnt(this.#learnt, { partition, to: slice.to });
    return true;
  }

  /**
   * Makes what was learned durable. @param settled whether nothing is left to learn.
   * @throws BrokenInvariantError when what was learned is not as it must be: the checkpoint stays what it is.
   */
  commit(settled: boolean): void {
    this.#invariants.require(
      this.#unaccounted === 0,
      () => `of ${this.#unaccounted} examples it is not known what became of them`,
    );
    this.#checkpoint.commit(() => this.#attempts.committed(settled), {
      progress: {
        ...this.learned,
        newestFeedbackAt: this.#newestFeedbackAt,
        unlearnable: this.#unlearnable,
        late: this.#late,
        missed: this.#missed,
        clamped: this.#clamped,
        excluded: this.#excluded,
        bounded: this.#bounded,
      },
      content: this.#stateMoved
        ? { state: this.#written(), contributions: this.#contributions.state(), drift: this.#drifts.state() }
        : null,
      places: this.#places,
      learnt: this.#learnt,
      unlearned: this.#unlearned,
    });
    this.#learnt = [];
    this.#unlearned = [];
    this.#stateMoved = false;
    this.#uncommitted = false;
  }

  /** @throws BrokenInvariantError when the learner has a number that no state may have. */
  #written(): readonly Uint8Array<ArrayBuffer>[] {
    try {
      return this.#learner.written().parts();
    } catch (error) {
      throw error instanceof NotFiniteError ? this.#invariants.breach(error.message) : error;
    }
  }

  /** What became of all examples so far adds up to this. */
  #handled(): number {
    const { session, unit, network, all } = this.#bounded;
    return this.#learner.examples + this.#unlearnable + this.#excluded + session + unit + network + all;
  }

  /** Nothing here awaits: learner, position and journal move in one turn, so a commit never falls between them. */
  #learn(partition: string, { to, examples, late, missed, newest }: Slice, atEnd: boolean): void {
    const handled = this.#handled();
    const isNew = !this.follows;
    const heard = (learned: LearnedExample) => this.#drifts.learned(learned, isNew);
    for (const example of examples) {
      const isSetAside = this.#attempts.isSetAside({ partition, log: to.log, decision: example.decision });
      const learned = isSetAside
        ? { unlearned: SET_ASIDE }
        : learnExample(this.#learner, this.#contributions, example, this.#exclusions(), heard);
      if (typeof learned === "object" && "bounded" in learned) this.#passOver(learned.bounded);
      else if (typeof learned === "object") {
        this.#unlearned.push({ partition, decision: example.decision, reason: learned.unlearned });
        this.#unlearnable++;
      } else if (learned === "clamped") this.#clamped++;
      else if (learned === "excluded") this.#excluded++;
      if (example.feedbackAt !== null)
        this.#newestFeedbackAt = Math.max(this.#newestFeedbackAt ?? 0, example.feedbackAt);
    }
    if (this.#attempts.careful) this.#attempts.ended();
    this.#unaccounted += examples.length - (this.#handled() - handled);
    this.#late += late;
    this.#missed += missed;
    this.#places.set(partition, { position: to, newest, reached: atEnd || this.hasBeenAtEnd(partition) });
    if (examples.length > 0) this.#stateMoved = true;
    this.#uncommitted = true;
  }

  /** Who begins at the beginning of a log does not find it where its retention is over: what was learned of that before is learned no more. */
  #sayExpired(partition: string, { expired }: Slice): void {
    if (!expired) return;
    writeOutput("warn", "the beginning of a log is gone, its retention is over: what is left is learned", {
      ...{ version: this.#name, partition, ...expired },
    });
  }

  /** Says so once an hour of each bound, by the trainer's clock. */
  #passOver(bound: Bound): void {
    this.#bounded = { ...this.#bounded, [bound]: this.#bounded[bound] + 1 };
    if (age(this.#saidAt.get(bound) ?? Number.NEGATIVE_INFINITY) < BOUNDED_LINE_INTERVAL) return;
    this.#saidAt.set(bound, Date.now());
    writeOutput("warn", "examples are passed over: their hour has enough", {
      ...{ version: this.#name, of: bound, bounded: this.#bounded[bound] },
    });
  }

  #restore(): [ModelLearner, Contributions, Drifts] {
    const [learner, contributions, drifts] = this.#unlearnt();
    const state = this.#checkpoint.state();
    if (state === null) return [learner, contributions, drifts];
    try {
      learner.read(state)();
      // States of before have none.
      const counted = this.#checkpoint.contributions();
      if (counted) contributions.read(counted);
      const { examples } = this.#checkpoint.progress();
      if (learner.examples !== examples) throw new Error(`it has ${learner.examples} examples, and not ${examples}`);
      return [learner, contributions, new Drifts(this.#name, this.#spec, this.#checkpoint.drift())];
    } catch (error) {
      writeOutput("error", "learner state cannot be read, and the log is learned again", {
        version: this.#name,
        ...errorFields(error),
      });
      this.#checkpoint.reset();
      return this.#unlearnt();
    }
  }

  /** As they are before the first example. */
  #unlearnt(): [ModelLearner, Contributions, Drifts] {
    return [new ModelLearner(this.#spec), new Contributions(this.#spec.perHour), new Drifts(this.#name, this.#spec)];
  }

  /** Whether anything of a log was learned, committed or not. */
  #hasLearnt(partition: string, log: string): boolean {
    return (
      this.#learnt.some((learnt) => learnt.partition === partition && learnt.to.log === log) ||
      this.#checkpoint.hasLearnt(partition, log)
    );
  }

  /** What was learned is no longer in the log: what is left is to learn what the logs have, from their beginnings. */
  #startOver(partition: string): void {
    writeOutput("error", "what was learned is not in the log any more: what there is is learned from its beginning", {
      version: this.#name,
      partition,
      learned: this.#learner.examples,
    });
    this.#checkpoint.forget();
    this.#begin();
    this.#followed = null;
  }

  /**
   * Goes back to having learned nothing, and learns again what the journal tells of, in its order: what is to be learned of it has changed. What
   * was learned and is not committed is read again behind it, as after a crash.
   */
  learnAnew(): void {
    this.#checkpoint.reset();
    this.#begin();
    this.#followed = this.#checkpoint.lastLearnt() ? 0 : null;
  }

  #begin(): void {
    this.#beginnings++;
    [this.#learner, this.#contributions, this.#drifts] = this.#unlearnt();
    this.#places = new Map();
    this.#newestFeedbackAt = null;
    this.#unlearnable = 0;
    this.#late = 0;
    this.#missed = 0;
    this.#clamped = 0;
    this.#excluded = 0;
    this.#bounded = NONE_BOUNDED;
    this.#unaccounted = 0;
    this.#learnt = [];
    this.#unlearned = [];
    this.#stateMoved = false;
    this.#uncommitted = false;
  }
}

/** Adds a slice to a list in learning order; one that goes on where the last ended lengthens it. */
function addLearnt(list: Learnt[], slice: Learnt): void {
  const last = list.at(-1);
  if (last?.partition === slice.partition && last.to.log === slice.to.log) last.to = slice.to;
  else list.push({ ...slice });
}
