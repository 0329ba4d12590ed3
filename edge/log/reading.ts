import { isWaitedFor } from "../../shared/versions/heard.ts";
import {
  endOf,
  type FeedbackRow,
  isLate,
  isMissed,
  type Joined,
  type JoinRules,
  joinAtEnd,
  joinAtRow,
  learnsAtEnd,
  longestWait,
  opening,
} from "../../shared/versions/join.ts";
import { ALL_ROWS, type Course, Cursor, type Looked, type Stop } from "./cursor.ts";
import { Joinables } from "./joinables.ts";
import { PULL_BYTES } from "./limits.ts";
import type { Log } from "./log.ts";
import { type Example, furthestHeard, type ReadRequest, type Slice, waitsAfter } from "./messages.ts";
import type { ModelRow } from "./model-row.ts";
import { SessionRows } from "./session-rows.ts";

/** `passed`: the end of the last wait that was taken for over because the log's time says so, and no row of the model; null when none was. */
export type Read = { slice: Slice; passed: number | null };

/** The cursors along what waits. */
type Waiting = "heard" | "ends" | "lasts";

/**
 * Hands out a log as the examples that a version makes of it (docs/adr/0008-versions.md, docs/adr/0021-pages-off-line.md): one cursor goes along the rows; another, that lags by
 * the version's wait, along the decisions whose wait is over; a third along the rows by which a page was heard of, for the decisions that were waited for until then; and
 * the last, that lags by the longest wait, along those of pages that were not heard of. They are merged by time; of one moment, rows come first, then what they end, then waits that
 * end. So the order is a function of log and rules alone, wherever slices end and whenever they are read.
 */
export class Reading {
  readonly #sql: SqlStorage;
  readonly #log: Log;

  constructor(sql: SqlStorage, log: Log) {
    this.#sql = sql;
    this.#log = log;
  }

  /**
   * The next slice. It ends at the end of the log, at `upto`, at `limit` examples, or where it has become long.
   * @param time of the log: no later row will have an earlier one.
   */
  read(request: ReadRequest, time: number): Read {
    const { rules, from, upto, limit } = request;
    const log = this.#log.identity;
    const newest = this.#log.newest;
    const asked = [from, upto].filter((position) => position !== null);
    const rewound =
      asked.every((position) => position.log === log) && !asked.every((position) => this.#log.has(position));
    if (rewound || asked.some((position) => position.log !== log))
      return { slice: fromBeginning(request, log, newest, rewound), passed: null };

    const { rows, heard, ends, lasts } = this.#cursors(request, newest, time);
    const examples: Example[] = [];
    let bytes = 0;
    let late = 0;
    let missed = 0;
    let reached = from?.time ?? 0;
    let passed: number | null = null;
    /** The row by which a page was heard of that is looked at, and the last decision whose wait it ended. */
    let hearing = { row: (from?.heard ?? 0) + 1, ended: from?.ended ?? 0 };
    let more = false;
    for (;;) {
      // In the order of one moment.
      const cursors = [rows, heard, ends, lasts];
      // What is not loaded may come before what is.
      more = cursors.some((cursor) => cursor.stop === null && !cursor.through);
      const cursor = cursors.reduce((first, next) => (timeOf(next) < timeOf(first) ? next : first));
      const { stop } = cursor;
      if (more || stop === null) break;
      // A later row may still have this very time, and what came with it counts. Up to `upto` it is known that none has.
      const byTime = rows.stop === null && upto === null;
      if (byTime && stop.time >= time) break;
      more = examples.length >= limit;
      if (more) break;
      const joined = cursor === rows ? joinAtRow(rules, stop.joinable, stop.offset) : joinedAtEnd(cursor, stop);
      if (joined) {
        const example = this.#example(stop, joined);
        bytes += example.record.length;
        more = examples.length > 0 && bytes > PULL_BYTES;
        if (more) break;
        examples.push(example);
      }
      if (cursor === rows) {
        const feedback = feedbackAt(stop);
        late += feedback.filter((row) => isLate(rules, stop.joinable, row)).length;
        missed += feedback.filter((row) => isMissed(rules, stop.joinable, row)).length;
      } else if (byTime) passed = stop.time;
      if (cursor === heard) hearing = { row: stop.offset, ended: stop.joinable.decision.offset };
      cursor.pass();
      reached = Math.max(reached, stop.time);
    }
    const complete = more ? reached : (upto?.time ?? time);
    // In the midst of the waits that one row ends, or of those up to `upto`.
    const within = heard.stop?.offset === hearing.row ? hearing.ended : 0;
    const heardTo = upto && heard.through ? upto : { heard: heard.behind, ended: within };
    return {
      slice: {
        rewound: false,
        from,
        to: this.#log.position({
          ...{ rows: rows.behind, ends: ends.behind, heard: heardTo.heard, ended: heardTo.ended, lasts: lasts.behind },
          time: Math.max(reached, complete),
        }),
        ...{ examples, late, missed, more, newest },
        endsIn: more || upto ? null : least([heard, ends, lasts].map(endsIn)),
      },
      passed,
    };

    /** Where a wait may end: whether it does is known when that time has come. */
    function joinedAtEnd(cursor: Cursor, { joinable }: Stop): Joined | null {
      const open = opening(joinable)!;
      const { by } = endOf(rules, joinable, open);
      return by === (cursor === heard ? "heard" : cursor === ends ? "wait" : "lateness")
        ? joinAtEnd(rules, joinable)
        : null;
    }

    /** In how long the next wait is over that may make an example; the last that is loaded, when there may be more. */
    function endsIn(cursor: Cursor): number | null {
      const next = cursor.ahead.find((stop) => joinedAtEnd(cursor, stop) !== null);
      const stop = next ?? (cursor.loadedAll ? undefined : cursor.ahead.at(-1));
      return stop ? stop.time + 1 - time : null;
    }
  }

  #cursors({ model, rules, from, upto }: ReadRequest, newest: number, time: number): Record<"rows" | Waiting, Cursor> {
    const { wait, lateness = 0 } = rules;
    const longest = longestWait(rules);
    // Of a decision whose wait has ended what comes until the longest one would is still judged by when its page was heard of.
    const begun =
      from && learnsAtEnd(rules) ? { after: waitsAfter(from), since: from.time - longest } : { after: 0, since: 0 };
    const sessions = new SessionRows(this.#sql, model, begun);
    const source = { sql: this.#sql, joinables: new Joinables(this.#sql, sessions), model };
    const looked: Looked = { rows: 0 };
    const along = (after: number, last: number, course: Course) =>
      new Cursor(source, { after, last: Math.max(after, Math.min(last, newest)) }, looked, course);
    /** Goes nowhere when nothing is learned at the end of waits. */
    const waiting = (name: Waiting, last: number, course: Course) =>
      along(from?.[name] ?? 0, learnsAtEnd(rules) ? last : 0, course);
    const isForPage = ({ id, time }: ModelRow) => longest > wait && isWaitedFor(id, time);
    /** Where the wait of a decision may end when it is over: not where it is known that its page was not heard of by then. */
    const mayEnd = (row: ModelRow): boolean => {
      if (!isForPage(row)) return lateness === 0;
      const end = row.time + wait;
      const heard = end < time ? sessions.heard(row, wait) : undefined;
      return heard === undefined || (heard !== null && heard.receivedAt <= end);
    };
    /** Where it may last the longest: not where it is known that its page was heard of before. While it waits for that, it is behind no cursor (waitsAfter). */
    const mayLast = (row: ModelRow): boolean => {
      if (!isForPage(row)) return lateness > 0;
      const heard = sessions.heard(row, wait);
      return !heard || heard.receivedAt >= (from?.time ?? 0) || heard.receivedAt > row.time + longest;
    };
    const mayHaveEnded = (row: ModelRow) => (isForPage(row) ? sessions.perhapsEndedBy(row, rules) : []);
    return {
      rows: along(from?.rows ?? 0, upto?.rows ?? newest, ALL_ROWS),
      heard: waiting("heard", upto ? furthestHeard(upto) : newest, endedByRows(rules, mayHaveEnded, { from, upto })),
      ends: waiting("ends", upto?.ends ?? newest, openings(wait, mayEnd)),
      lasts: waiting("lasts", upto?.lasts ?? newest, openings(longest, mayLast)),
    };
  }

  #example({ joinable }: Stop, { value, feedbackAt }: Joined): Example {
    const { offset, receivedAt } = joinable.decision;
    return { decision: offset, receivedAt, record: this.#log.recordAt(offset), value, feedbackAt };
  }
}

/** Goes along rows with which waits begin, to where they may end. @param may whether one may end there. */
const openings = (after: number, may: (row: ModelRow) => boolean): Course => ({
  kinds: "'decision', 'activation'",
  asks: (row) => (may(row) ? [row.id] : []),
  stops: (row, joinables) => {
    const joinable = joinables.get(row.id)!;
    return opening(joinable)?.offset === row.offset ? [{ ...row, joinable, time: row.time + after }] : [];
  },
});

/** Goes along rows by which a page was heard of, to the decisions whose wait they end, by offset. @param asked which these may be. */
const endedByRows = (
  rules: JoinRules,
  asked: (row: ModelRow) => readonly string[],
  { from, upto }: Pick<ReadRequest, "from" | "upto">,
): Course => {
  /** Of a row in the midst of which a reading begins or ends, some decisions only. */
  const isWithin = (row: number, decision: number) =>
    !(from && row === from.heard + 1 && decision <= from.ended) &&
    !(upto && row === upto.heard + 1 && decision > upto.ended);
  return {
    kinds: "'decision', 'activation'",
    asks: asked,
    stops: (row, joinables) =>
      asked(row)
        .map((id) => joinables.get(id))
        .filter((joinable) => {
          const open = joinable && opening(joinable);
          if (!open) return false;
          const end = endOf(rules, joinable, open);
          return end.by === "heard" && end.row === row.offset && isWithin(row.offset, joinable.decision.offset);
        })
        .map((joinable) => ({ ...row, joinable: joinable! }))
        .sort((a, b) => a.joinable.decision.offset - b.joinable.decision.offset),
  };
};

/** Feedback at a row and, where a wait begins, what came before it. */
function feedbackAt({ offset, kind, joinable }: Stop): FeedbackRow[] {
  const open = opening(joinable);
  if (open === null || open.offset > offset) return [];
  return joinable.feedback.filter((feedback) =>
    kind === "feedback" ? feedback.offset === offset : feedback.offset < offset && open.offset === offset,
  );
}

const timeOf = ({ stop }: Cursor): number => stop?.time ?? Number.POSITIVE_INFINITY;

const least = (numbers: readonly (number | null)[]): number | null =>
  numbers.reduce((least, n) => (least === null || (n !== null && n < least) ? n : least), null);

/** Who read another log, or what this one has lost, or wants to read such a thing again, begins at the beginning. */
const fromBeginning = ({ from }: ReadRequest, log: string, newest: number, rewound: boolean): Slice => ({
  rewound,
  from,
  to: { log, rows: 0, ends: 0, heard: 0, ended: 0, lasts: 0, time: 0, mark: null },
  examples: [],
  late: 0,
  missed: 0,
  more: newest > 0,
  endsIn: null,
  newest,
});
