import { DurableObject } from "cloudflare:workers";
import { SESSION_MEMORY } from "../../shared/contract/limits.ts";
import { MAX_ACTIVATION_DELAY } from "../../shared/versions/join.ts";
import type { Env } from "../env.ts";
import { overloaded } from "../observe/outage.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { Admission } from "../storage/admission.ts";
import { Invariants } from "../storage/invariants.ts";
import { inJurisdiction } from "../storage/jurisdiction.ts";
import { type Past, type PutBack, putBack } from "../storage/put-back.ts";
import { Scrub } from "../storage/scrub.ts";
import { Waking } from "../storage/waking.ts";
import { requireAppended } from "./append-invariants.ts";
import { Appending, leftOut } from "./appending.ts";
import { Archive, asksFor } from "./archive.ts";
import { isArchived, partAfter, readArchived } from "./archived-part.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Draws } from "./draws.ts";
import { Erasing } from "./erasing.ts";
import { Expiring } from "./expiring.ts";
import { APPENDING, DELIVERY_DELAY, FORGET_STEP, PUSH_WAIT, RETRY, SEGMENTS_OF_A_BATCH } from "./limits.ts";
import { Log } from "./log.ts";
import { LogTime } from "./log-time.ts";
import {
  type Append,
  type Appended,
  type CallOutcome,
  type Erasure,
  type ErasureDone,
  type IncomingDecision,
  type LettersPage,
  type LettersRequest,
  type LogPage,
  type LogPart,
  NOTHING,
  type NumberedLetters,
  type PageRequest,
  type PartitionCalls,
  type PartitionCount,
  type PartitionStatistics,
  type ReadRequest,
  type Slice,
  type UnitPage,
  type UnitRequest,
} from "./messages.ts";
import { NewestOfModels } from "./newest-of-models.ts";
import { Owners } from "./owners.ts";
import { archivedPage, pageOf } from "./paging.ts";
import { checkPartitionCount, keptCount, raiseCount } from "./partition-count.ts";
import { Placing } from "./placing.ts";
import { type Reader, Readers } from "./readers.ts";
import { Reading } from "./reading.ts";
import { Retention } from "./retention.ts";
import { Rewriting } from "./rewriting.ts";
import { createTables } from "./schema.ts";
import { Totals } from "./totals.ts";
import { Traces } from "./traces.ts";
import { Turns } from "./turns.ts";
import { unitPage } from "./unit-records.ts";
import { type Chore, Upkeep } from "./upkeep.ts";
import { appendWithinReach } from "./within-reach.ts";

/**
 * One part of the log: appends decisions, feedback and activations, each once, hands them out in slices, and tells who reads of what is new.
 * What it acknowledged is durable. What the log comes to, each version concludes for itself (reading.ts).
 */
export class Partition extends DurableObject<Env> implements PartitionCalls {
  readonly #waking: Waking;
  readonly #log: Log;
  readonly #draws: Draws;
  readonly #time: LogTime;
  readonly #reading: Reading;
  readonly #readers: Readers;
  readonly #deadLetters: DeadLetters;
  readonly #owners: Owners;
  readonly #placing: Placing;
  readonly #totals: Totals;
  readonly #newestOf: NewestOfModels;
  readonly #traces: Traces;
  readonly #startedAt = Date.now();
  readonly #invariants: Invariants;
  /** Tells this life of the object from those before: who restores an older copy of it starts it anew. */
  readonly #life = crypto.randomUUID();
  /** Offset and time of the newest row that is committed. */
  #newest: { offset: number; time: number };
  readonly #turns = new Turns();
  readonly #admission = new Admission(APPENDING);
  readonly #erasing: Erasing;
  readonly #scrub: Scrub;
  readonly #retention: Retention;
  readonly #expiring: Expiring;
  readonly #upkeep: Upkeep;
  #working = false;
  /** Of no use to who calls it from outside: of an object, they see methods alone. */
  readonly archive: Archive;
  /** What the partition keeps of the number of partitions; null: it is to be read. */
  #count: PartitionCount | null = null;
  /** What is wrong with the number of partitions; null when nothing is. */
  #miscounted: string | null = null;

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = inJurisdiction(bindings);
    super(ctx, env);
    const { sql } = ctx.storage;
    ctx.storage.transactionSync(() => createTables(sql));
    this.#waking = new Waking(ctx.storage, () => this.#work());
    this.#log = new Log(sql);
    this.#draws = new Draws(this.#log);
    this.#time = new LogTime(sql);
    this.#reading = new Reading(sql, this.#log);
    this.#readers = new Readers(sql);
    this.#deadLetters = new DeadLetters(sql);
    this.#totals = new Totals(sql);
    this.#invariants = new Invariants(`partition ${ctx.id.name!}`);
    const { newest } = this.#log;
    this.#newest = { offset: newest, time: this.#log.timeOf(newest) };
    this.#newestOf = new NewestOfModels(newest);
    this.#traces = new Traces(ctx.id.name!, this.#log);
    const peer = (name: string) => env.PARTITION.getByName(name);
    const name = ctx.id.name!;
    this.#owners = new Owners(
      name,
      this.#log,
      () => {
        this.#count ??= keptCount(sql)!;
        return this.#count;
      },
      (parent, sessions, partitions) => peer(parent).owners(sessions, partitions),
    );
    this.#placing = new Placing(
      name,
      this.#owners,
      {
        append: (batch) => this.#append(batch),
        appendCall: (decisions) => this.#appendCall(decisions),
        decision: (id) => this.#decision(id),
      },
      peer,
    );
    this.#scrub = new Scrub(sql);
    this.archive = new Archive(
      ctx.storage,
      env.ARTIFACTS,
      this.#log,
      { partition: ctx.id.name!, limit: partitionBytes(env) },
      {
        hold: () => MAX_ACTIVATION_DELAY + this.#readers.longestWait,
        zeros: () => this.#scrub.bytes,
        closing: () => {
          this.#totals.save();
          this.#scrub.note();
        },
      },
    );
    const rewriting = new Rewriting(this.#log, this.archive);
    const beside = { archive: this.archive, rewriting, scrub: this.#scrub, removing: () => this.#totals.save() };
    this.#erasing = new Erasing(ctx.storage, this.#log, this.#deadLetters, beside);
    this.#retention = new Retention(env);
    this.#expiring = new Expiring(ctx.storage, this.#log, this.#retention, beside);
    this.#upkeep = new Upkeep(ctx.storage, ctx.id.name!, this.#chores(), () => this.#rearm());
    ctx.blockConcurrencyWhile(async () => {
      await this.#waking.load();
      this.#miscounted = await checkPartitionCount(sql, ctx.id.name!, env);
      this.#rearm();
    });
  }

  append(batch: Append, from?: string): Promise<Appended> {
    return appendWithinReach(batch, (part) =>
      this.#withArchived(part, () => this.#placing.append(part, from), SEGMENTS_OF_A_BATCH),
    );
  }

  appendCall(decisions: IncomingDecision[], from?: string): Promise<CallOutcome[]> {
    return this.#withArchived({ ...NOTHING, decisions }, () => this.#placing.appendCall(decisions, from));
  }

  async decision(id: string, from?: string): Promise<string | null> {
    this.#requireCount();
    return this.archive.withRowsOf({ decisions: [id], others: [] }, () => this.#placing.decision(id, from));
  }

  async owners(sessions: string[], partitions: number): Promise<(string | null)[]> {
    this.#requireCount();
    raiseCount(this.ctx.storage.sql, this.ctx.id.name!, partitions);
    this.#count = null;
    return this.#owners.having(sessions);
  }

  /** The next slice of the log; whoever asks is told of what is new from then on. */
  read(request: ReadRequest): Slice | Promise<Slice> {
    this.#requireCount();
    if (request.from?.log === this.#log.identity) this.#time.heard(request.from.time);
    // Who reads again what it had learned before is not told of what it is not yet to learn.
    const saw = (slice: Slice): Slice => {
      if (request.upto === null) {
        this.#readers.saw(request, slice, this.#log.newest, Date.now());
        if (!this.#working) this.#rearm();
      }
      const expired = request.from === null ? this.#expiring.of(request.model) : null;
      return expired ? { ...slice, expired } : slice;
    };
    if (isArchived(request, this.#log, this.archive.segments))
      return readArchived(this.env, this.ctx.id.name!, request, this.#log, this.#state, this.archive.segments).then(
        saw,
        (error: unknown) => {
          this.archive.lost.failed(error);
          this.#rearm();
          throw error;
        },
      );
    return saw(this.#read(request));
  }

  /** See ArchiveReaderCalls. */
  get #state(): string {
    return `${this.#life}/${this.#log.edits}`;
  }

  /** For who reads the archive. */
  partAfter(offset: number): LogPart {
    const { sql } = this.ctx.storage;
    return partAfter(sql, this.#log, this.#state, this.archive.segments, offset, () => this.#endTime());
  }

  leave(reader: string): void {
    this.#readers.leave(reader);
  }

  letters(request: LettersRequest): LettersPage {
    return this.#deadLetters.page(request);
  }

  lettersNumbered(numbers: number[]): NumberedLetters {
    return this.#deadLetters.numbered(numbers);
  }

  removeLetters(numbers: number[]): void {
    this.#deadLetters.remove(numbers);
  }

  erase(key: Uint8Array<ArrayBuffer>, erasures: Erasure[]): ErasureDone[] {
    this.#requireCount();
    this.ctx.storage.transactionSync(() => this.#erasing.take(key, erasures));
    this.#rearm();
    return this.#erasing.done(erasures.map(({ id }) => id));
  }

  async unit(request: UnitRequest): Promise<UnitPage> {
    this.#requireCount();
    return unitPage(this.ctx.storage.sql, this.#log, this.archive, this.#deadLetters, request);
  }

  /** The rows of the log after an offset, as they are. */
  page(request: PageRequest): LogPage | Promise<LogPage> {
    const newest = this.#log.newest;
    const log = this.#log.identity;
    if (request.after < this.#log.archived)
      return archivedPage(this.archive, request, this.#log).then((page) => ({ log, newest, ...page }));
    const { rows, next } = pageOf(this.ctx.storage.sql, request, this.#log);
    // In the middle of the log, the next row cannot be earlier than the last that was looked at.
    const time = next < newest ? this.#log.timeOf(next) : this.#endTime();
    return { log, rows, next, newest, time };
  }

  /** The log's time, for who has been told all rows: no later one will have an earlier time. */
  #endTime(): number {
    const time = this.#time.advance(Date.now());
    this.#time.keep(time - 1, time);
    return time;
  }

  partitionCount(): PartitionCount | null {
    return keptCount(this.ctx.storage.sql);
  }

  statistics(): PartitionStatistics {
    this.#requireCount();
    const { identity: log, newest } = this.#log;
    return {
      ...this.#totals.all,
      ...{ newest, log, readers: this.#readers.names },
      erased: this.#log.erased.refusals,
      erasing: this.#erasing.pending,
      remembersErased: this.#log.erased.remembers,
      expired: this.#expiring.rows,
      time: this.#time.advance(Date.now()),
      newestOf: this.#newestOf.all,
      startedAt: this.#startedAt,
      broken: this.#invariants.broken,
      storageBytes: this.ctx.storage.sql.databaseSize,
      archive: this.archive.statistics(),
    };
  }

  putBack(to: Past): Promise<PutBack> {
    return putBack(this.ctx, to);
  }

  override alarm(): Promise<void> {
    // It rings seldom, in place of a timer whose time is over: nobody waits on.
    this.#readers.hurry();
    return this.#waking.rang();
  }

  /** Tells the readers what is new, and does what else is due. */
  async #work(): Promise<void> {
    this.#working = true;
    try {
      const totalsDue = this.#totals.due;
      if (totalsDue !== null && totalsDue <= Date.now()) this.#totals.save();
      this.#log.tidy();
      this.#startArchiving();
      const pushes: Promise<void>[] = [];
      for (const reader of this.#readers.due(Date.now())) {
        // A slice takes some milliseconds; other calls get their turn between them, and a reader may have read meanwhile.
        if (pushes.length > 0) await scheduler.wait(0);
        if (reader.behind && !reader.busy) pushes.push(this.#tell(reader));
      }
      // Most answer at once: an alarm that rang would ring again after a crash, until it returns. Who is slow is not waited for, since no other work is
      // done before this is.
      await Promise.race([Promise.all(pushes), scheduler.wait(PUSH_WAIT)]);
    } finally {
      this.#working = false;
    }
    this.#rearm();
  }

  /** In one transaction. */
  #append(batch: Append): Appended {
    const started = performance.now();
    const now = Date.now();
    const receivedAt = this.#time.advance(now);
    // The log's time may be far ahead, and what is made now is not past for that.
    const isPast = (model: string, at: number) => this.#expiring.isPast(model, at, now);
    const appending = new Appending(this.#log, this.#draws, this.#deadLetters, isPast, receivedAt);
    const before = this.#newest;
    let appended: Appended;
    let newest: number;
    try {
      [appended, newest] = this.ctx.storage.transactionSync(() => {
        const appended = appending.append(batch);
        // As SQLite numbered the last row.
        const newest = this.#log.appended ?? before.offset;
        requireAppended(this.#invariants, {
          ...{ batch, appended, counts: appending.counts },
          offsets: { before: before.offset, newest },
          times: { before: before.time, received: receivedAt },
        });
        return [appended, newest];
      });
    } catch (error) {
      this.#draws.forget();
      this.#log.forget();
      throw error;
    }
    if (appending.rows > 0) {
      this.#time.appended(receivedAt);
      this.#newest = { offset: newest, time: receivedAt };
    }
    this.#totals.add(appending.counts);
    this.#traces.appended(batch, appended, (performance.now() - started) / 1000);
    this.#readers.appended(appending.models, appending.answered, Date.now());
    if (appending.models.size > 0) this.#newestOf.appended(appending.models, newest);
    this.archive.appended(charactersOf(batch));
    this.#rearm();
    return appended;
  }

  /**
   * Appends what is of decisions that may be in the archive when their rows are here again.
   * @throws Error that is an overload, before anything is done, while more calls are there than it can work off in time.
   */
  async #withArchived<T>(batch: Append, append: () => Promise<T>, segments?: number): Promise<T> {
    this.#requireCount();
    this.archive.requireRoom();
    const place = this.#admission.enter(charactersOf(batch), Date.now());
    if (!place)
      throw new Error(
        overloaded(`partition ${this.ctx.id.name!}`, `${this.#admission.inside.calls} calls wait for it`),
      );
    try {
      const inTurn = async () => {
        await this.#turns.next();
        return append();
      };
      return await this.archive.withRowsOf(asksFor(batch), inTurn, segments);
    } finally {
      this.#admission.leave(place);
    }
  }

  #appendCall(decisions: IncomingDecision[]): CallOutcome[] {
    return leftOut(this.#log, decisions) ?? this.#append({ ...NOTHING, decisions }).decisions;
  }

  #decision(id: string): string | null {
    return this.#log.record(id);
  }

  #chores(): Chore[] {
    // A letter may be of any model.
    const letterPeriod = Math.min(
      days("DEAD_LETTER_DAYS", this.env.DEAD_LETTER_DAYS),
      this.#retention.shortest ?? Number.POSITIVE_INFINITY,
    );
    return [
      {
        name: "erasing",
        dueAt: () => this.#erasing.dueAt,
        work: () => this.#erasing.step(),
      },
      {
        name: "overwriting",
        dueAt: () => (this.#scrub.isDue ? 0 : null),
        step: () => this.#scrub.step(),
      },
      {
        name: "retention",
        dueAt: () => this.#expiring.dueAt,
        work: () => this.#expiring.step(),
      },
      {
        name: "dead letters",
        dueAt: () => this.#deadLetters.expireAt(letterPeriod),
        step: () => this.#deadLetters.expire(Date.now() - letterPeriod),
      },
      {
        name: "forgetting what was erased",
        dueAt: () => this.#log.erased.forgetAt(SESSION_MEMORY),
        step: () => this.#log.erased.forget(Date.now() - SESSION_MEMORY, FORGET_STEP),
      },
    ];
  }

  #read(request: ReadRequest): Slice {
    const { slice, passed } = this.#reading.read(request, this.#time.advance(Date.now()));
    if (passed !== null) this.#time.keep(passed, slice.to.time);
    const traced = request.upto === null ? this.#traces.of(slice.examples) : [];
    return traced.length > 0 ? { ...slice, traced } : slice;
  }

  /** Tells a reader, with the next slice where it is known which that is. Never throws. */
  async #tell(reader: Reader): Promise<void> {
    this.#readers.telling(reader);
    try {
      const slice = this.#nextSlice(reader);
      await this.env.TRAINER.getByName(reader.name).advance(this.ctx.id.name!, slice);
      this.#readers.told(reader);
    } catch (error) {
      this.#readers.failed(reader, Date.now());
      writeOutput("error", "a reader could not be told", {
        reader: reader.name,
        partition: this.ctx.id.name,
        ...errorFields(error),
      });
    }
    if (!this.#working) this.#rearm();
  }

  #nextSlice(reader: Reader): Slice | null {
    if (reader.seen === null) return null;
    const { name, model, seen } = reader;
    const { position: from, rules, limit } = seen;
    const request = { reader: name, model, rules, from, upto: null, limit };
    if (isArchived(request, this.#log, this.archive.segments)) return null;
    const slice = this.#read(request);
    // If it is somewhere else by now, it does not take the slice and asks.
    reader.seen = { ...seen, position: slice.to };
    return slice;
  }

  /** @throws Error when the partitions are not as many as they were. */
  #requireCount(): void {
    if (this.#miscounted !== null) throw new Error(this.#miscounted);
  }

  /** Archives while other calls get their turn. Whoever reads is told first what it has not heard of: what it is behind is read from the archive then. */
  #startArchiving(): void {
    const { due } = this.archive;
    if (due === null || due > Date.now()) return;
    this.ctx.waitUntil(this.archive.work().then(() => this.#rearm()));
  }

  /** Sets the alarm for the next thing to do. Called in the turn that changed what there is to do. */
  #rearm(): void {
    const upkeepAt = this.#upkeep.begin();
    const due = this.#readers.nextDue();
    const now = Date.now();
    const archiveAt = this.archive.due;
    if (upkeepAt !== null) this.#waking.noLaterThan(upkeepAt);
    if (archiveAt !== null) this.#waking.noLaterThan(Math.max(now + DELIVERY_DELAY, archiveAt));
    if (due !== null) this.#waking.noLaterThan(Math.max(now + DELIVERY_DELAY, due));
    // So that a crash forgets nobody who is being told.
    else if (!this.#readers.allTold) this.#waking.noLaterThan(now + RETRY.cap);
    else if (!this.#log.isTidy) this.#waking.noLaterThan(now + DELIVERY_DELAY);
    else if (this.#totals.due !== null) this.#waking.noLaterThan(Math.max(now + DELIVERY_DELAY, this.#totals.due));
    else if (upkeepAt === null && archiveAt === null) this.#waking.clear();
  }
}

/** A setting in days, in ms. @throws Error when it is none. */
function days(name: string, setting: string): number {
  const period = Number(setting) * 24 * 3_600_000;
  if (!(period > 0)) throw new Error(`${name} must be a number above 0, not ${JSON.stringify(setting)}`);
  return period;
}

/** Most bytes that a partition may hold. @throws Error when the setting is no number above 0. */
function partitionBytes({ PARTITION_MEGABYTES: setting }: Env): number {
  const megabytes = Number(setting);
  if (!(megabytes > 0)) throw new Error(`PARTITION_MEGABYTES must be a number above 0, not ${JSON.stringify(setting)}`);
  return megabytes * 1_000_000;
}

/** Of its records; what else there is of an item is small. */
const charactersOf = ({ decisions, feedback, activations, unusable }: Append): number =>
  [decisions, feedback, activations, unusable]
    .flat()
    .reduce((sum, { id, body = "" }) => sum + body.length + (id?.length ?? 0), 0);
