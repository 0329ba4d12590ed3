import type { Edit } from "./platform/hooks.ts";

/** Faults that somebody could make, and the last ones that somebody had made, to see that the simulation finds them: what is wrong, a seed that found it at 600 steps, and how the text differs. */
export const FAULTS_ON_PURPOSE: Readonly<Record<string, { what: string; seed: number; edits: readonly Edit[] }>> = {
  "positions-apart": {
    what: "a trainer writes up to where it has learned in another turn than what it has learned",
    seed: 22,
    edits: [
      {
        file: "edge/training/checkpoint.ts",
        find: "places: JSON.stringify([...places]),",
        replace: `places: ((later) => {
          setTimeout(() => this.#sql.exec("UPDATE checkpoint SET places = ?", later), 0);
          return JSON.stringify([...this.places()]);
        })(JSON.stringify([...places])),`,
      },
    ],
  },
  "answers-before-commit": {
    what: "objects answer before what they say is durable",
    seed: 3,
    edits: [
      {
        file: "simulation/platform/objects.ts",
        find: "if (this.#object.disk.unconfirmed) this.#held.push(send);",
        replace: "if (false) this.#held.push(send);",
      },
    ],
  },
  "dedupe-by-memory": {
    what: "a partition remembers only in memory which decisions it has",
    seed: 3,
    edits: [
      {
        file: "edge/log/schema.ts",
        find: "CREATE UNIQUE INDEX IF NOT EXISTS log_decision",
        replace: "CREATE INDEX IF NOT EXISTS log_decision",
      },
      {
        file: "edge/log/log.ts",
        find: "const { id, model, claimedAt, at, deferred } = decision;",
        replace:
          "const { id, model, claimedAt, at, deferred } = decision; const known = ((this as any).known ??= new Set()); if (known.has(id)) return false; known.add(id);",
      },
    ],
  },
  "alarm-forgotten": {
    what: "the alarm is set in another turn than what it is set for",
    seed: 140,
    edits: [
      {
        file: "edge/storage/alarm.ts",
        find: "void this.#storage.setAlarm(time);",
        replace: "setTimeout(() => void this.#storage.setAlarm(time), 0);",
      },
    ],
  },
  "wake-up-lost": {
    what: "a trainer that is told of something new while it reads takes what it read for all there is",
    seed: 108,
    edits: [
      { file: "edge/training/sources.ts", find: "|| source.asked !== asked", replace: "" },
      // Where what was read is long on its way, also in the calm: what comes last is told of meanwhile, and nothing comes after it.
      {
        file: "simulation/platform/objects.ts",
        find: "world.schedule(caller, world.delay(),",
        replace:
          'world.schedule(caller, world.delay() + (what.startsWith("read to partition") ? world.fate() * 2000 : 0),',
      },
    ],
  },
  "aside-forgotten": {
    what: "a page takes itself for done while items wait that the edge asked for again",
    seed: 7,
    edits: [{ file: "web/client/sync.ts", find: "if (why && left.items > 0)", replace: "if (false && soon)" }],
  },
  "pointer-goes-back": {
    what: "a write of a pointer that arrives late overwrites a later one",
    seed: 100,
    edits: [
      {
        file: "edge/storage/pointers.ts",
        find: 'etag === null ? { etagDoesNotMatch: "*" } : { etagMatches: etag }',
        replace: "{}",
      },
      // Where such writes are mostly late, if anything is.
      {
        file: "simulation/platform/objects.ts",
        find: "world.strikes(world.chances.late,",
        replace: 'world.strikes(world.chances.late > 0 && what.startsWith("put pointers/") ? 0.5 : world.chances.late,',
      },
    ],
  },
  "silence-forgotten": {
    what: "who reads goes on behind decisions of which the page was not heard of yet",
    seed: 2,
    edits: [{ file: "edge/log/reading.ts", find: "lasts: lasts.behind", replace: "lasts: ends.behind" }],
  },
  "file-unverified": {
    what: "rows are taken out of SQLite before their file is in the store, read back and compared",
    seed: 13,
    edits: [
      {
        file: "edge/log/segments.ts",
        find: 'await this.#bucket.put(key, file, { sha256, httpMetadata: { contentType: "application/vnd.apache.parquet" } });',
        replace: "this.#bucket.put(key, file, { sha256 }).catch(() => {});",
      },
      {
        file: "edge/log/segments.ts",
        find: "expectSame(await readSegmentFile(this.#bucket, key, sha256), rows, key);",
        replace: "",
      },
    ],
  },
  "erased-in-a-file": {
    what: "a unit is erased from rows, and stays in the files of the archive",
    seed: 25,
    edits: [
      {
        file: "edge/log/erasing.ts",
        find: 'removals.add("decision", id, erasure.id, this.#log.archivedIds.segmentsOf(id))',
        replace: 'removals.add("decision", id, erasure.id, [])',
      },
    ],
  },
  "copies-by-file": {
    what: "what was archived of a decision is copied back a file at a time, each in a turn of its own",
    seed: 148,
    edits: [
      {
        file: "edge/log/archive.ts",
        find: "const rows = await this.rowsOf(ids);",
        replace: `for (const [number, its] of this.#segmentsOf(ids)) {
          const own = (await this.rows(this.segments.numbered(number)!)).filter(({ id }) => its.has(id));
          this.#storage.transactionSync(() => insertRows(this.#sql, own));
          await scheduler.wait(0);
        }
        const rows = await this.rowsOf(ids);`,
      },
    ],
  },
};
