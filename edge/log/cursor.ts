import type { Joinable } from "../../shared/versions/join.ts";
import type { Joinables } from "./joinables.ts";
import { FIRST_WINDOW, LAST_WINDOW, LOOK_LIMIT } from "./limits.ts";

/** A row of the model that is read. `time`: when the cursor comes to it, on the log's clock. */
export type Stop = { offset: number; kind: "decision" | "feedback" | "activation"; time: number; joinable: Joinable };

/** How many rows were looked at in one call, by all its cursors. */
export type Looked = { rows: number };

/** Goes forward along the rows of one model, with all that the log has of their decisions. */
export class Cursor {
  readonly #sql: SqlStorage;
  readonly #joinables: Joinables;
  readonly #model: string;
  readonly #last: number;
  readonly #looked: Looked;
  readonly #kinds: string;
  readonly #stopAt: (stop: Stop) => Stop | null;
  #stops: Stop[] = [];
  #next = 0;
  #loaded: number;
  #window = FIRST_WINDOW;

  /**
   * @param range `after`: offset after which it begins; `last`: of the last row it may come to.
   * @param looked counts what all cursors of the call have looked at.
   * @param kinds the kinds of rows that it may stop at, as SQL. @param stopAt at which it does, and when; the time that a stop
   * comes with is that of its row.
   */
  constructor(
    { sql, joinables, model }: { sql: SqlStorage; joinables: Joinables; model: string },
    { after, last }: { after: number; last: number },
    looked: Looked,
    kinds = "'decision', 'feedback', 'activation'",
    stopAt: (stop: Stop) => Stop | null = (stop) => stop,
  ) {
    this.#sql = sql;
    this.#joinables = joinables;
    this.#model = model;
    this.#loaded = after;
    this.#last = last;
    this.#looked = looked;
    this.#kinds = kinds;
    this.#stopAt = stopAt;
  }

  /** Where it stands; null when it is through, or has looked at too many rows. */
  get stop(): Stop | null {
    while (this.#next === this.#stops.length && this.#loaded < this.#last && this.#looked.rows < LOOK_LIMIT)
      this.#load();
    return this.#stops[this.#next] ?? null;
  }

  /** Whether it has loaded the last stop. */
  get loadedAll(): boolean {
    return this.#loaded >= this.#last;
  }

  /** Whether nothing is left. */
  get through(): boolean {
    return this.#next === this.#stops.length && this.loadedAll;
  }

  /** Offset of the last row behind it. */
  get behind(): number {
    const next = this.#stops[this.#next];
    return next ? next.offset - 1 : this.#loaded;
  }

  /** The stops that it has loaded and not passed. */
  get ahead(): readonly Stop[] {
    return this.#stops.slice(this.#next);
  }

  pass(): void {
    this.#next++;
  }

  /** By windows of offsets, not of the model's rows: so a look is bounded, however few they are. */
  #load(): void {
    const until = Math.min(this.#loaded + this.#window, this.#last);
    const rows = this.#sql
      .exec<Omit<Stop, "joinable"> & { id: string }>(
        `SELECT offset, kind, id, received_at AS time FROM log
         WHERE offset > ? AND offset <= ? AND model = ? AND kind IN (${this.#kinds}) ORDER BY offset`,
        ...[this.#loaded, until, this.#model],
      )
      .toArray();
    const joinables = this.#joinables.of(rows.map(({ id }) => id));
    this.#stops = rows.flatMap(({ id, ...row }) => this.#stopAt({ ...row, joinable: joinables.get(id)! }) ?? []);
    this.#next = 0;
    this.#looked.rows += until - this.#loaded;
    this.#loaded = until;
    this.#window = Math.min(this.#window * 2, LAST_WINDOW);
  }
}
