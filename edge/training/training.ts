import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { Publication } from "../../shared/contract/publication.ts";
import { joinRules } from "../../shared/versions/join.ts";
import { channelNames } from "../channel/messages.ts";
import type { Env } from "../env.ts";
import { partitionNames, type Slice } from "../log/messages.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import type { Alarm } from "../storage/alarm.ts";
import { within } from "../storage/within.ts";
import { Checkpoint } from "./checkpoint.ts";
import {
  ADVANCE_WAIT,
  CATCH_UP_LIMIT,
  MAX_CATCH_UP_PAUSE,
  PRUNE_INTERVAL,
  SLICE_LIMIT,
  WAITS_INTERVAL,
  WORK_LEASE,
} from "./limits.ts";
import { LogLearner } from "./log-learner.ts";
import type { KeptSnapshot, TrainerConfig, TrainerStatus } from "./messages.ts";
import { Pacing } from "./pacing.ts";
import { Publications } from "./publications.ts";
import { Publisher } from "./publisher.ts";
import { Retry } from "./retry.ts";
import type { VersionStore } from "./version-store.ts";

/** A partition that is read. */
type Source = {
  name: string;
  /** Whether it may have something to read. After a start all may. */
  wanted: boolean;
  /** When its next wait is over, which is a reason to read; null when none is open. */
  nextEnd: number | null;
  readAt: number;
  retry: Retry;
  /** Resolved when it is no longer wanted, or reading it failed. */
  settled: PromiseWithResolvers<void> | null;
};
/** A channel that is told. After a start it may not know of the newest publication. */
type Listener = { name: string; told: boolean; retry: Retry };

/** Something to do, from when on, and what waits when it fails. */
type Task = { at: number; what: string; retry: Retry; run(): Promise<void> | void };

const AT_ONCE = Number.NEGATIVE_INFINITY;
const DAY = 24 * 3_600_000;

/**
 * What a version does, one thing at a time: reads the partitions' logs, learns, commits, publishes, tells the channels, forgets
 * what is too old. Each has its own pause when it fails, so the others go on. An alarm is always set for what is to come.
 */
export class Training {
  readonly #version: VersionStore;
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;
  readonly #alarm: Alarm;
  readonly #checkpoint: Checkpoint;
  readonly #learner: LogLearner;
  readonly #publications: Publications;
  readonly #publisher: Publisher;
  readonly #pacing = new Pacing();
  /** The one that was read last stands at the end. */
  readonly #sources: Source[];
  readonly #listeners: Listener[];
  /** For how long publications are kept, ms. */
  readonly #keep: number;

  /** Whether the store has lost what was published last. */
  #lost = false;
  #pruneAt = AT_ONCE;
  readonly #retries = {
    follow: new Retry(),
    prepare: new Retry(),
    publish: new Retry(),
    point: new Retry(),
    commit: new Retry(),
    leave: new Retry(),
    prune: new Retry(),
  };
  #beginning: Promise<void> | null = null;
  #working: Promise<void> | null = null;

  constructor(version: VersionStore, storage: DurableObjectStorage, env: Env, alarm: Alarm) {
    this.#version = version;
    this.#storage = storage;
    this.#env = env;
    this.#alarm = alarm;
    this.#checkpoint = new Checkpoint(storage);
    const { model, spec } = version;
    const asks = { reader: version.name, model, rules: joinRules(spec) };
    this.#learner = new LogLearner(spec, this.#checkpoint, async (partition, from, upto, limit) =>
      env.PARTITION.getByName(partition).read({ ...asks, from, upto, limit }),
    );
    this.#publications = new Publications(storage);
    this.#publisher = new Publisher(this.#publications, env.ARTIFACTS, model, version.version);
    this.#sources = partitionNames(env.PARTITIONS).map((name) => ({
      name,
      wanted: true,
      nextEnd: null,
      readAt: AT_ONCE,
      retry: new Retry(),
      settled: null,
    }));
    this.#listeners = channelNames(model, env.CHANNELS).map((name) => ({ name, told: false, retry: new Retry() }));
    this.#keep = Number(env.SNAPSHOT_DAYS) * DAY;
    if (!(this.#keep > 0))
      throw new Error(`SNAPSHOT_DAYS must be a number above 0, not ${JSON.stringify(env.SNAPSHOT_DAYS)}`);
    this.#arm();
  }

  /** Takes the stage of a directory, at once, unless it is an older one than it was told of before. */
  take(config: Pick<TrainerConfig, "stage" | "directory">): void {
    const before = this.#version.stage;
    this.#storage.transactionSync(() => {
      this.#version.take(config);
      if (this.#version.stage === before) return;
      if (before === "retired") this.#learner.fallBehind();
      this.#commit();
    });
    if (this.#version.stage === before) return;
    for (const source of this.#sources) source.wanted = true;
    for (const listener of this.#listeners) listener.told = false;
    this.#arm();
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

  /** A partition has something new: see TrainerCalls. */
  async advance(partition: string, slice: Slice | null): Promise<void> {
    const source = this.#sources.find(({ name }) => name === partition);
    if (!source) throw new Error(`there is no partition ${partition}: PARTITIONS is ${this.#env.PARTITIONS}`);
    if (this.#version.stage === "retired") {
      // It was to leave, and the partition has forgotten that.
      this.#version.subscribed = true;
      return this.#arm();
    }
    if (slice && this.#learner.take(partition, slice)) return this.#heard(source, slice);
    source.wanted = true;
    if (source.retry.notBefore > Date.now()) return this.#arm();
    source.settled ??= Promise.withResolvers();
    const { promise } = source.settled;
    void this.work();
    await within(ADVANCE_WAIT, promise);
  }

  status(): TrainerStatus {
    const { newestFeedbackAt: _, ...progress } = this.#checkpoint.progress();
    const { model, version, stage, caughtUp } = this.#version;
    const places = this.#checkpoint.places();
    return {
      ...progress,
      ...{ model, version, stage, caughtUp },
      publication: this.#publications.newest!.publication,
      partitions: partitionNames(this.#env.PARTITIONS).map((partition) => {
        const place = places.get(partition);
        return { partition, position: place?.position ?? null, newest: place?.newest ?? 0 };
      }),
    };
  }

  snapshotOf(number: number): KeptSnapshot | null {
    return this.#publications.of(number);
  }

  notice(): SnapshotNotice {
    return this.#publisher.notice();
  }

  /** Does all that is due. Those who call meanwhile share the work. */
  work(): Promise<void> {
    this.#working ??= this.#workOff().finally(() => {
      this.#working = null;
      this.#arm();
    });
    return this.#working;
  }

  async #workOff(): Promise<void> {
    for (let task = this.#due(); task; task = this.#due()) {
      // Whatever ends the object now, it goes on then.
      this.#alarm.noLaterThan(Date.now() + WORK_LEASE);
      await this.#try(task);
    }
  }

  async #try({ what, retry, run }: Task): Promise<void> {
    try {
      await run();
      retry.succeeded();
    } catch (error) {
      retry.failed(Date.now());
      writeOutput("error", `a trainer could not ${what}`, { version: this.#version.name, ...errorFields(error) });
    }
  }

  #due(): Task | null {
    const now = Date.now();
    for (const task of this.#tasks()) if (Math.max(task.at, task.retry.notBefore) <= now) return task;
    return null;
  }

  /** Sets the alarm for the next thing to do. Called in the turn that changed what there is to do. */
  #arm(): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { at, retry } of this.#tasks()) next = Math.min(next, Math.max(at, retry.notBefore));
    if (next < Number.POSITIVE_INFINITY) this.#alarm.noLaterThan(Math.max(next, Date.now()));
  }

  /** All that there is to do, now or later, the most urgent first. Reading comes last: under load there is always more of it. */
  *#tasks(): Generator<Task> {
    const { newest } = this.#publications;
    if (newest === null) return;
    const { prepare, publish, point, commit, leave, follow, prune } = this.#retries;
    const retired = this.#version.stage === "retired";
    if (retired && this.#version.subscribed)
      yield { at: AT_ONCE, what: "leave the partitions", retry: leave, run: () => this.#leave() };
    if (!this.#publisher.ready)
      yield { at: AT_ONCE, what: "find out what the store has", retry: prepare, run: () => this.#prepare() };
    const publishAt = this.#publishAt(newest.publication.examples);
    if (this.#publisher.ready && publishAt !== null)
      yield { at: publishAt, what: "publish", retry: publish, run: () => this.#publish() };
    const commitAt = this.#commitAt(publishAt);
    if (commitAt !== null) yield { at: commitAt, what: "commit", retry: commit, run: () => this.#commit() };
    if (this.#serves)
      for (const listener of this.#listeners)
        if (!listener.told)
          yield { at: AT_ONCE, what: "tell a channel", retry: listener.retry, run: () => this.#tell(listener) };
    const { pointAt } = this.#publisher;
    if (pointAt !== null)
      yield { at: pointAt, what: "move the pointer", retry: point, run: () => this.#publisher.point() };
    const oldest = this.#publications.oldest();
    if (oldest !== null) {
      const at = Math.max(this.#pruneAt, oldest + this.#keep);
      yield { at, what: "forget old publications", retry: prune, run: () => this.#prune() };
    }
    if (retired) return;
    if (this.#learner.follows)
      yield { at: AT_ONCE, what: "learn the log again", retry: follow, run: () => this.#follow() };
    else
      for (const source of this.#sources) {
        const at = this.#readAt(source);
        if (at !== null)
          yield { at, what: `read partition ${source.name}`, retry: source.retry, run: () => this.#read(source) };
      }
  }

  get #serves(): boolean {
    const { stage } = this.#version;
    return stage === "live" || stage === "canary";
  }

  /** Whether it has been at the end of every partition since it began. */
  get #atEnds(): boolean {
    return !this.#learner.follows && this.#sources.every(({ name }) => this.#learner.hasBeenAtEnd(name));
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
    if (this.#atEnds) return this.#version.caughtUp ? this.#pacing.due(examples, published) : this.#pacing.soonest;
    return this.#serves && examples > published ? this.#pacing.due(examples, published) : null;
  }

  /** When what was learned is to be committed; null when there is nothing. @param publishAt when it is published, which commits it too. */
  #commitAt(publishAt: number | null): number | null {
    if (publishAt === null && this.#atEnds && !this.#version.caughtUp) return this.#pacing.soonest;
    return this.#learner.uncommitted ? this.#pacing.latest : null;
  }

  /** When a partition is to be read; null while there is no reason to. */
  #readAt({ wanted, nextEnd, readAt }: Source): number | null {
    if (wanted) return AT_ONCE;
    return nextEnd === null ? null : Math.max(nextEnd, readAt + WAITS_INTERVAL);
  }

  async #begin(): Promise<void> {
    try {
      await this.#prepare();
      await this.#publish();
      await this.#publisher.point();
    } finally {
      this.#arm();
    }
  }

  async #prepare(): Promise<void> {
    this.#lost = !(await this.#publisher.prepare());
  }

  /** Commits, and publishes what was committed. */
  async #publish(): Promise<void> {
    const started = Date.now();
    this.#commit();
    const { model, learned, newestFeedbackAt } = this.#learner;
    await this.#publisher.publish({
      snapshot: (number) => model.snapshot(this.#version.version, number),
      ...{ learned, newestFeedbackAt },
      beginning: this.#version.beginning,
      caughtUp: this.#atEnds,
    });
    this.#lost = false;
    for (const listener of this.#listeners) listener.told = false;
    this.#pacing.worked(started, Date.now());
  }

  #commit(): void {
    const started = Date.now();
    this.#pacing.begun();
    if (this.#learner.uncommitted) this.#learner.commit();
    const newest = this.#publications.newest?.publication;
    if (newest && this.#atEnds && this.#publishAt(newest.examples) === null) this.#version.caughtUp = true;
    this.#pacing.worked(started, Date.now());
  }

  async #tell(listener: Listener): Promise<void> {
    await this.#env.CHANNEL.getByName(listener.name).publish(this.#publisher.notice(), this.#version.stage);
    listener.told = true;
  }

  async #leave(): Promise<void> {
    await Promise.all(this.#sources.map(({ name }) => this.#env.PARTITION.getByName(name).leave(this.#version.name)));
    this.#version.subscribed = false;
  }

  async #prune(): Promise<void> {
    const more = await this.#publications.prune(this.#env.ARTIFACTS, Date.now() - this.#keep);
    this.#pruneAt = more ? AT_ONCE : Date.now() + PRUNE_INTERVAL;
  }

  async #follow(): Promise<void> {
    const started = performance.now();
    await this.#learner.learnAgain(this.#limit);
    this.#pacing.moved(Date.now());
    await this.#rest(started);
  }

  async #read(source: Source): Promise<void> {
    const started = performance.now();
    // The others have their turn before this one is read again.
    this.#sources.push(...this.#sources.splice(this.#sources.indexOf(source), 1));
    try {
      const slice = await this.#learner.learnNext(source.name, this.#limit);
      this.#heard(source, slice);
      if (slice.more) await this.#rest(started);
    } catch (error) {
      settle(source);
      throw error;
    }
  }

  #heard(source: Source, { more, nextEnd }: Pick<Slice, "more" | "nextEnd">): void {
    const now = Date.now();
    source.wanted = more;
    source.nextEnd = nextEnd;
    source.readAt = now;
    if (!more) settle(source);
    if (this.#learner.uncommitted) this.#pacing.moved(now);
    this.#arm();
  }

  get #limit(): number {
    return this.#version.stage === "live" ? SLICE_LIMIT : CATCH_UP_LIMIT;
  }

  /** Who is not live lets other objects work for as long as it did: on one machine they share a thread. */
  async #rest(started: number): Promise<void> {
    if (this.#version.stage === "live") return;
    // The clock stands still while an object computes; it goes on when the object has waited for something.
    await scheduler.wait(0);
    await scheduler.wait(Math.min(performance.now() - started, MAX_CATCH_UP_PAUSE));
  }
}

function settle(source: Source): void {
  source.settled?.resolve();
  source.settled = null;
}
