import { STATE_CHUNK_BYTES } from "../limits.ts";
import type { Slice } from "./journal.ts";

/** What is known of a checkpoint without its state. */
export type Progress = {
  examples: number;
  progressiveLoss: number | null;
  meanFeedback: number | null;
  newestFeedbackAt: number | null;
};
/** An example that could not be learned, and why. Its record lies in the partition's log. */
export type Unlearned = { partition: string; offset: number; reason: string };
/** What was learned since the last checkpoint, to be committed as one. */
export type Commit = {
  progress: Progress;
  state: Uint8Array;
  offsets: ReadonlyMap<string, number>;
  slices: readonly Slice[];
  unlearned: readonly Unlearned[];
};

/** The learner's durable state. It changes in one transaction or not at all, so state and offsets always agree. */
export class Checkpoint {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  /** The newest version, or null before the first. `graph`: SHA-256 of its graph. */
  version(): { version: number; hash: string; graph: string | null } | null {
    const [row] = this.#sql.exec<{ version: number; hash: string; graph: string | null }>(
      "SELECT version, hash, graph FROM version ORDER BY version DESC LIMIT 1",
    );
    return row ?? null;
  }

  /** Starts a version: it has learned nothing, and learns the log from its beginning. */
  begin(version: number, hash: string, graph: string | null): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec("INSERT INTO version (version, hash, graph) VALUES (?, ?, ?)", version, hash, graph);
      this.#sql.exec("DELETE FROM checkpoint; DELETE FROM state; DELETE FROM offsets;");
    });
  }

  progress(): Progress | null {
    const [row] = this.#sql.exec<Progress>(
      `SELECT examples, progressive_loss AS progressiveLoss, mean_feedback AS meanFeedback,
       newest_feedback_at AS newestFeedbackAt FROM checkpoint`,
    );
    return row ?? null;
  }

  state(): Uint8Array {
    const chunks = this.#sql.exec<{ bytes: ArrayBuffer }>("SELECT bytes FROM state ORDER BY chunk").toArray();
    const state = new Uint8Array(chunks.reduce((length, { bytes }) => length + bytes.byteLength, 0));
    let offset = 0;
    for (const { bytes } of chunks) {
      state.set(new Uint8Array(bytes), offset);
      offset += bytes.byteLength;
    }
    return state;
  }

  offsets(): Map<string, number> {
    const rows = this.#sql.exec<{ partition: string; offset: number }>("SELECT partition, offset FROM offsets");
    return new Map(rows.toArray().map(({ partition, offset }) => [partition, offset]));
  }

  journal(version: number): Slice[] {
    return this.#sql
      .exec<Slice>("SELECT partition, after, upto FROM journal WHERE version = ? ORDER BY number", version)
      .toArray();
  }

  deadLetters(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM dead_letters").one().n;
  }

  commit(version: number, { progress, state, offsets, slices, unlearned }: Commit): void {
    this.#storage.transactionSync(() => {
      const { examples, progressiveLoss, meanFeedback, newestFeedbackAt } = progress;
      this.#sql.exec(
        `INSERT OR REPLACE INTO checkpoint (one, examples, progressive_loss, mean_feedback, newest_feedback_at)
         VALUES (1, ?, ?, ?, ?)`,
        examples,
        progressiveLoss,
        meanFeedback,
        newestFeedbackAt,
      );
      this.#writeState(state);
      for (const [partition, offset] of offsets)
        this.#sql.exec("INSERT OR REPLACE INTO offsets (partition, offset) VALUES (?, ?)", partition, offset);
      for (const slice of slices) this.#writeSlice(version, slice);
      for (const { partition, offset, reason } of unlearned)
        this.#sql.exec(
          "INSERT INTO dead_letters (version, partition, offset, reason) VALUES (?, ?, ?, ?)",
          version,
          partition,
          offset,
          reason,
        );
    });
  }

  #writeState(state: Uint8Array): void {
    this.#sql.exec("DELETE FROM state");
    for (let chunk = 0; chunk * STATE_CHUNK_BYTES < state.length; chunk++)
      this.#sql.exec(
        "INSERT INTO state (chunk, bytes) VALUES (?, ?)",
        chunk,
        // A copy: the driver takes the whole buffer behind a view.
        state.slice(chunk * STATE_CHUNK_BYTES, (chunk + 1) * STATE_CHUNK_BYTES).buffer,
      );
  }

  /** A slice that goes on where the journal ends lengthens its last row, so the journal grows with changes of partition. */
  #writeSlice(version: number, { partition, after, upto }: Slice): void {
    const [last] = this.#sql.exec<{ number: number; version: number; partition: string; upto: number }>(
      "SELECT number, version, partition, upto FROM journal ORDER BY number DESC LIMIT 1",
    );
    if (last && last.version === version && last.partition === partition && last.upto === after)
      this.#sql.exec("UPDATE journal SET upto = ? WHERE number = ?", upto, last.number);
    else
      this.#sql.exec(
        "INSERT INTO journal (version, partition, after, upto) VALUES (?, ?, ?, ?)",
        version,
        partition,
        after,
        upto,
      );
  }
}
