import { countedReason } from "../storage/counted-reason.ts";
import type { Invariants } from "../storage/invariants.ts";
import { requireNext } from "./commit-invariants.ts";
import { Journal, type Learnt, type NumberedLearnt } from "./journal.ts";
import { STATE_CHUNK, STATE_IN_CHECKPOINT, UNLEARNED_REASONS } from "./limits.ts";
import type { UnlearnedReason } from "./messages.ts";
import { type Bounded, NONE_BOUNDED, type Place, type Progress } from "./progress.ts";

/** An example that could not be learned, and why. Its record lies in the partition's log, at `decision`. */
export type Unlearned = { partition: string; decision: number; reason: string };
/**
 * `state`: the learner's bytes, in parts that a row can hold. `contributions`: what was learned of whom (shared/versions/contributions.ts). `drift`: what is watched for
 * changes (drift.ts), as JSON.
 */
export type Content = {
  state: readonly Uint8Array<ArrayBuffer>[];
  contributions: Uint8Array<ArrayBuffer>;
  drift: string;
};
/** What was learned since the last checkpoint, to be committed as one. */
export type Commit = {
  progress: Progress;
  /** null: as it was. */
  content: Content | null;
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
  missed: 0,
  clamped: 0,
  excluded: 0,
  bounded: NONE_BOUNDED,
};

/**
 * The learner's durable state. It changes in one transaction or not at all, so state and positions always agree. Most commits write one row: what is
 * small stands in that of the checkpoint.
 */
export class Checkpoint {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #journal: Journal;
  readonly #invariants: Invariants;

  constructor(storage: DurableObjectStorage, invariants: Invariants) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#journal = new Journal(storage.sql);
    this.#invariants = invariants;
  }

  /** Why examples could not be learned, the most frequent reason first. */
  unlearned(): UnlearnedReason[] {
    return this.#sql
      .exec<UnlearnedReason>("SELECT reason, n, partition, decision FROM unlearned ORDER BY n DESC, reason")
      .toArray();
  }

  /** Goes back to having learned nothing, with the journal of what had been learned. */
  reset(): void {
    this.#storage.transactionSync(() => {
      this.#journal.detach();
      this.#sql.exec("DELETE FROM checkpoint; DELETE FROM state; DELETE FROM contributions; DELETE FROM unlearned;");
      this.#sql.exec("UPDATE version SET beginning = beginning + 1, caught_up = 0");
    });
  }

  /** Goes back to having learned nothing, as if it never had. */
  forget(): void {
    this.#storage.transactionSync(() => {
      this.reset();
      this.#journal.forget();
    });
  }

  progress(): Progress {
    const [row] = this.#sql.exec<Omit<Progress, "bounded"> & { bounded: string }>(
      `SELECT examples, progressive_loss AS progressiveLoss, mean_feedback AS meanFeedback, report,
       newest_feedback_at AS newestFeedbackAt, unlearnable, late, missed, clamped, excluded, bounded FROM checkpoint`,
    );
    return row ? { ...row, bounded: { ...NONE_BOUNDED, ...(JSON.parse(row.bounded) as Partial<Bounded>) } } : nothing;
  }

  /** The learner's bytes; null before the first. */
  state(): Uint8Array | null {
    const inside = this.#inside("state");
    if (inside) return inside;
    const chunks = this.#sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM state ORDER BY chunk").toArray();
    return chunks.length === 0 ? null : together(chunks.map(({ bytes }) => new Uint8Array(bytes)));
  }

  /** What was learned of whom; null before the first. */
  contributions(): Uint8Array | null {
    const inside = this.#inside("contributions");
    if (inside) return inside;
    const [row] = this.#sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM contributions");
    return row ? new Uint8Array(row.bytes) : null;
  }

  /** What was watched for changes; null before the first. */
  drift(): string | null {
    const [row] = this.#sql.exec<{ drift: string | null }>("SELECT drift FROM checkpoint");
    return row?.drift ?? null;
  }

  places(): Map<string, Place> {
    const [row] = this.#sql.exec<{ places: string }>("SELECT places FROM checkpoint");
    return new Map(row ? (JSON.parse(row.places) as [string, Place][]) : []);
  }

  /** The last slice that was learned. */
  lastLearnt(): NumberedLearnt | null {
    return this.#journal.last();
  }

  /** Whether anything of a log was learned. */
  hasLearnt(partition: string, log: string): boolean {
    return this.#journal.has(partition, log);
  }

  /** The first slice of the journal after a number; numbers are from 1. */
  nextLearnt(after: number): NumberedLearnt | null {
    return this.#journal.next(after);
  }

  /** @param also what else is to be so with it. @throws BrokenInvariantError when it cannot follow on what there is. */
  commit(also: () => void, { progress, content, places, learnt, unlearned }: Commit): void {
    this.#storage.transactionSync(() => {
      requireNext(this.#invariants, { progress: this.progress(), places: this.places() }, { progress, places });
      also();
      const columns = {
        examples: progress.examples,
        progressive_loss: progress.progressiveLoss,
        mean_feedback: progress.meanFeedback,
        report: progress.report,
        newest_feedback_at: progress.newestFeedbackAt,
        unlearnable: progress.unlearnable,
        late: progress.late,
        missed: progress.missed,
        clamped: progress.clamped,
        excluded: progress.excluded,
        bounded: JSON.stringify(progress.bounded),
        places: JSON.stringify([...places]),
        learnt: this.#journal.add(learnt),
        ...(content && { ...this.#contentColumns(content), drift: content.drift }),
      };
      const names = Object.keys(columns);
      this.#sql.exec(
        `INSERT INTO checkpoint (one, ${names.join(", ")}) VALUES (1, ${names.map(() => "?").join(", ")})
         ON CONFLICT DO UPDATE SET ${names.map((name) => `${name} = excluded.${name}`).join(", ")}`,
        ...Object.values(columns),
      );
      for (const { partition, decision, reason } of unlearned)
        this.#sql.exec(
          `INSERT INTO unlearned (reason, n, partition, decision)
           SELECT ${countedReason("unlearned", "reason = ?2")}, 1, ?1, ?4 WHERE true
           ON CONFLICT DO UPDATE SET n = n + 1, partition = excluded.partition, decision = excluded.decision`,
          ...[partition, reason, UNLEARNED_REASONS, decision],
        );
    });
  }

  /** What of a content is to stand in the row of the checkpoint: all of it or, when it is large, nothing; then it gets rows of its own. */
  #contentColumns({ state, contributions }: Content): Record<"state" | "contributions", ArrayBuffer | null> {
    const isSmall = lengthOf([...state, contributions]) <= STATE_IN_CHECKPOINT;
    const chunks = isSmall ? [] : chunksOf(state);
    for (const [chunk, bytes] of chunks.entries())
      this.#sql.exec("INSERT OR REPLACE INTO state (chunk, bytes) VALUES (?, ?)", chunk, bytes);
    this.#sql.exec("DELETE FROM state WHERE chunk >= ?", chunks.length);
    if (isSmall) this.#sql.exec("DELETE FROM contributions");
    else this.#sql.exec("INSERT OR REPLACE INTO contributions (one, bytes) VALUES (1, ?)", contributions);
    return isSmall
      ? { state: together(state).buffer, contributions: together([contributions]).buffer }
      : { state: null, contributions: null };
  }

  #inside(column: "state" | "contributions"): Uint8Array | null {
    const [row] = this.#sql.exec<{ bytes: ArrayBuffer | null }>(`SELECT ${column} AS bytes FROM checkpoint`);
    return row?.bytes ? new Uint8Array(row.bytes) : null;
  }
}

/** Parts, of which the first are small, as few rows: each is a write. */
function chunksOf(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0, end = 0; start < parts.length; start = end) {
    let length = 0;
    do length += parts[end++]!.length;
    while (end < parts.length && length + parts[end]!.length <= STATE_CHUNK);
    chunks.push(end - start === 1 ? parts[start]! : together(parts.slice(start, end)));
  }
  return chunks;
}

function together(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthOf(parts));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0);
