import {
  endOfWait,
  isLate,
  type Joined,
  joinAtEnd,
  joinAtRow,
  learnsAtEnd,
  opening,
} from "../../shared/versions/join.ts";
import { Cursor, type Looked, type Stop } from "./cursor.ts";
import { Joinables } from "./joinables.ts";
import { PULL_BYTES } from "./limits.ts";
import type { Log } from "./log.ts";
import type { Example, ReadRequest, Slice } from "./messages.ts";

/** `passed`: the end of the last wait that was taken for over because the log's time says so, and no row of the model; null when none was. */
export type Read = { slice: Slice; passed: number | null };

/**
 * Hands out a log as the examples that a version makes of it (docs/adr/0008-versions.md): one cursor goes along the rows, another, that
 * lags by the version's wait, along the decisions whose wait is over. They are merged by time; rows at the moment when a wait ends come
 * before its end. So the order is a function of log and rules alone, wherever slices end and whenever they are read.
 */
export class Reading {
  readonly #sql: SqlStorage;
  readonly #log: Log;
  readonly #joinables: Joinables;

  constructor(sql: SqlStorage, log: Log) {
    this.#sql = sql;
    this.#log = log;
    this.#joinables = new Joinables(sql);
  }

  /**
   * The next slice. It ends at the end of the log, at `upto`, at `limit` examples, or where it has become long.
   * @param time of the log: no later row will have an earlier one.
   */
  read(request: ReadRequest, time: number): Read {
    const { model, rules, from, upto, limit } = request;
    const log = this.#log.identity;
    const newest = this.#log.newest;
    const asked = [from, upto].filter((position) => position !== null);
    const rewound =
      asked.every((position) => position.log === log) && !asked.every((position) => this.#log.has(position));
    if (rewound || asked.some((position) => position.log !== log))
      return { slice: fromBeginning(request, log, newest, rewound), passed: null };

    const looked: Looked = { rows: 0 };
    const source = { sql: this.#sql, joinables: this.#joinables, model };
    const range = (after: number, last: number) => ({ after, last: Math.max(after, Math.min(last, newest)) });
    const rows = new Cursor(source, range(from?.rows ?? 0, upto?.rows ?? newest), looked);
    const firstEnd = from?.ends ?? 0;
    const lastEnd = learnsAtEnd(rules) ? (upto?.ends ?? newest) : firstEnd;
    const ends = new Cursor(source, range(firstEnd, lastEnd), looked, "'decision', 'activation'", (stop) => {
      const open = opening(stop.joinable);
      return open?.offset === stop.offset ? { ...stop, time: endOfWait(rules, open) } : null;
    });

    const examples: Example[] = [];
    let bytes = 0;
    let late = 0;
    let reached = from?.time ?? 0;
    let passed: number | null = null;
    let more = false;
    for (;;) {
      const row = rows.stop;
      const end = ends.stop;
      // What is not loaded may come before what is.
      more = (row === null && !rows.through) || (end === null && !ends.through);
      const atRow = row !== null && (end === null || row.time <= end.time);
      const stop = atRow ? row : end;
      if (more || stop === null) break;
      // A later row may still have this very time, and what came with it counts. Up to `upto` it is known that none has.
      if (row === null && upto === null && stop.time >= time) break;
      more = examples.length >= limit;
      if (more) break;
      const joined = atRow ? joinAtRow(rules, stop.joinable, stop.offset) : joinAtEnd(rules, stop.joinable);
      if (joined) {
        const example = this.#example(stop, joined);
        bytes += example.record.length;
        more = examples.length > 0 && bytes > PULL_BYTES;
        if (more) break;
        examples.push(example);
      }
      if (atRow) late += lateAt(stop);
      else if (row === null && upto === null) passed = stop.time;
      (atRow ? rows : ends).pass();
      reached = Math.max(reached, stop.time);
    }
    const complete = more ? reached : (upto?.time ?? time);
    return {
      slice: {
        rewound: false,
        from,
        to: this.#log.position(rows.behind, ends.behind, Math.max(reached, complete)),
        examples,
        late,
        more,
        endsIn: more || upto ? null : endsIn(ends),
        newest,
      },
      passed,
    };

    /** Feedback at a row that is too late, and, where a wait begins, what came before it and is. */
    function lateAt({ offset, kind, joinable }: Stop): number {
      const open = opening(joinable);
      if (open === null || open.offset > offset) return 0;
      const here = joinable.feedback.filter((feedback) =>
        kind === "feedback" ? feedback.offset === offset : feedback.offset < offset && open.offset === offset,
      );
      return here.filter((feedback) => isLate(rules, joinable, feedback)).length;
    }

    /** In how long the next wait is over that may make an example; the last that is loaded, when there may be more. */
    function endsIn(cursor: Cursor): number | null {
      const next = cursor.ahead.find(({ joinable }) => joinAtEnd(rules, joinable) !== null);
      const stop = next ?? (cursor.loadedAll ? undefined : cursor.ahead.at(-1));
      return stop ? stop.time + 1 - time : null;
    }
  }

  #example({ joinable }: Stop, { value, feedbackAt }: Joined): Example {
    const { offset, receivedAt } = joinable.decision;
    return { decision: offset, receivedAt, record: this.#log.recordAt(offset), value, feedbackAt };
  }
}

/** Who read another log, or what this one has lost, or wants to read such a thing again, begins at the beginning. */
const fromBeginning = ({ from }: ReadRequest, log: string, newest: number, rewound: boolean): Slice => ({
  rewound,
  from,
  to: { log, rows: 0, ends: 0, time: 0, mark: null },
  examples: [],
  late: 0,
  more: newest > 0,
  endsIn: null,
  newest,
});
