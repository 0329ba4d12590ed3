import type { Joinable } from "../../shared/versions/join.ts";
import type { Joinables } from "./joinables.ts";
import { FIRST_WINDOW, LAST_WINDOW, LOOK_LIMIT, PASSED_BY } from "./limits.ts";
import type { ModelRow } from "./model-row.ts";

/** Where a cursor stops: at a row, for a decision, which several stops of a row may be for. */
export type Stop = ModelRow & { joinable: Joinable };

/** What a cursor goes along. */
export type Course = {
  /** The kinds of rows, as SQL. */
  kinds: string;
  /** Decisions of which all is to be known at a row: it stops nowhere else. */
  asks: (row: ModelRow) => readonly string[];
  /** Where it stops at a row, for which decisions, and when. */
  stops: (row: ModelRow, joinables: ReadonlyMap<string, Joinable>) => readonly Stop[];
};

/** Along all rows, at their times. */
export const ALL_ROWS: Course = {
  kinds: "'decision', 'feedback', 'activation'",
  asks: ({ id }) => [id],
  stops: (row, joinables) => [{ ...row, joinable: joinables.get(row.id)! }],
};

/** How many rows were looked at in one call, by all its cursors. */
export type Looked = { rows: number };

/** Goes forward along the rows of one model, with all that the log has of their decisions. */
export class Cursor {
  readonly #sql: SqlStorage;
  readonly #joinables: Joinables;
  readonly #model: string;
  readonly #last: number;
  readonly #looked: Looked;
  readonly #course: Course;
  #stops: Stop[] = [];
  #next = 0;
  #loaded: number;
  #window = FIRST_WINDOW;

  /**
   * @param range `after`: offset after which it begins; `last`: of the last row it may come to.
   * @param looked counts what all cursors of the call have looked at.
   */
  constructor(
    { sql, joinables, model }: { sql: SqlStorage; joinables: Joinables; model: string },
    { after, last }: { after: number; last: number },
    looked: Looked,
    course: Course,
  ) {
    this.#sql = sql;
    this.#joinables = joinables;
    this.#model = model;
    this.#loaded = after;
    this.#last = last;
    this.#looked = looked;
    this.#course = course;
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
    const { kinds, asks, stops } = this.#course;
    const rows = this.#sql
      .exec<ModelRow>(
        `SELECT offset, kind, id, at, received_at AS time, deferred FROM log
         WHERE offset > ? AND offset <= ? AND model = ? AND kind IN (${kinds}) ORDER BY offset`,
        ...[this.#loaded, until, this.#model],
      )
      .toArray()
      .map((row) => ({ row, ids: asks(row) }))
      .filter(({ ids }) => ids.length > 0);
    const joinables = this.#joinables.of(rows.flatMap(({ ids }) => ids));
    this.#stops = rows.flatMap(({ row }) => stops(row, joinables));
    this.#next = 0;
    this.#looked.rows += rows.length + (until - this.#loaded - rows.length) * PASSED_BY;
    this.#loaded = until;
    this.#window = Math.min(this.#window * 2, LAST_WINDOW);
  }
}
