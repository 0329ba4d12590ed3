import { sha256Hex } from "../storage/artifacts.ts";
import { deadline } from "../storage/clock.ts";
import { hex } from "../storage/hex.ts";
import type { ArchivedRow } from "./archived-row.ts";
import { MANIFEST_SEGMENTS, UPLOAD_DELAY } from "./limits.ts";
import { decodeSegment, encodeSegment } from "./segment-file.ts";

/** A file of the archive; of one that has lost all its rows there is none any more, and `sha256` is empty. Offsets of its first and last row, times ms since the epoch, on the log's clock. */
export type Segment = {
  number: number;
  first: number;
  last: number;
  rows: number;
  bytes: number;
  oldestAt: number;
  newestAt: number;
  mark: number | null;
  sha256: string;
  nonce: string | null;
};
/** What was written of one. */
type Written = Pick<Segment, "sha256" | "nonce" | "bytes">;

const SEGMENT = `SELECT number, first, last, rows, bytes, oldest_at AS oldestAt, newest_at AS newestAt, mark, sha256, nonce FROM segments`;

/** What of a log is in the store: the files, in order, and the manifest there that says so. */
export class Segments {
  readonly #sql: SqlStorage;
  readonly #bucket: R2Bucket;
  readonly #partition: string;
  readonly #log: string;
  #listed: boolean;

  /** @param log identity of the log. */
  constructor(sql: SqlStorage, bucket: R2Bucket, partition: string, log: string) {
    this.#sql = sql;
    this.#bucket = bucket;
    this.#partition = partition;
    this.#log = log;
    this.#listed = sql.exec("SELECT 1 FROM segments WHERE NOT listed LIMIT 1").toArray().length === 0;
  }

  /** The newest; null when there is none. */
  get newest(): Segment | null {
    return this.#one(`${SEGMENT} ORDER BY number DESC LIMIT 1`);
  }

  /** Which has the first row after an offset. */
  after(offset: number): Segment | null {
    return this.#one(`${SEGMENT} WHERE last > ? ORDER BY last LIMIT 1`, offset);
  }

  /** The first that has a row which was received at a time or later. */
  since(time: number): Segment | null {
    return this.#one(`${SEGMENT} WHERE newest_at >= ? ORDER BY number LIMIT 1`, time);
  }

  numbered(number: number): Segment | null {
    return this.#one(`${SEGMENT} WHERE number = ?`, number);
  }

  /** Which has a file of that name; null: none any more. */
  withKey(key: string): Segment | null {
    const [, first] = /(\d+)-\d+-[0-9a-f]{64}(?:-[0-9a-f]+)?\.parquet$/.exec(key) ?? [];
    const segment = first === undefined ? null : this.#one(`${SEGMENT} WHERE first = ?`, Number(first));
    return segment && segment.sha256 !== "" && this.key(segment) === key ? segment : null;
  }

  /** When the oldest row was received that there is; null: there is none. */
  get oldestAt(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(oldest_at) AS at FROM segments WHERE rows > 0").one().at;
  }

  /** The first that may have what is past at a time and was not when it was looked at last. @param period after which it is, ms. */
  nextWithPast(period: number, time: number): Segment | null {
    return this.#one(
      `${SEGMENT} WHERE rows > 0 AND oldest_at < ?1 AND (looked_at IS NULL OR looked_at < ?2 AND newest_at >= looked_at - ?3)
       ORDER BY number LIMIT 1`,
      ...[time - period, time, period],
    );
  }

  /** It was looked at for what is past at a time. */
  looked({ number }: Segment, time: number): void {
    this.#sql.exec("UPDATE segments SET looked_at = ? WHERE number = ?", time, number);
  }

  /** Number of the last of those, from the first on, that have no rows and whose rows were received before a time; 0: none. */
  emptyUpTo(time: number): number {
    const [next] = this.#sql
      .exec<{ number: number }>(
        "SELECT number FROM segments WHERE rows > 0 OR newest_at >= ? ORDER BY number LIMIT 1",
        time,
      )
      .toArray();
    return next ? next.number - 1 : (this.newest?.number ?? 0);
  }

  get totals(): { segments: number; rows: number; bytes: number } {
    return this.#sql
      .exec<{ segments: number; rows: number; bytes: number }>(
        "SELECT ifnull(sum(sha256 <> ''), 0) AS segments, ifnull(sum(rows), 0) AS rows, ifnull(sum(bytes), 0) AS bytes FROM segments",
      )
      .one();
  }

  /** To be called in the transaction that takes the rows out of the log. */
  add(segment: Segment): void {
    const { number, first, last, rows, bytes, oldestAt, newestAt, mark, sha256, nonce } = segment;
    this.#sql.exec(
      `INSERT INTO segments (number, first, last, rows, bytes, oldest_at, newest_at, mark, sha256, nonce, listed)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
      ...[number, first, last, rows, bytes, oldestAt, newestAt, mark, sha256, nonce],
    );
    this.#sql.exec("DELETE FROM uploads WHERE key = ?", this.key(segment));
    this.#listed = false;
  }

  /**
   * Name of its file: no other content has it, nor the same content that was written another time. So what removes a file of before, and arrives late, removes none that is
   * needed, and what writes one late brings none back.
   */
  key({ first, last, sha256, nonce }: Pick<Segment, "first" | "last" | "sha256" | "nonce">): string {
    return `${this.#prefix}${pad(first)}-${pad(last)}-${sha256}${nonce === null ? "" : `-${nonce}`}.parquet`;
  }

  /**
   * Its file was written anew without some rows: names that one, and the old file among those that are to be removed. To be called in a transaction.
   * @param by with the number of the segment.
   */
  replace(by: Segment): void {
    const old = this.numbered(by.number)!;
    const { number, rows, bytes, mark, sha256, nonce } = by;
    this.#sql.exec(
      "UPDATE segments SET rows = ?, bytes = ?, mark = ?, sha256 = ?, nonce = ?, listed = 0 WHERE number = ?",
      ...[rows, bytes, mark, sha256, nonce, number],
    );
    this.#sql.exec("DELETE FROM uploads WHERE key = ?", this.key(by));
    this.orphan(this.key(old));
    this.#listed = false;
  }

  /**
   * Writes rows as a file, reads it back and compares. One that is in no segment when this object has ended is found by `removeOrphans`.
   * @throws Error when the store does not take it, or gives back something else.
   */
  async write({ first, last }: Pick<Segment, "first" | "last">, rows: readonly ArchivedRow[]): Promise<Written> {
    if (rows.length === 0) return { sha256: "", nonce: null, bytes: 0 };
    const file = encodeSegment(this.#log, rows);
    const sha256 = await sha256Hex(file);
    const nonce = hex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
    const key = this.key({ first, last, sha256, nonce });
    this.#sql.exec("INSERT INTO uploads (key, at) VALUES (?, ?)", key, Date.now());
    await this.#bucket.put(key, file, { sha256, httpMetadata: { contentType: "application/vnd.apache.parquet" } });
    expectSame(await readSegmentFile(this.#bucket, key, sha256), rows, key);
    return { sha256, nonce, bytes: file.length };
  }

  /** The file's rows, and before them earlier ones of the same decisions. @throws Error when it is not in the store, or not what was written. */
  async read(segment: Segment): Promise<ArchivedRow[]> {
    return readSegmentFile(this.#bucket, this.key(segment), segment.sha256);
  }

  /** Names of files that may be in the store, and are in no segment. */
  get orphans(): Set<string> {
    return new Set(
      this.#sql
        .exec<{ key: string }>("SELECT key FROM uploads")
        .toArray()
        .map(({ key }) => key),
    );
  }

  /**
   * Removes files that were written, or were to be, and came into no segment, or are in none any more. Those that may still come into the store are to be removed again.
   * @returns when that is, ms since the epoch; null: there are none.
   */
  async removeOrphans(): Promise<number | null> {
    const keys = [...this.orphans];
    for (let first = 0; first < keys.length; first += DELETE_BATCH) {
      const batch = keys.slice(first, first + DELETE_BATCH);
      await this.#bucket.delete(batch);
      for (const { key, at } of this.#sql
        .exec<{ key: string; at: number | null }>(
          "SELECT key, at FROM uploads WHERE key IN (SELECT value FROM json_each(?))",
          JSON.stringify(batch),
        )
        .toArray())
        if (at === null || deadline(at + UPLOAD_DELAY, UPLOAD_DELAY) <= Date.now())
          this.#sql.exec("DELETE FROM uploads WHERE key = ?", key);
    }
    const { at } = this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM uploads").one();
    return at === null ? null : deadline(at + UPLOAD_DELAY, UPLOAD_DELAY);
  }

  /**
   * `own`: files of this log in the store that are in no segment and not to be removed, of a history that the log has not any more, since it was restored from an older copy. `others`: identities of
   * other logs that have files under the name of this partition: of one that the partition had before it lost its data, or of another edge that was given the same bucket. `missing`: files of
   * segments that are not in the store.
   */
  async strays(): Promise<{ own: string[]; others: string[]; missing: string[] }> {
    const missing = new Set(
      this.#sql
        .exec<Segment>(`${SEGMENT} WHERE sha256 <> ''`)
        .toArray()
        .map((segment) => this.key(segment)),
    );
    const known = new Set([...missing, ...this.orphans]);
    const own: string[] = [];
    const others = new Set<string>();
    const prefix = `log/${this.#partition}/`;
    for (let cursor: string | undefined; ; ) {
      const page = await this.#bucket.list({ prefix, ...(cursor !== undefined && { cursor }) });
      for (const { key } of page.objects) {
        missing.delete(key);
        if (!key.startsWith(this.#prefix)) others.add(key.slice(prefix.length).split("/")[0]!);
        else if (key.endsWith(".parquet") && !known.has(key)) own.push(key);
      }
      if (!page.truncated) return { own, others: [...others], missing: [...missing] };
      cursor = page.cursor;
    }
  }

  /** Rows of such a file. @throws Error when it is not what its name says. */
  async readStray(key: string): Promise<ArchivedRow[]> {
    const [, first, sha256] = /(\d+)-\d+-([0-9a-f]{64})(?:-[0-9a-f]+)?\.parquet$/.exec(key) ?? [];
    if (first === undefined) throw new Error(`${key} is not the name of a segment`);
    return (await readSegmentFile(this.#bucket, key, sha256!)).filter(({ offset }) => offset >= Number(first));
  }

  /** A file is to be removed. */
  orphan(key: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO uploads (key, at) VALUES (?, NULL)", key);
  }

  /** Whether the store's manifest has all of it. */
  get isListed(): boolean {
    return this.#listed;
  }

  /**
   * Writes the parts of the manifest that have changed. With it, and the files, the archived log of a partition can be read that is lost itself. A part has
   * MANIFEST_SEGMENTS segments, so that a new one does not write all of them anew.
   */
  async list(): Promise<void> {
    for (;;) {
      const [next] = this.#sql.exec<{ number: number }>("SELECT number FROM segments WHERE NOT listed LIMIT 1");
      if (!next) break;
      const part = Math.floor((next.number - 1) / MANIFEST_SEGMENTS);
      const [from, to] = [part * MANIFEST_SEGMENTS + 1, (part + 1) * MANIFEST_SEGMENTS];
      const segments = this.#sql
        .exec<Segment>(`${SEGMENT} WHERE number BETWEEN ? AND ? ORDER BY number`, from, to)
        .toArray();
      const manifest = {
        format: 1,
        partition: this.#partition,
        log: this.#log,
        segments: segments
          .filter(({ sha256 }) => sha256 !== "")
          .map(({ mark: _, nonce, ...segment }) => ({ ...segment, key: this.key({ ...segment, nonce }) })),
      };
      await this.#replace(`${this.#prefix}manifest-${pad(part)}.json`, JSON.stringify(manifest));
      for (const { number, sha256 } of segments)
        this.#sql.exec("UPDATE segments SET listed = 1 WHERE number = ? AND sha256 = ?", number, sha256);
    }
    this.#listed = true;
  }

  /** Only in place of what is there now: one that was taken for lost, and arrives when a later one is written, changes nothing. @throws Error when it is another meanwhile. */
  async #replace(key: string, json: string): Promise<void> {
    const there = await this.#bucket.head(key);
    const onlyIf = there ? { etagMatches: there.etag } : { etagDoesNotMatch: "*" };
    const put = await this.#bucket.put(key, json, { onlyIf, httpMetadata: { contentType: "application/json" } });
    if (!put) throw new Error(`${key} was written by another meanwhile`);
  }

  get #prefix(): string {
    return `log/${this.#partition}/${this.#log}/`;
  }

  #one(query: string, ...bindings: number[]): Segment | null {
    return this.#sql.exec<Segment>(query, ...bindings).toArray()[0] ?? null;
  }
}

/** Reads a file of the archive. @throws Error when it is not in the store, or has not this hash. */
export async function readSegmentFile(bucket: R2Bucket, key: string, sha256: string): Promise<ArchivedRow[]> {
  if (sha256 === "") return [];
  const object = await bucket.get(key);
  if (!object) throw new Error(`${key} is not in the store`);
  const file = new Uint8Array(await object.arrayBuffer());
  if ((await sha256Hex(file)) !== sha256) throw new Error(`${key} is not what was written`);
  return decodeSegment(file);
}

/** @throws Error when what a file has is not what was written into it. */
function expectSame(read: readonly ArchivedRow[], written: readonly ArchivedRow[], key: string): void {
  const same =
    read.length === written.length &&
    written.every((row, i) =>
      (Object.keys(row) as (keyof ArchivedRow)[]).every((name) => Object.is(read[i]![name], row[name])),
    );
  if (!same) throw new Error(`${key} does not give back the rows that were written`);
}

/** As many as tell the tries to write one file apart. */
const NONCE_BYTES = 4;

/** So many files R2 deletes in one call. */
const DELETE_BATCH = 1000;

/** So that names in a list of the store are in the order of the log. */
const pad = (number: number): string => String(number).padStart(12, "0");
