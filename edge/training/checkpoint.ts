import { STATE_CHUNK_BYTES } from "../limits.ts";
import { goesOn, type Position, type Slice } from "./journal.ts";

/** What is known of a checkpoint without its state. */
export type Progress = {
  examples: number;
  progressiveLoss: number | null;
  meanFeedback: number | null;
  newestFeedbackAt: number | null;
  /** How many examples could not be learned. */
  unlearnable: number;
};
/** An example that could not be learned, and why. Its record lies in the partition's log. */
export type Unlearned = { partition: string; offset: number; reason: string };
/** What was learned since the last checkpoint, to be committed as one. */
export type Commit = {
  progress: Progress;
  state: Uint8Array;
  positions: ReadonlyMap<string, Position>;
  slices: readonly Slice[];
  unlearned: readonly Unlearned[];
};

const nothing: Progress = {
  examples: 0,
  progressiveLoss: null,
  meanFeedback: null,
  newestFeedbackAt: null,
  unlearnable: 0,
};

/** The learner's durable state. It changes in one transaction or not at all, so state and positions always agree. */
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
      this.forget();
    });
  }

  /** Goes back to having learned nothing, with the journal of what had been learned. */
  reset(): void {
    this.#storage.transactionSync(() => {
      this.#sql.exec("DELETE FROM checkpoint; DELETE FROM state; DELETE FROM positions;");
    });
  }

  /** Goes back to having learned nothing, as if it never had. */
  forget(): void {
    this.#storage.transactionSync(() => {
      this.reset();
      this.#sql.exec("DELETE FROM journal; DELETE FROM dead_letters;");
    });
  }

  exists(): boolean {
    return this.#sql.exec("SELECT 1 FROM checkpoint").toArray().length > 0;
  }

  progress(): Progress {
    const [row] = this.#sql.exec<Progress>(
      `SELECT examples, progressive_loss AS progressiveLoss, mean_feedback AS meanFeedback,
       newest_feedback_at AS newestFeedbackAt, unlearnable FROM checkpoint`,
    );
    return row ?? nothing;
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

  positions(): Map<string, Position> {
    const rows = this.#sql.exec<{ partition: string } & Position>("SELECT partition, log, offset FROM positions");
    return new Map(rows.toArray().map(({ partition, log, offset }) => [partition, { log, offset }]));
  }

  lastSlice(): Slice | null {
    const [row] = this.#sql.exec<Slice>(`${SLICE} ORDER BY number DESC LIMIT 1`);
    return row ?? null;
  }

  /** The first slice of the journal after a number; numbers are from 1. */
  nextSlice(after: number): (Slice & { number: number }) | null {
    const [row] = this.#sql.exec<Slice & { number: number }>(
      `${SLICE} WHERE number > ? ORDER BY number LIMIT 1`,
      after,
    );
    return row ?? null;
  }

  commit({ progress, state, positions, slices, unlearned }: Commit): void {
    this.#storage.transactionSync(() => {
      const { examples, progressiveLoss, meanFeedback, newestFeedbackAt, unlearnable } = progress;
      this.#sql.exec(
        `INSERT OR REPLACE INTO checkpoint
           (one, examples, progressive_loss, mean_feedback, newest_feedback_at, unlearnable)
         VALUES (1, ?, ?, ?, ?, ?)`,
        examples,
        progressiveLoss,
        meanFeedback,
        newestFeedbackAt,
        unlearnable,
      );
      this.#writeState(state);
      for (const [partition, { log, offset }] of positions)
        this.#sql.exec(
          "INSERT OR REPLACE INTO positions (partition, log, offset) VALUES (?, ?, ?)",
          partition,
          log,
          offset,
        );
      for (const slice of slices) this.#writeSlice(slice);
      for (const { partition, offset, reason } of unlearned)
        this.#sql.exec(
          "INSERT INTO dead_letters (partition, offset, reason) VALUES (?, ?, ?)",
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
  #writeSlice(slice: Slice): void {
    const { partition, log, after, upto } = slice;
    const last = this.lastSlice();
    if (last && goesOn(last, slice))
      this.#sql.exec("UPDATE journal SET upto = ? WHERE number = (SELECT max(number) FROM journal)", upto);
    else
      this.#sql.exec(
        "INSERT INTO journal (partition, log, after, upto) VALUES (?, ?, ?, ?)",
        partition,
        log,
        after,
        upto,
      );
  }
}

const SLICE = "SELECT number, partition, log, after, upto FROM journal";
