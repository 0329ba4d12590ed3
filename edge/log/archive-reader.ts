import { DurableObject } from "cloudflare:workers";
import { learnsAtEnd } from "../../shared/versions/join.ts";
import type { Env } from "../env.ts";
import { inJurisdiction } from "../storage/jurisdiction.ts";
import { waitingSince } from "./archived-part.ts";
import type { ArchivedRow } from "./archived-row.ts";
import { READER_IDLE } from "./limits.ts";
import { dropWithoutLater, insertRows } from "./live-part.ts";
import { Log } from "./log.ts";
import {
  type ArchiveReaderCalls,
  furthest,
  type LogPart,
  type ReadRequest,
  type Slice,
  waitsAfter,
} from "./messages.ts";
import { Reading } from "./reading.ts";
import { createTables } from "./schema.ts";
import { readSegmentFile } from "./segments.ts";

/** A stretch of a log that lies in the tables: all rows after an offset up to another, and earlier ones of the same decisions. */
type Loaded = { log: Log; state: string; reading: Reading; after: number; upto: number; newest: number; time: number };

/** Which log is read, and what tells rows that it has from those that it had: see ArchiveReaderCalls. */
type LogState = { identity: string; state: string };
type SegmentFile = { key: string; sha256: string };

/**
 * Reads the archived part of one partition's log for one reader: the files one after the other, and then the live part, are put into tables like the partition's, which
 * are read as those are (reading.ts). What is behind the reader is dropped. To whoever reads, the rows so far are a log as it once was; since the order of examples follows
 * from log and rules alone, wherever slices end, they are the same as if nothing had been archived.
 *
 * It keeps nothing that is not elsewhere, so it begins anew after a restart, and forgets all when it has not been asked for a while.
 */
export class ArchiveReader extends DurableObject<Env> implements ArchiveReaderCalls {
  #loaded: Loaded | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  /** One after the other: a slice may need rows that are loaded for the one before. */
  read(partition: string, log: LogState, after: number, request: ReadRequest): Promise<Slice> {
    const slice = this.#turn.then(() => this.#read(partition, log, after, request));
    this.#turn = slice.catch(() => {});
    return slice;
  }

  override async alarm(): Promise<void> {
    this.#loaded = null;
    await this.ctx.storage.deleteAll();
  }

  async #read(partition: string, log: LogState, after: number, request: ReadRequest): Promise<Slice> {
    void this.ctx.storage.setAlarm(Date.now() + READER_IDLE);
    const { from, upto } = request;
    const rows = from?.rows ?? 0;
    const loaded = await this.#stretch(log, after, rows);
    // At the end of the log its time goes on, by which waits are over. The last rows of what is loaded may have been removed.
    const isShort = () =>
      loaded.log.newest <= rows ||
      loaded.upto === loaded.newest ||
      loaded.log.newest < furthestAsked(request, loaded.log);
    for (let before = -1; before !== loaded.upto && isShort(); ) {
      before = loaded.upto;
      const { state } = await this.#load(partition, loaded, request.model);
      // Rows were removed meanwhile, or were never there as this log has it now, and some of them may be here.
      if (state !== log.state) return this.#read(partition, { ...log, state }, after, request);
    }
    const last = upto === null ? null : furthest(upto);
    const slice = loaded.reading.read(
      // Until all is there that was learned once, there is no end to come to.
      { ...request, upto: last !== null && last <= loaded.log.newest ? upto : null },
      loaded.time,
    ).slice;
    this.#drop(loaded, request, slice);
    const isAll =
      slice.more === false && (loaded.upto === loaded.newest || (last !== null && last <= loaded.log.newest));
    return { ...slice, newest: loaded.newest, more: !isAll, endsIn: isAll ? slice.endsIn : null };
  }

  /** What is loaded, where the reader can go on with it; else nothing yet, from where it has to begin. */
  async #stretch({ identity, state }: LogState, after: number, rows: number): Promise<Loaded> {
    const known = this.#loaded;
    if (known && known.log.identity === identity && known.state === state && known.after <= after && rows <= known.upto)
      return known;
    const { storage } = this.ctx;
    const { sql } = storage;
    // All of it: what is deleted in a database stays in its file for a while.
    await storage.deleteAll();
    void storage.setAlarm(Date.now() + READER_IDLE);
    storage.transactionSync(() => {
      createTables(sql);
      sql.exec("UPDATE log_identity SET id = ?", identity);
    });
    const log = new Log(sql);
    // The row at the reader's own place is loaded, too: by it is seen that this is the log that it has read.
    const begin = Math.max(0, after - 1);
    this.#loaded = { log, state, reading: new Reading(sql, log), after: begin, upto: begin, newest: begin, time: 0 };
    return this.#loaded;
  }

  /** @throws Error when the partition has lost its log meanwhile, or a file is not what it was. */
  async #load(partition: string, loaded: Loaded, model: string): Promise<LogPart> {
    const part = await inJurisdiction(this.env).PARTITION.getByName(partition).partAfter(loaded.upto);
    if (part.log !== loaded.log.identity) throw new Error(`partition ${partition} has begun another log meanwhile`);
    if (part.state !== loaded.state) return part;
    const rows = "rows" in part ? part.rows : await this.#readFile(partition, loaded.upto, part.file);
    // Of other models only that the rows are there is looked at.
    const needed = rows.map((row) => (row.model === null || row.model === model ? row : { ...row, body: null }));
    this.ctx.storage.transactionSync(() => insertRows(this.ctx.storage.sql, needed));
    Object.assign(loaded, { upto: part.next, newest: part.newest, time: part.time });
    return part;
  }

  /** The rows of a file that a partition has named; of the one that it names now, when it was written anew since. */
  async #readFile(partition: string, after: number, { key, sha256 }: SegmentFile): Promise<ArchivedRow[]> {
    try {
      return await readSegmentFile(this.env.ARTIFACTS, key, sha256);
    } catch (error) {
      const part = await inJurisdiction(this.env).PARTITION.getByName(partition).partAfter(after);
      if ("rows" in part || part.file.key === key) throw error;
      return this.#readFile(partition, after, part.file);
    }
  }

  /** Rows that are behind the reader, and of no decision that has a later one here, are not needed any more. */
  #drop(loaded: Loaded, { rules }: ReadRequest, { to, rewound }: Slice): void {
    if (rewound || to.log !== loaded.log.identity) return;
    const { sql } = this.ctx.storage;
    const behind = learnsAtEnd(rules) ? waitsAfter(to) : loaded.log.lastBefore(waitingSince(to, rules), to.rows);
    // A file's worth at a time.
    if (behind - loaded.after < DROP_ROWS) return;
    // The row at the place itself stays: a position may be there.
    dropWithoutLater(sql, behind - 1);
    loaded.after = behind;
  }
}

/**
 * Offset of the last row that a place is at which is asked for: it tells whether this is the log that was read. Of where to end that is asked once the rows before it are there, since none behind
 * them may be looked at; the cursors along what waits may be far ahead of these.
 */
function furthestAsked({ from, upto }: ReadRequest, { newest }: Log): number {
  return Math.max(from ? furthest(from) : 0, upto && newest >= upto.rows ? furthest(upto) : 0);
}

/** So many rows are dropped at a time at least. */
const DROP_ROWS = 2000;
