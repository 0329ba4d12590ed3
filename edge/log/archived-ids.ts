import { murmur3 } from "../../shared/math/murmur3.ts";

/** So many runs of one level become one of the next. */
const FAN = 16;
/** Up to this level: a run has at most FAN ** LEVELS segments, and a segment's place in its run 16 bits. */
const LEVELS = 2;
/** Ids in one row: with six bytes each, a row fills a page of SQLite's. */
const CHUNK = 640;
/** Apart from what hashes ids to partitions (route.ts), or all ids of a partition had bits in common. */
const SEED = 0x5eed;

type Run = { run: number; level: number; first: number; last: number };
/** Sorted by hash; `segments[i]` is where the id with `hashes[i]` is, counted from the run's first. */
type Entries = { hashes: Uint32Array<ArrayBuffer>; segments: Uint16Array<ArrayBuffer> };

/**
 * Says in which segments an id may be, so that what was archived is known when it comes again. For every id of a segment there are six bytes: 32 bits of a hash, and the
 * segment. A new id is taken for an archived one as often as there are archived ids in 2^32; the segment then shows that it is not.
 *
 * Each segment adds a run of sorted hashes; FAN runs of a level are merged into one of the next (P. O'Neil et al.: The log-structured merge-tree, 1996). So an id is looked up
 * in at most LEVELS * (FAN - 1) runs, and one more for every FAN ** LEVELS segments, each by one read of one row.
 */
export class ArchivedIds {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Bytes of it. */
  get bytes(): number {
    return this.#sql
      .exec<{ bytes: number }>("SELECT ifnull(sum(length(hashes) + length(segments)), 0) AS bytes FROM archived_ids")
      .one().bytes;
  }

  /** The segments that may have an id, ascending. */
  segmentsOf(id: string): number[] {
    const hash = murmur3(id, SEED);
    const found = new Set<number>();
    for (const { run, first } of this.#sql.exec<Run>("SELECT run, first FROM archived_runs").toArray()) {
      const [chunk] = this.#sql.exec<{ place: number; hashes: ArrayBuffer; segments: ArrayBuffer }>(
        "SELECT place, hashes, segments FROM archived_ids WHERE place <= ? ORDER BY place DESC LIMIT 1",
        placeOf(run, hash),
      );
      if (!chunk || chunk.place < placeOf(run, 0)) continue;
      const hashes = new Uint32Array(chunk.hashes);
      const segments = new Uint16Array(chunk.segments);
      for (let i = lowerBound(hashes, hash); i < hashes.length && hashes[i] === hash; i++)
        found.add(first + segments[i]!);
    }
    return [...found].sort((a, b) => a - b);
  }

  /** Ids of the next segment. To be called in the transaction that makes it. */
  add(segment: number, ids: Iterable<string>): void {
    const hashes = Uint32Array.from(new Set(Array.from(ids, (id) => murmur3(id, SEED)))).sort();
    this.#write(0, segment, segment, { hashes, segments: new Uint16Array(hashes.length) });
    for (let level = 0; level < LEVELS; level++) this.#merge(level);
  }

  /** Forgets ids of segments up to one, in which nothing is any more, as far as no other is in the same run. */
  forgetUpTo(segment: number): void {
    const runs = this.#sql.exec<Run>("SELECT run, level, first, last FROM archived_runs WHERE last <= ?", segment);
    for (const { run } of runs.toArray()) this.#remove(run);
  }

  /** Merges the runs of a level when they are FAN. */
  #merge(level: number): void {
    const runs = this.#sql
      .exec<Run>("SELECT run, level, first, last FROM archived_runs WHERE level = ? ORDER BY first", level)
      .toArray();
    if (runs.length < FAN) return;
    const first = runs[0]!.first;
    const parts = runs.map((run) => ({ shift: run.first - first, ...this.#entries(run) }));
    const size = parts.reduce((sum, { hashes }) => sum + hashes.length, 0);
    // A hash and its segment in one number, so that sorting takes both along.
    const keys = new Float64Array(size);
    let n = 0;
    for (const { shift, hashes, segments } of parts)
      for (let i = 0; i < hashes.length; i++) keys[n++] = hashes[i]! * 0x10000 + segments[i]! + shift;
    keys.sort();
    for (const { run } of runs) this.#remove(run);
    this.#write(level + 1, first, runs.at(-1)!.last, {
      hashes: Uint32Array.from(keys, (key) => Math.floor(key / 0x10000)),
      segments: Uint16Array.from(keys, (key) => key % 0x10000),
    });
  }

  #entries({ run }: Run): Entries {
    const chunks = this.#sql
      .exec<{ hashes: ArrayBuffer; segments: ArrayBuffer }>(
        "SELECT hashes, segments FROM archived_ids WHERE place >= ? AND place < ? ORDER BY place",
        ...[placeOf(run, 0), placeOf(run + 1, 0)],
      )
      .toArray();
    const size = chunks.reduce((sum, { hashes }) => sum + hashes.byteLength / 4, 0);
    const entries = { hashes: new Uint32Array(size), segments: new Uint16Array(size) };
    let n = 0;
    for (const { hashes, segments } of chunks) {
      entries.hashes.set(new Uint32Array(hashes), n);
      entries.segments.set(new Uint16Array(segments), n);
      n += hashes.byteLength / 4;
    }
    return entries;
  }

  #write(level: number, first: number, last: number, { hashes, segments }: Entries): void {
    const { run } = this.#sql
      .exec<{ run: number }>(
        `INSERT INTO archived_runs (run, level, first, last)
         VALUES ((SELECT ifnull(max(run), 0) + 1 FROM archived_runs), ?, ?, ?) RETURNING run`,
        ...[level, first, last],
      )
      .one();
    for (let from = 0; from < hashes.length; ) {
      let to = Math.min(from + CHUNK, hashes.length);
      // All of one hash are in one row, where it is looked for.
      while (to < hashes.length && hashes[to] === hashes[to - 1]) to++;
      this.#sql.exec(
        "INSERT INTO archived_ids (place, hashes, segments) VALUES (?, ?, ?)",
        ...[placeOf(run, hashes[from]!), hashes.slice(from, to).buffer, segments.slice(from, to).buffer],
      );
      from = to;
    }
  }

  #remove(run: number): void {
    this.#sql.exec("DELETE FROM archived_ids WHERE place >= ? AND place < ?", placeOf(run, 0), placeOf(run + 1, 0));
    this.#sql.exec("DELETE FROM archived_runs WHERE run = ?", run);
  }
}

/** Rows by run and their first hash: one tree for all, without an index. */
const placeOf = (run: number, hash: number): number => run * 2 ** 32 + hash;

/** Place of the first that is not under a number. */
function lowerBound(sorted: Uint32Array, number: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
