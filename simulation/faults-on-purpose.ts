import type { Edit } from "./platform/hooks.ts";

/** Faults that somebody could make, and the last ones that somebody had made, to see that the simulation finds them: what is wrong, a seed that found it at 600 steps, and how the text differs. */
export const FAULTS_ON_PURPOSE: Readonly<Record<string, { what: string; seed: number; edits: readonly Edit[] }>> = {
  "positions-apart": {
    what: "a trainer writes up to where it has learned in another turn than what it has learned",
    seed: 30,
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
    seed: 1,
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
    seed: 177,
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
    seed: 341,
    edits: [{ file: "edge/training/sources.ts", find: "|| source.asked !== asked", replace: "" }],
  },
  "aside-forgotten": {
    what: "a page takes itself for done while items wait that the edge asked for again",
    seed: 14,
    edits: [{ file: "web/client/sync.ts", find: "if (soon && left.items > 0)", replace: "if (false && soon)" }],
  },
  "pointer-goes-back": {
    what: "a write of a pointer that arrives late overwrites a later one",
    seed: 207,
    edits: [
      {
        file: "edge/storage/pointers.ts",
        find: 'etag === null ? { etagDoesNotMatch: "*" } : { etagMatches: etag }',
        replace: "{}",
      },
    ],
  },
  "silence-forgotten": {
    what: "who reads goes on behind decisions of which the page was not heard of yet",
    seed: 100,
    edits: [{ file: "edge/log/reading.ts", find: "lasts: lasts.behind", replace: "lasts: ends.behind" }],
  },
};
