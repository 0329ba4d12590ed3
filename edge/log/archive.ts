import { sessionOf } from "../../shared/contract/issued-session.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { age, deadline } from "../storage/clock.ts";
import { Retry } from "../storage/retry.ts";
import { archiveDraws, forgetDraws } from "./archived-draws.ts";
import type { ArchivedRow } from "./archived-row.ts";
import { slotBefore } from "./draws.ts";
import {
  ARCHIVE_ABOVE,
  ARCHIVE_LOOK,
  ARCHIVE_RETRY,
  COMPLETE_KNOWN,
  LEAST_SEGMENT_CHARACTERS,
  LOST_LOOK,
  MANIFEST_INTERVAL,
  MEASURE_CHARACTERS,
  SEGMENT_CHARACTERS,
  SEGMENT_ROWS,
  SEGMENTS_KNOWN,
} from "./limits.ts";
import { copiesOf, insertRows, removeRows, rowsAfter } from "./live-part.ts";
import { EMPTY, type Log } from "./log.ts";
import { LostFiles } from "./lost-files.ts";
import type { Append, ArchiveStatistics } from "./messages.ts";
import { type Segment, Segments } from "./segments.ts";
import { BeyondReach, Unreadable } from "./within-reach.ts";

/** Ids of which all rows are asked for: of decisions with their records, of others without. */
export type Asked = { decisions: readonly string[]; others: readonly string[] };

/** What has to be there of a batch's decisions when it is appended. */
export const asksFor = ({ decisions, feedback, activations }: Append): Asked => ({
  decisions: decisions.map(({ id }) => id),
  others: [
    ...decisions.flatMap(({ draw }) => (draw && draw.slot > 0 ? [slotBefore(draw)] : [])),
    ...[...feedback, ...activations].map(({ id }) => id),
  ],
});

/** What the archive does in the partition's tables, beside its own. */
type Beside = {
  /** For how long a row may still be joined, ms. */
  hold: () => number;
  /** Bytes that are there for a while, and take no room from others. */
  zeros: () => number;
  /** Called in the transaction that takes rows out of the table: what was counted of them is to be kept. */
  closing: () => void;
};

/**
 * Moves the old part of a log to the store (docs/adr/0011-archive.md). A segment of rows is written as a file, read back and compared, and then, in one transaction, noted
 * and taken out of SQLite: whatever happens meanwhile, each row is in one of the two, and what is left over in the store is removed. Nothing of what a partition answers
 * depends on where segments end, and when they are closed.
 */
export class Archive {
  readonly segments: Segments;
  readonly lost: LostFiles;
  /** Most bytes that the partition may hold. */
  limit: number;
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #log: Log;
  readonly #partition: string;
  readonly #beside: Beside;
  readonly #retry = new Retry(ARCHIVE_RETRY);
  /** Ids of which all rows are in the table, or none are in the archive. */
  readonly #complete = new Set<string>();
  /** Ids that somebody works with, and how many do: no copies of their rows are taken away. */
  readonly #kept = new Map<string, number>();
  /** Rows of segments that were read last. */
  readonly #known = new Map<number, ArchivedRow[]>();
  /** Rises with every change of rows that are there. */
  #edits = 0;
  #working = false;
  /** What changes files waits for what does so, too. */
  #turn: Promise<unknown> = Promise.resolve();
  #lookAt = Number.NEGATIVE_INFINITY;
  #listedAt = Number.NEGATIVE_INFINITY;
  /** When files that are in no segment are to be removed, ms since the epoch; null: there are none. */
  #removeAt: number | null;
  #strayless = false;
  #lostLookAt = 0;
  #databaseBytes: number;
  #unmeasured = 0;
  /** Characters that were appended since it last found too few for a segment. */
  #fresh = Number.POSITIVE_INFINITY;
  #failures = 0;
  #failure: ArchiveStatistics["failure"] = null;

  constructor(
    storage: DurableObjectStorage,
    bucket: R2Bucket,
    log: Log,
    { partition, limit }: { partition: string; limit: number },
    beside: Beside,
  ) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#log = log;
    this.#partition = partition;
    this.limit = limit;
    this.#beside = beside;
    this.lost = new LostFiles(partition);
    this.segments = new Segments(storage.sql, bucket, partition, log.identity);
    this.#removeAt = this.segments.orphans.size > 0 ? 0 : null;
    this.#databaseBytes = storage.sql.databaseSize - beside.zeros();
  }

  /** So many characters of records were appended. */
  appended(characters: number): void {
    this.#unmeasured += characters;
    this.#fresh += characters;
    if (this.#unmeasured < MEASURE_CHARACTERS) return;
    this.#measure();
  }

  /** @throws Error (SQLITE_FULL) when the partition holds as much as it may. It goes well again when rows were archived. */
  requireRoom(): void {
    if (this.#databaseBytes >= this.limit) this.#measure();
    if (this.#databaseBytes < this.limit) return;
    throw new Error(
      `partition ${this.#partition} holds ${this.#databaseBytes} of at most ${this.limit} bytes until rows are archived: SQLITE_FULL`,
    );
  }

  statistics(): ArchiveStatistics {
    this.#measure();
    return {
      ...this.segments.totals,
      idBytes: this.#log.archivedIds.bytes,
      oldestLiveAt: this.oldestLiveAt,
      databaseBytes: this.#databaseBytes,
      databaseLimit: this.limit,
      failures: this.#failures,
      failure: this.#failure,
      lost: this.lost.statistics,
    };
  }

  /** When there is something to do next, ms since the epoch; null: nothing, as far as is known. */
  get due(): number | null {
    if (this.#working) return null;
    const isDue = this.#isPressed || this.#isOldEnough || !this.segments.isListed;
    const times = [isDue ? 0 : this.#removeAt, this.#lookForLostAt].filter((at) => at !== null);
    return times.length === 0 ? null : Math.max(this.#retry.notBefore, Math.min(...times));
  }

  /** When files that are in no segment are to be removed, ms since the epoch; null: there are none. */
  get removeAt(): number | null {
    return this.#removeAt;
  }

  /** Archives what is to be, a segment at a time; other calls get their turn meanwhile. Never throws. */
  async work(): Promise<void> {
    if (this.#working || this.#retry.notBefore > Date.now()) return;
    this.#working = true;
    try {
      // Once in the object's life, when it does something here anyway: files come to be so only while it is not running.
      if (!this.#strayless) await this.removeStrays(false);
      this.#strayless = true;
      if (this.#removeAt !== null && this.#removeAt <= Date.now()) await this.removeOrphans();
      const lookAt = this.#lookForLostAt;
      if (lookAt !== null && lookAt <= Date.now()) await this.#lookForLost();
      while (await this.alone(() => this.#closeNext())) {
        this.#measure();
        if (age(this.#listedAt) >= MANIFEST_INTERVAL) await this.alone(() => this.#list());
      }
      if (!this.segments.isListed) await this.alone(() => this.#list());
      this.#retry.succeeded();
      this.#failure = null;
    } catch (error) {
      this.#removeAt = 0;
      this.#retry.failed(Date.now());
      this.#failures++;
      this.#failure = { reason: error instanceof Error ? error.message : String(error), at: Date.now() };
      writeOutput("error", "rows of the log could not be archived", {
        partition: this.#partition,
        ...errorFields(error),
      });
    } finally {
      this.#working = false;
    }
  }

  /** Does something while no file is written or removed by anybody else. @throws what it throws. */
  alone<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** When it is to be looked for files that were lost, ms since the epoch; null: none is. */
  get #lookForLostAt(): number | null {
    return this.lost.keys.length > 0 ? deadline(this.#lostLookAt, LOST_LOOK) : null;
  }

  /** Looks for files that were lost. One that is needed no more was written anew, or is of a segment that has lost all its rows. */
  #lookForLost(): Promise<void> {
    this.#lostLookAt = Date.now() + LOST_LOOK;
    return this.alone(async () => {
      for (const key of this.lost.keys) {
        const segment = this.segments.withKey(key);
        if (segment === null) this.lost.found(key);
        // What it says of it, it notes itself.
        else await this.rows(segment).catch(() => {});
      }
    });
  }

  /** Removes files that are in no segment, once the manifest does not name them any more. */
  removeOrphans(): Promise<void> {
    return this.alone(async () => {
      if (!this.segments.isListed) await this.#list();
      this.#removeAt = await this.segments.removeOrphans();
    });
  }

  /**
   * Removes files of a history that the log has not any more, since it was restored from an older copy: those of which it has all rows itself, or has them in other files. What it has not
   * is said, and left to who restored it, unless somebody is erased: nobody reads these files, so no erasure reaches them. Files of another log are said, and never touched: they are somebody else's.
   * @throws Error when the store does not list or give them.
   */
  removeStrays(all: boolean): Promise<void> {
    return this.alone(async () => {
      const left: string[] = [];
      const { own, others, missing } = await this.segments.strays();
      for (const key of missing) this.lost.add({ key, problem: "is not in the store" });
      if (others.length > 0)
        writeOutput(
          "error",
          "the store has files of another log under this partition's name, which are left as they are",
          {
            ...{ partition: this.#partition, logs: others.length, first: others[0]! },
          },
        );
      for (const key of own) {
        const rows = all ? [] : await this.segments.readStray(key);
        if (all || (await this.#hasAll(rows))) {
          this.segments.orphan(key);
          this.#removeAt = 0;
          writeOutput("warn", "a file of the archive is of a history that the log has not any more, and is removed", {
            ...{ partition: this.#partition, file: key },
          });
        } else left.push(key);
      }
      if (left.length > 0)
        writeOutput("error", "files of the archive have rows that the log, restored from an older copy, has not", {
          ...{ partition: this.#partition, files: left.length, first: left[0]! },
        });
    });
  }

  /** Whether the log has these very rows, in its table or in a file. */
  async #hasAll(rows: readonly ArchivedRow[]): Promise<boolean> {
    const archived = rows.filter(({ offset }) => offset <= this.#log.archived);
    const there = new Map(
      (await this.rowsOf([...new Set(archived.map(({ id }) => id))])).map((row) => [row.offset, row]),
    );
    const isThere = ({ offset, kind, id, receivedAt }: ArchivedRow): boolean => {
      const [live] = this.#sql.exec<Pick<ArchivedRow, "kind" | "id" | "receivedAt">>(
        "SELECT kind, id, received_at AS receivedAt FROM log WHERE offset = ?",
        offset,
      );
      const row = live ?? there.get(offset);
      return row !== undefined && row.kind === kind && row.id === id && row.receivedAt === receivedAt;
    };
    return rows.every(isThere);
  }

  /** Closes a segment of these rows, the first that are not archived. @throws Error when the store does not take it, or gives back something else. */
  close(rows: readonly ArchivedRow[]): Promise<void> {
    return this.alone(() => this.#close(rows));
  }

  /** @returns whether there were rows for one. */
  async #closeNext(): Promise<boolean> {
    const next = this.#next();
    if (next !== null) await this.#close(next);
    return next !== null;
  }

  async #close(all: readonly ArchivedRow[]): Promise<void> {
    const edits = this.#edits;
    const { offset: first, receivedAt: oldestAt } = all[0]!;
    const { offset: last, receivedAt: newestAt } = all.at(-1)!;
    // What stands for a row that was removed has been the newest, and need not be any more.
    const rows = all.filter(({ id }) => id !== EMPTY);
    const mark = this.#log.markOf(last);
    const file = await this.segments.write({ first, last }, [...copiesOf(this.#sql, this.#log, rows), ...rows]);
    const number = (this.segments.newest?.number ?? 0) + 1;
    const segment: Segment = { number, first, last, rows: rows.length, oldestAt, newestAt, mark, ...file };
    this.#storage.transactionSync(() => {
      if (edits !== this.#edits || this.#log.newest <= last)
        throw new Error("rows were changed while they were archived");
      this.#beside.closing();
      this.segments.add(segment);
      this.#log.archivedIds.add(
        number,
        rows.flatMap(({ id }) => [id, sessionOf(id)]),
      );
      archiveDraws(
        this.#sql,
        rows.flatMap(({ kind, id }) => (kind === "decision" ? [id] : [])),
        newestAt,
      );
      forgetDraws(this.#sql, newestAt);
      removeRows(this.#sql, this.#log, last, [...this.#kept.keys()]);
    });
    this.#log.archivedUpTo(last);
    for (const id of this.#complete) if (!this.#kept.has(id)) this.#complete.delete(id);
  }

  /**
   * Writes a segment's file anew with those of its rows that are to stay. To be called `alone`. After it the old file is among the orphans.
   * @param rows of the file as it is. @param replacing called in the transaction that names the new one.
   * @throws Error when the store does not take it, or gives back something else.
   */
  async rewrite(
    segment: Segment,
    rows: readonly ArchivedRow[],
    stays: (row: ArchivedRow) => boolean,
    replacing: (gone: ArchivedRow[]) => void,
  ): Promise<void> {
    const kept = rows.filter(stays);
    const own = kept.filter(({ offset }) => offset >= segment.first);
    // Without rows of its own there is nobody who needs copies.
    const file = await this.segments.write(segment, own.length > 0 ? kept : []);
    const mark = own.at(-1)?.offset === segment.last ? segment.mark : null;
    this.#storage.transactionSync(() => {
      this.segments.replace({ ...segment, ...file, rows: own.length, mark });
      replacing(rows.filter((row) => row.offset >= segment.first && !stays(row)));
    });
    this.#removeAt = 0;
    this.changed();
  }

  /** Rows are not any more what they were: whoever has read some reads them again. */
  changed(): void {
    this.#edits++;
    this.#known.clear();
  }

  /** All archived rows of some ids, by offset. @throws Unreadable with the ids in a file that cannot be read. */
  async rowsOf(ids: readonly string[]): Promise<ArchivedRow[]> {
    const found: ArchivedRow[] = [];
    for (const [number, its] of this.#segmentsOf(ids)) {
      const segment = this.segments.numbered(number)!;
      const rows = await this.rows(segment).catch((error: unknown) => {
        throw new Unreadable(its, error);
      });
      for (const row of rows) if (row.offset >= segment.first && its.has(row.id)) found.push(row);
    }
    return found;
  }

  /** Which of some ids may be in which segments, by rising number. */
  #segmentsOf(ids: readonly string[]): [number, Set<string>][] {
    const segments = new Map<number, Set<string>>();
    for (const id of ids)
      for (const number of this.#log.archivedIds.segmentsOf(id)) {
        const its = segments.get(number) ?? new Set();
        segments.set(number, its.add(id));
      }
    return [...segments].sort(([a], [b]) => a - b);
  }

  /**
   * Acts when all rows of some ids are in the table, archived ones as copies, and keeps them there meanwhile.
   * @param most how many segments may be read for it.
   * @throws what acting throws, BeyondReach before anything is read, or Unreadable when a file cannot be.
   */
  async withRowsOf<T>(asked: Asked, act: () => Promise<T>, most = Number.POSITIVE_INFINITY): Promise<T> {
    const { decisions, others } = asked;
    const ids = [...decisions, ...others];
    for (const id of ids) this.#kept.set(id, (this.#kept.get(id) ?? 0) + 1);
    try {
      for (let missing = this.#missing(asked); missing.length > 0; missing = this.#missing(asked)) {
        if (missing.length > most) this.#requireReach(missing, most);
        await this.#fetch(missing);
      }
      return await act();
    } finally {
      for (const id of ids) {
        const times = this.#kept.get(id)! - 1;
        if (times > 0) this.#kept.set(id, times);
        else this.#kept.delete(id);
      }
    }
  }

  /** @throws BeyondReach with the ids that are also in other segments than those that may be read. */
  #requireReach(ids: readonly string[], most: number): void {
    const beyond = new Set(
      this.#segmentsOf(ids)
        .slice(most)
        .flatMap(([, its]) => [...its]),
    );
    // Who is in more than may be read is read all the same where there is nobody else.
    if (beyond.size > 0 && beyond.size < ids.length) throw new BeyondReach(beyond);
    if (beyond.size === ids.length && ids.length > 1) throw new BeyondReach(new Set(ids.slice(1)));
  }

  /** Which of some ids may have rows in the archive that are not in the table. */
  #missing({ decisions, others }: Asked): string[] {
    if (this.#log.archived === 0) return [];
    return [
      ...new Set([
        ...decisions.filter((id) => this.#isMissing(id, true)),
        ...others.filter((id) => this.#isMissing(id, false)),
      ]),
    ];
  }

  /** Puts all archived rows of some ids into the table, with their records: at once, since an id of which there is a row is taken for one of which all are there. */
  async #fetch(ids: readonly string[]): Promise<void> {
    const edits = this.#edits;
    const rows = await this.rowsOf(ids);
    if (edits !== this.#edits) return;
    const { removals } = this.#log;
    const going = removals.among("decision", ids);
    // What came for an id after that was found is in a file that is left as it is.
    const stays = ({ id, offset }: ArchivedRow) =>
      !going.has(id) || !removals.isIn(this.segments.after(offset - 1)!.number);
    this.#storage.transactionSync(() => insertRows(this.#sql, rows.filter(stays)));
    if (this.#complete.size >= COMPLETE_KNOWN) this.#complete.clear();
    for (const id of ids) this.#complete.add(id);
  }

  /** All rows of a segment's file. */
  async rows(segment: Segment): Promise<ArchivedRow[]> {
    const known = this.#known.get(segment.number);
    if (known) return known;
    let rows: ArchivedRow[];
    try {
      rows = await this.segments.read(segment);
    } catch (error) {
      const now = this.segments.numbered(segment.number);
      if (now !== null && now.sha256 !== segment.sha256) return this.rows(now);
      this.lost.failed(error);
      throw error;
    }
    this.lost.found(this.segments.key(segment));
    // It was written anew meanwhile, and what went is not to be kept here.
    const now = this.segments.numbered(segment.number)!;
    if (now.sha256 !== segment.sha256) return this.rows(now);
    this.#known.set(segment.number, rows);
    if (this.#known.size > SEGMENTS_KNOWN) this.#known.delete(this.#known.keys().next().value!);
    return rows;
  }

  /** When the oldest row was received that is not archived; null: all are. */
  get oldestLiveAt(): number | null {
    const [oldest] = this.#sql.exec<{ at: number }>(
      "SELECT received_at AS at FROM log WHERE offset > ? ORDER BY offset LIMIT 1",
      this.#log.archived,
    );
    return oldest?.at ?? null;
  }

  get #isPressed(): boolean {
    return this.#databaseBytes > this.limit * ARCHIVE_ABOVE && this.#fresh >= LEAST_SEGMENT_CHARACTERS / 2;
  }

  /** Whether the oldest row can no longer be joined; looked at now and then. */
  get #isOldEnough(): boolean {
    if (Math.abs(Date.now() - this.#lookAt) < ARCHIVE_LOOK) return false;
    const oldest = this.oldestLiveAt;
    const isOldEnough = oldest !== null && oldest + this.#beside.hold() < Date.now();
    if (!isOldEnough) this.#lookAt = Date.now();
    return isOldEnough;
  }

  /** The rows of the next segment; null when none is to be closed. The newest row stays: it says which offset is next. */
  #next(): ArchivedRow[] | null {
    const isPressed = this.#isPressed;
    if (!isPressed && !this.#isOldEnough) return null;
    const { rows, characters } = rowsAfter(this.#sql, this.#log, {
      after: this.#log.archived,
      before: this.#log.newest,
      rows: SEGMENT_ROWS,
      characters: SEGMENT_CHARACTERS,
    });
    const isFull = characters >= SEGMENT_CHARACTERS || rows.length === SEGMENT_ROWS;
    if (isPressed && rows.length > 0 && (isFull || characters >= LEAST_SEGMENT_CHARACTERS)) return rows;
    if (isFull && rows.at(-1)!.receivedAt + this.#beside.hold() < Date.now()) return rows;
    this.#lookAt = Date.now();
    this.#fresh = 0;
    return null;
  }

  #isMissing(id: string, asDecisions: boolean): boolean {
    if (this.#complete.has(id)) return false;
    const [row] = this.#sql.exec<{ has: number }>(
      "SELECT body IS NOT NULL AS has FROM log WHERE kind = 'decision' AND id = ?",
      id,
    );
    if (row) return asDecisions && row.has === 0;
    return this.#log.archivedIds.segmentsOf(id).length > 0;
  }

  #measure(): void {
    this.#databaseBytes = this.#sql.databaseSize - this.#beside.zeros();
    this.#unmeasured = 0;
  }

  async #list(): Promise<void> {
    await scheduler.wait(Math.max(0, MANIFEST_INTERVAL - age(this.#listedAt)));
    this.#listedAt = Date.now();
    await this.segments.list();
  }
}
