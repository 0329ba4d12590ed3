import type { Exclusion } from "../../shared/contract/exclusion.ts";
import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { Publication } from "../../shared/contract/publication.ts";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import { outsideOf } from "../../shared/versions/excluded.ts";
import { joinRules } from "../../shared/versions/join.ts";
import type { Env } from "../env.ts";
import { partitionNames, type Slice } from "../log/messages.ts";
import { deadline } from "../storage/clock.ts";
import { Invariants } from "../storage/invariants.ts";
import { Retry } from "../storage/retry.ts";
import type { Waking } from "../storage/waking.ts";
import { Attempts } from "./attempts.ts";
import { Checkpoint } from "./checkpoint.ts";
import { LearningTimes } from "./learning-times.ts";
import { PRUNE_INTERVAL, RETRY } from "./limits.ts";
import { Listeners } from "./listeners.ts";
import { LogLearner, type Read } from "./log-learner.ts";
import type { KeptSnapshot, TrainerConfig, TrainerStatus } from "./messages.ts";
import { Pacing } from "./pacing.ts";
import { FORMER_LIFE, Publications } from "./publications.ts";
import { Publisher } from "./publisher.ts";
import { Replay } from "./replay.ts";
import { Sources } from "./sources.ts";
import type { VersionStore } from "./version-store.ts";
import { VersionTraces } from "./version-traces.ts";
import { AT_ONCE, type Task, Work } from "./work.ts";

const DAY = 24 * 3_600_000;

/** What a version does: it reads the partitions' logs, learns, commits, publishes, tells the channels, and forgets what is too old. */
export class Training {
  readonly #version: VersionStore;
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;
  readonly #checkpoint: Checkpoint;
  readonly #learner: LogLearner;
  readonly #sources: Sources;
  readonly #publications: Publications;
  readonly #publisher: Publisher;
  readonly #listeners: Listeners;
  readonly #pacing = new Pacing();
  readonly #attempts: Attempts;
  readonly #times = new LearningTimes();
  readonly #traces: VersionTraces;
  readonly #startedAt = Date.now();
  readonly #invariants: Invariants;
  readonly #work: Work;
  readonly #read: Read;
  /** What the spec does not learn of the log. */
  readonly #outside: readonly Exclusion[];
  #replay: Replay | null = null;
  /** For how long publications are kept, ms. */
  readonly #keep: number;

  /** Whether the store has lost what was published last. */
  #lost = false;
  #pruneAt = AT_ONCE;
  readonly #retries = {
    prepare: new Retry(RETRY),
    publish: new Retry(RETRY),
    point: new Retry(RETRY),
    commit: new Retry(RETRY),
    leave: new Retry(RETRY),
    prune: new Retry(RETRY),
  };
  #beginning: Promise<void> | null = null;

  constructor(version: VersionStore, storage: DurableObjectStorage, env: Env, waking: Waking) {
    this.#version = version;
    this.#storage = storage;
    this.#env = env;
    this.#keep = Number(env.SNAPSHOT_DAYS) * DAY;
    if (!(this.#keep > 0))
      throw new Error(`SNAPSHOT_DAYS must be a number above 0, not ${JSON.stringify(env.SNAPSHOT_DAYS)}`);
    const { model, spec, name: reader } = version;
    const rules = joinRules(spec);
    this.#outside = outsideOf(spec);
    this.#read = async (partition, from, upto, limit) =>
      env.PARTITION.getByName(partition).read({ reader, model, rules, from, upto, limit });
    this.#invariants = new Invariants(`trainer ${reader}`);
    this.#checkpoint = new Checkpoint(storage, this.#invariants);
    this.#attempts = new Attempts(storage, reader);
    this.#learner = new LogLearner(
      {
        name: reader,
        spec,
        exclusions: () => this.#exclusions,
        invariants: this.#invariants,
        learned: (partition, slice, seconds) => this.#learned(partition, slice, seconds),
      },
      this.#checkpoint,
      this.#attempts,
      this.#read,
    );
    this.#sources = new Sources(
      partitionNames(env.PARTITIONS),
      this.#learner,
      () => version.stage,
      () => this.#moved(),
    );
    this.#publications = new Publications(storage);
    this.#publisher = new Publisher(this.#publications, env.ARTIFACTS, model, version.version);
    this.#traces = new VersionTraces(model, version.version);
    this.#listeners = new Listeners(env, model, () => ({
      notice: this.notice(),
      stage: version.stage,
      traces: this.#traces.published,
    }));
    this.#work = new Work(reader, waking, () => this.#tasks());
    this.#work.arm();
  }

  /** Takes the stage of a directory, at once, unless it is an older one than it was told of before; and what is not to be learned, or not any more. */
  take(config: Pick<TrainerConfig, "stage" | "directory" | "exclusions" | "relearning">): void {
    const before = this.#version.stage;
    const anew = this.#storage.transactionSync(() => {
      this.#version.take(config);
      const isOther = this.#version.exclude(config.exclusions);
      const isAnew = this.#version.relearn(config.relearning) || isOther;
      if (this.#version.stage === before && !isAnew) return false;
      if (before === "retired") this.#learner.fallBehind();
      // What was published serves until that is learned again; what was learned since is not looked at: it may be the very thing that cannot be committed.
      if (isAnew) this.#learner.learnAnew();
      else this.#commit();
      return isAnew;
    });
    this.#version.excludeFrom(config.exclusions);
    if (this.#version.stage === before && !anew) return;
    this.#sources.wake();
    this.#listeners.wake();
    this.#work.arm();
  }

  /** The newest publication. The first is made here: before it there is no version that anybody could know of. */
  async publication(): Promise<Publication> {
    if (this.#publications.newest === null) {
      this.#beginning ??= this.#begin().finally(() => {
        this.#beginning = null;
      });
      await this.#beginning;
    }
    return this.#publications.newest!.publication;
  }

  /** See TrainerCalls. */
  async advance(partition: string, slice: Slice | null): Promise<void> {
    if (this.#version.stage === "retired")
      // It was to leave, and the partition has forgotten that.
      this.#version.subscribed = true;
    else await this.#sources.advance(partition, slice, () => void this.work());
    this.#work.arm();
  }

  /** @throws Error when nothing was published yet. */
  status(): TrainerStatus {
    const { newestFeedbackAt: _, ...progress } = this.#checkpoint.progress();
    const { name, model, version, stage, caughtUp, beginning, relearning } = this.#version;
    const { newest } = this.#publications;
    if (newest === null) throw new Error(`${name} has published nothing yet`);
    const places = this.#checkpoint.places();
    return {
      ...progress,
      unlearned: this.#checkpoint.unlearned(),
      ...{ model, version, stage, caughtUp },
      publication: newest.publication,
      log: this.#version.spec.log ?? null,
      drift: this.#learner.drift,
      missing: this.#learner.missing,
      relearns: this.#learner.follows,
      setAside: this.#attempts.setAside,
      failing: this.#work.failing,
      times: this.#times.times,
      startedAt: this.#startedAt,
      broken: this.#invariants.broken,
      storageBytes: this.#storage.sql.databaseSize,
      relearning,
      relearned: newest.beginning === beginning && !this.#learner.follows ? relearning : relearning - 1,
      partitions: partitionNames(this.#env.PARTITIONS).map((partition) => {
        const place = places.get(partition);
        return { partition, position: place?.position ?? null, newest: place?.newest ?? 0 };
      }),
    };
  }

  /**
   * Begins to learn again what was learned, beside it, unless that goes on already.
   * @returns null while what was learned is being learned again itself.
   */
  startReplay(): ReplayStatus | null {
    if (this.#replay?.status.state === "running") return this.#replay.status;
    if (this.#learner.follows) return null;
    this.#commit();
    const { spec, version, beginning } = this.#version;
    this.#replay = new Replay({
      ...{ version, spec, learner: this.#learner.model, exclusions: this.#exclusions, read: this.#read },
      isSetAside: (at) => this.#attempts.isSetAside(at),
      last: this.#checkpoint.lastLearnt(),
      next: (after) => this.#checkpoint.nextLearnt(after),
      goesOn: () => this.#version.beginning === beginning,
    });
    void this.#replay.run();
    return this.#replay.status;
  }

  /** How far that is; null when it was not begun since the object started. */
  replay(): ReplayStatus | null {
    return this.#replay?.status ?? null;
  }

  snapshotOf(number: number): KeptSnapshot | null {
    return this.#publications.of(number);
  }

  /** @throws Error when nothing was published yet. */
  notice(): SnapshotNotice {
    return this.#publisher.notice();
  }

  /** Does all that is due. */
  work(): Promise<void> {
    return this.#work.do();
  }

  /** Reading comes last: under load there is always more of it. Before its first publication there is no version. */
  *#tasks(): Generator<Task> {
    const { newest } = this.#publications;
    if (newest === null) return;
    const { prepare, publish, point, commit, leave, prune } = this.#retries;
    const { stage, subscribed } = this.#version;
    if (stage === "retired" && subscribed)
      yield { at: AT_ONCE, what: "leave the partitions", retry: leave, run: () => this.#leave() };
    if (!this.#publisher.ready)
      yield { at: AT_ONCE, what: "find out what the store has", retry: prepare, run: () => this.#prepare() };
    const publishAt = this.#publishAt(newest.publication.examples);
    if (this.#publisher.ready && publishAt !== null)
      yield { at: publishAt, what: "publish", retry: publish, run: () => this.#publish() };
    const commitAt = this.#commitAt(publishAt);
    if (commitAt !== null) yield { at: commitAt, what: "commit", retry: commit, run: () => this.#commit() };
    if (this.#serves) yield* this.#listeners.tasks();
    const { pointAt } = this.#publisher;
    if (pointAt !== null)
      yield { at: pointAt, what: "move the pointer", retry: point, run: () => this.#publisher.point() };
    const oldest = this.#publications.oldest();
    if (oldest !== null) {
      const at = Math.max(deadline(this.#pruneAt, PRUNE_INTERVAL), oldest + this.#keep);
      yield { at, what: "forget old publications", retry: prune, run: () => this.#prune() };
    }
    if (stage !== "retired" || this.#learner.follows) yield* this.#sources.tasks();
  }

  get #serves(): boolean {
    const { stage } = this.#version;
    return stage === "live" || stage === "canary";
  }

  #learned(partition: string, slice: Slice, seconds: number): void {
    const now = Date.now();
    this.#times.learned(slice.examples, seconds, { now, follows: this.#version.caughtUp || this.#serves });
    this.#traces.learned(partition, slice, seconds, now);
  }

  /** What is not to be learned. */
  get #exclusions(): readonly Exclusion[] {
    const { list } = this.#version.exclusions;
    return this.#outside.length === 0 ? list : [...this.#outside, ...list];
  }

  /** A log was read further. */
  #moved(): void {
    if (this.#learner.uncommitted) this.#pacing.moved(Date.now());
  }

  /**
   * When what was learned is to be published; null when nothing is. Who learns anew goes on with what was published before
   * until it has learned more, and who serves nobody does not publish before it has caught up.
   */
  #publishAt(published: number): number | null {
    if (this.#lost) return AT_ONCE;
    const { examples } = this.#learner.model;
    if (examples === published && this.#publications.newest?.beginning === this.#version.beginning) return null;
    if (this.#learner.follows) return null;
    // It had learned from what was erased, and goes no further.
    if (this.#version.stage === "retired") return this.#pacing.soonest;
    if (this.#sources.atEnds)
      return this.#version.caughtUp ? this.#pacing.due(examples, published) : this.#pacing.soonest;
    return this.#serves && examples > published ? this.#pacing.due(examples, published) : null;
  }

  /** When what was learned is to be committed; null when there is nothing. @param publishAt when it is published, which commits it too. */
  #commitAt(publishAt: number | null): number | null {
    if (publishAt === null && this.#sources.atEnds && !this.#version.caughtUp) return this.#pacing.soonest;
    return this.#learner.uncommitted ? this.#pacing.latest : null;
  }

  async #begin(): Promise<void> {
    try {
      await this.#prepare();
      // Of a trainer that has lost its data, what was published serves until as much is learned again.
      if (this.#publications.newest !== null) return;
      await this.#publish();
      await this.#publisher.point();
    } finally {
      this.#work.arm();
    }
  }

  async #prepare(): Promise<void> {
    // Who is retired learns no more than it has, unless something of that was erased.
    const { stage, relearning, beginning } = this.#version;
    const keeps = stage === "retired" && relearning === 0;
    this.#lost = !(await this.#publisher.prepare(keeps ? beginning : FORMER_LIFE));
  }

  /** Commits, and publishes what was committed. */
  async #publish(): Promise<void> {
    const started = Date.now();
    this.#commit();
    const { model, learned, newestFeedbackAt } = this.#learner;
    const publishing = this.#times.publishing();
    const tracing = this.#traces.publishing();
    try {
      await this.#publisher.publish({
        snapshot: (number) => model.snapshot(this.#version.version, number),
        ...{ learned, newestFeedbackAt },
        beginning: this.#version.beginning,
        caughtUp: this.#sources.atEnds,
      });
    } catch (error) {
      publishing.failed();
      tracing.failed();
      throw error;
    }
    const seconds = (Date.now() - started) / 1000;
    publishing.done(seconds, Date.now());
    tracing.done(seconds, snapshotNumber(this.#publications.newest!.publication));
    this.#lost = false;
    this.#listeners.wake();
    this.#pacing.published(started, Date.now());
  }

  #commit(): void {
    const started = Date.now();
    this.#pacing.begun();
    if (this.#learner.uncommitted) this.#learner.commit(this.#sources.settled);
    const newest = this.#publications.newest?.publication;
    if (newest && this.#sources.atEnds && this.#publishAt(newest.examples) === null) this.#version.caughtUp = true;
    this.#pacing.worked(started, Date.now());
  }

  async #leave(): Promise<void> {
    const { name } = this.#version;
    await Promise.all(this.#sources.names.map((partition) => this.#env.PARTITION.getByName(partition).leave(name)));
    this.#version.subscribed = false;
  }

  async #prune(): Promise<void> {
    const more = await this.#publications.prune(this.#env.ARTIFACTS, Date.now() - this.#keep);
    this.#pruneAt = more ? AT_ONCE : Date.now() + PRUNE_INTERVAL;
  }
}
