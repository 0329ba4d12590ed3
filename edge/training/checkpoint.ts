import type { Learned } from "../../shared/contract/publication.ts";
import type { Bound } from "../../shared/versions/contributions.ts";
import type { Position } from "../log/messages.ts";
import { STATE_CHUNK } from "./limits.ts";
import { samePosition } from "./position.ts";

/** What is known of a checkpoint without its state. */
export type Progress = Learned & {
  newestFeedbackAt: number | null;
  /** How many examples could not be learned. */
  unlearnable: number;
  /** How much feedback came too late to count. */
  late: number;
  /** How many rewards were outside the spec's range, and learned as the nearer end of it. */
  clamped: number;
  /** How many examples were passed over because they are not to be learned. */
  excluded: number;
  /** How many were passed over because their hour had enough of their session, unit, network, or of all. */
  bounded: Bounded;
};
export type Bounded = { readonly [bound in Bound]: number };
export const NONE_BOUNDED: Bounded = { session: 0, unit: 0, network: 0, all: 0 };
/** Where in a partition's log the learner is. `newest`: the newest row that is known of; `reached`: whether it has been at the end. */
export type Place = { position: Position; newest: number; reached: boolean };
/** A slice that was learned. It began where the one before it of the same log ended. */
export type Learnt = { partition: string; to: Position };
/** An example that could not be learned, and why. Its record lies in the partition's log, at `decision`. */
export type Unlearned = { partition: string; decision: number; reason: string };
/** What was learned since the last checkpoint, to be committed as one. */
export type Commit = {
  progress: Progress;
  /** In parts that a row can hold; null: as it was. */
  state: readonly Uint8Array<ArrayBuffer>[] | null;
  /** What was learned of whom (shared/versions/contributions.ts); null: as it was. */
  contributions: Uint8Array<ArrayBuffer> | null;
  places: ReadonlyMap<string, Place>;
  learnt: readonly Learnt[];
  unlearned: readonly Unlearned[];
};

const nothing: Progress = {
  examples: 0,
  progressiveLoss: null,
  meanFeedback: null,
  report: null,
  newestFeedbackAt: null,
  unlearnable: 0,
  late: 0,
  clamped: 0,
  excluded: 0,
  bounded: NONE_BOUNDED,
};

/** The learner's durable state. It changes in one transaction or not at all, so state and positions always agree. */
export class Checkpoint {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** Goes back to having learned nothing, with the journal of what had been learned. */
  reset(): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec(
        "DELETE FROM checkpoint; DELETE FROM state; DELETE FROM contributions; DELETE FROM positions; DELETE FROM dead_letters;",
      );
      this.#sql.exec("UPDATE version SET beginning = beginning + 1, caught_up = 0");
    });
  }

  /** Goes back to having learned nothing, as if it never had. */
  forget(): void {
    this.#storage.transactionSync(() => {
      this.reset();
      this.#sql.exec("DELETE FROM journal");
    });
  }

  progress(): Progress {
    const [row] = this.#sql.exec<Omit<Progress, "bounded"> & { bounded: string }>(
      `SELECT examples, progressive_loss AS progressiveLoss, mean_feedback AS meanFeedback, report,
       newest_feedback_at AS newestFeedbackAt, unlearnable, late, clamped, excluded, bounded FROM checkpoint`,
    );
    return row ? { ...row, bounded: { ...NONE_BOUNDED, ...(JSON.parse(row.bounded) as Partial<Bounded>) } } : nothing;
  }

  /** The learner's bytes; null before the first. */
  state(): Uint8Array | null {
    const chunks = this.#sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM state ORDER BY chunk").toArray();
    if (chunks.length === 0) return null;
    const state = new Uint8Array(chunks.reduce((length, { bytes }) => length + bytes.byteLength, 0));
    let offset = 0;
    for (const { bytes } of chunks) {
      state.set(new Uint8Array(bytes), offset);
      offset += bytes.byteLength;
    }
    return state;
  }

  /** What was learned of whom; null before the first. */
  contributions(): Uint8Array | null {
    const [row] = this.#sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM contributions").toArray();
    return row ? new Uint8Array(row.bytes) : null;
  }

  places(): Map<string, Place> {
    const rows = this.#sql.exec<{ partition: string; newest: number; reached: number } & Position>(
      "SELECT partition, log, rows, ends, time, mark, newest, reached FROM positions",
    );
    return new Map(
      rows
        .toArray()
        .map(({ partition, newest, reached, ...position }) => [
          partition,
          { position, newest, reached: reached === 1 },
        ]),
    );
  }

  /** The last slice that was learned. */
  lastLearnt(): (Learnt & { number: number }) | null {
    return learntOf(this.#sql.exec<JournalRow>(`${JOURNAL} ORDER BY number DESC LIMIT 1`).toArray());
  }

  /** Whether anything of a log was learned. */
  hasLearnt(partition: string, log: string): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM journal WHERE partition = ? AND log = ? LIMIT 1", partition, log).toArray().length >
      0
    );
  }

  /** The first slice of the journal after a number; numbers are from 1. */
  nextLearnt(after: number): (Learnt & { number: number }) | null {
    return learntOf(this.#sql.exec<JournalRow>(`${JOURNAL} WHERE number > ? ORDER BY number LIMIT 1`, after).toArray());
  }

  /** @param also what else is to be so with it. */
  commit(also: () => void, { progress, state, contributions, places, learnt, unlearned }: Commit): void {
    this.#storage.transactionSync(() => {
      also();
      this.#sql.exec(
        `INSERT OR REPLACE INTO checkpoint
           (one, examples, progressive_loss, mean_feedback, report, newest_feedback_at, unlearnable, late, clamped, excluded, bounded)
         VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        progress.examples,
        progress.progressiveLoss,
        progress.meanFeedback,
        progress.report,
        progress.newestFeedbackAt,
        progress.unlearnable,
        progress.late,
        progress.clamped,
        progress.excluded,
        JSON.stringify(progress.bounded),
      );
      if (state) this.#writeState(state);
      if (contributions)
        this.#sql.exec("INSERT OR REPLACE INTO contributions (one, bytes) VALUES (1, ?)", contributions.buffer);
      this.#writePlaces(places);
      for (const slice of learnt) this.#writeLearnt(slice);
      for (const { partition, decision, reason } of unlearned)
        this.#sql.exec(
          "INSERT INTO dead_letters (partition, decision, reason) VALUES (?, ?, ?)",
          partition,
          decision,
          reason,
        );
    });
  }

  #writeState(parts: readonly Uint8Array<ArrayBuffer>[]): void {
    const chunks = chunksOf(parts);
    for (const [chunk, bytes] of chunks.entries())
      this.#sql.exec("INSERT OR REPLACE INTO state (chunk, bytes) VALUES (?, ?)", chunk, bytes);
    this.#sql.exec("DELETE FROM state WHERE chunk >= ?", chunks.length);
  }

  #writePlaces(places: ReadonlyMap<string, Place>): void {
    const there = this.places();
    // The position in a log that is gone goes too.
    for (const partition of there.keys())
      if (!places.has(partition)) this.#sql.exec("DELETE FROM positions WHERE partition = ?", partition);
    for (const [partition, place] of places) {
      const { position, newest, reached } = place;
      const before = there.get(partition);
      if (before && isSamePlace(before, place)) continue;
      this.#sql.exec(
        "INSERT OR REPLACE INTO positions (partition, log, rows, ends, time, mark, newest, reached) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        partition,
        position.log,
        position.rows,
        position.ends,
        position.time,
        position.mark,
        newest,
        reached ? 1 : 0,
      );
    }
  }

  /** A slice that goes on where the journal ends lengthens its last row, so the journal grows with changes of partition. */
  #writeLearnt({ partition, to: { log, rows, ends, time, mark } }: Learnt): void {
    const last = this.lastLearnt();
    if (last?.partition === partition && last.to.log === log)
      this.#sql.exec(
        "UPDATE journal SET rows = ?, ends = ?, time = ?, mark = ? WHERE number = (SELECT max(number) FROM journal)",
        rows,
        ends,
        time,
        mark,
      );
    else
      this.#sql.exec(
        "INSERT INTO journal (partition, log, rows, ends, time, mark) VALUES (?, ?, ?, ?, ?, ?)",
        partition,
        log,
        rows,
        ends,
        time,
        mark,
      );
  }
}

const isSamePlace = (a: Place, b: Place): boolean =>
  samePosition(a.position, b.position) &&
  a.position.mark === b.position.mark &&
  a.newest === b.newest &&
  a.reached === b.reached;

/** Parts, of which the first are small, as few rows: each is a write. */
function chunksOf(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0, end = 0; start < parts.length; start = end) {
    let length = 0;
    do length += parts[end++]!.length;
    while (end < parts.length && length + parts[end]!.length <= STATE_CHUNK);
    const chunk = new Uint8Array(length);
    let offset = 0;
    for (const part of parts.slice(start, end)) {
      chunk.set(part, offset);
      offset += part.length;
    }
    chunks.push(end - start === 1 ? parts[start]! : chunk);
  }
  return chunks;
}

type JournalRow = { number: number; partition: string } & Position;
const JOURNAL = "SELECT number, partition, log, rows, ends, time, mark FROM journal";

function learntOf([row]: readonly JournalRow[]): (Learnt & { number: number }) | null {
  if (!row) return null;
  const { number, partition, ...to } = row;
  return { number, partition, to };
}
