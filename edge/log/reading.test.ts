import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CALL } from "../../shared/contract/issued-session.ts";
import { unsignedSession } from "../../shared/contract/unsigned-session.ts";
import { WAITED_DRAWS } from "../../shared/versions/heard.ts";
import { type JoinRules, MAX_ACTIVATION_DELAY } from "../../shared/versions/join.ts";
import { ruleFields, stepFields } from "../testing/log-steps.ts";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { Appending } from "./appending.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Draws } from "./draws.ts";
import { LOOK_LIMIT, MAX_FEEDBACK, PULL_BYTES } from "./limits.ts";
import { Log } from "./log.ts";
import type { Append, Example, IncomingFeedback, Position, Slice } from "./messages.ts";
import type { Partition } from "./partition.ts";
import { Reading } from "./reading.ts";

/** The tables of a partition of its own, without the partition: the log's time is what a test says. */
const withTables = <T>(use: (sql: SqlStorage) => T | Promise<T>): Promise<T> =>
  runInDurableObject(env.PARTITION.getByName("reading"), (_: Partition, { storage }) => use(storage.sql));

function emptyLog(sql: SqlStorage) {
  sql.exec("DELETE FROM log");
  const log = new Log(sql);
  const reading = new Reading(sql, log);
  const append = (receivedAt: number, parts: Partial<Append>) =>
    new Appending(log, new Draws(log), new DeadLetters(sql), () => false, receivedAt).append(appendOf(parts));
  return { log, reading, append };
}

// For a busy machine; nothing here waits that long otherwise.

const rules = (changes: Partial<JoinRules> = {}): JoinRules => ({
  aggregate: "first",
  default: 0,
  wait: 100,
  binary: false,
  ...changes,
});
/** A page's session. */
const PAGE = unsignedSession(1, 0);
const decision = (model: string, id: string, at: number, deferred = false) =>
  incoming({ ...rankRecord(model, id, at), deferred });
const ids = (examples: readonly Example[]) => examples.map(({ record }) => JSON.parse(record).id as string);
const request = (by: JoinRules, from: Position | null = null, limit = 1000, model = "m") => ({
  ...{ reader: `${model}@1`, model, rules: by, from, upto: null as Position | null, limit },
});

describe("a slice", () => {
  test("has examples in the order of the moments that made them: waits end behind the rows of that moment", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      append(1000, { decisions: ["a.1", "a.2", "a.3", "a.4"].map((id) => decision("m", id, 1000)) });
      const fed = (id: string) => ({ id, value: 1, final: false, claimedAt: 1000, at: 1000 });
      append(1050, { feedback: [fed("a.3")] });
      append(1100, { feedback: [fed("a.2")] });
      append(1101, { feedback: [fed("a.1")] });
      const { slice, passed } = reading.read(request(rules()), 1101);
      expect(ids(slice.examples)).toEqual(["a.3", "a.2", "a.1", "a.4"]);
      expect(slice.examples.map(({ value }) => value)).toEqual([1, 1, 0, 0]);
      expect(slice).toMatchObject({ late: 1, more: false, endsIn: null, newest: 7, to: { rows: 7, ends: 7 } });
      expect(passed).toBeNull();
    }));

  test("has no wait's end before the log's time is past it, and says when that is", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      append(1000, { decisions: [decision("m", "a.1", 1000)] });
      const { slice } = reading.read(request(rules()), 1100);
      expect(slice).toMatchObject({ examples: [], endsIn: 1, to: { rows: 1, ends: 0, time: 1100 } });
      const over = reading.read(request(rules(), slice.to), 1101);
      expect(ids(over.slice.examples)).toEqual(["a.1"]);
      expect(over.passed).toBe(1100);
    }));

  test("has the default only when what happened in time and comes late cannot come any more", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      const lenient = rules({ lateness: 50 });
      append(1000, { decisions: [decision("m", "a.1", 1000), decision("m", "a.2", 1000)] });
      const first = reading.read(request(lenient), 1150).slice;
      expect(first).toMatchObject({ examples: [], endsIn: 1 });
      // The page was off line from before its click until now.
      append(1150, { feedback: [{ id: "a.1", value: 1, final: false, claimedAt: 1005, at: 1005 }] });
      const { slice } = reading.read(request(lenient, first.to), 1151);
      expect(slice.examples.map(({ record, value }) => [JSON.parse(record).id, value])).toEqual([
        ["a.1", 1],
        ["a.2", 0],
      ]);
      expect(slice.late).toBe(0);
    }));

  test("has no default of a page that was off line for longer than the wait, but what it did", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      const ids6 = [0, 1, 2, 3, 4, 5].map((n) => `${PAGE}.${n}`);
      append(1000, { decisions: ids6.slice(0, 5).map((id) => decision("m", id, 1000)) });
      const offline = reading.read(request(rules()), 1150).slice;
      expect(offline).toMatchObject({ examples: [], endsIn: 1201 - 1150, to: { rows: 5, ends: 5, lasts: 0 } });
      // On line again: it decides anew, and sends what was clicked in between.
      append(1150, {
        decisions: [decision("m", ids6[5]!, 1150)],
        feedback: [{ id: ids6[1]!, value: 1, final: false, claimedAt: 1050, at: 1050 }],
      });
      const before = reading.read(request(rules(), offline.to), 1150).slice;
      // What comes with it is in the log; more may come at this moment.
      expect(before).toMatchObject({ endsIn: 1, late: 0, missed: 0 });
      expect(ids(before.examples)).toEqual([ids6[1]]);
      // One row ends many waits, also when who reads takes one at a time.
      const told: [string, number][] = [];
      let at = before.to;
      for (let more = true; more; ) {
        const { slice }: { slice: Slice } = reading.read(request(rules(), at, 1), 1151);
        told.push(...slice.examples.map((e): [string, number] => [JSON.parse(e.record).id, e.value]));
        expect(slice.examples.length).toBeLessThanOrEqual(1);
        ({ to: at, more } = slice);
      }
      expect(told).toEqual([0, 2, 3, 4].map((n) => [ids6[n], 0]));
      expect(reading.read(request(rules(), at), 1350).slice.endsIn).toBe(1);
      expect(ids(reading.read(request(rules(), at), 1351).slice.examples)).toEqual([ids6[5]]);
      // Too late: nobody had heard of the page for as long again.
      append(1352, { feedback: [{ id: ids6[5]!, value: 1, final: false, claimedAt: 1151, at: 1151 }] });
      expect(reading.read(request(rules(), at), 1353).slice).toMatchObject({ late: 1, missed: 1 });
    }));

  test("has a decision once whose wait ended as its page had been heard of, whatever comes after that", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      // Made off line long ago, and sent with one that nobody has seen yet.
      const sent = [decision("m", `${PAGE}.0`, -10_000), decision("m", `${PAGE}.1`, 1000, true)];
      append(1000, { decisions: sent });
      const waiting = reading.read(request(rules()), 1050).slice;
      const over = reading.read(request(rules(), waiting.to), 1101).slice;
      expect(over.examples.map(({ record, value }) => [JSON.parse(record).id, value])).toEqual([[sent[0]!.id, 0]]);
      // Of a server that says when it happened.
      append(1150, { feedback: [{ id: sent[0]!.id, value: 1, final: true, claimedAt: -9950, at: -9950 }] });
      const after = reading.read(request(rules(), over.to), 1160).slice;
      expect(after).toMatchObject({ examples: [], late: 1, missed: 1 });
      expect(reading.read(request(rules()), 1160).slice.examples).toEqual(over.examples);
    }));

  test("waits no longer for those who are no pages, and of a page for the first decisions of a session", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      const call = unsignedSession(2, 0, CALL);
      const others = ["order-7", "a.1", `${call}.0`, `${PAGE}.${WAITED_DRAWS}`, `${PAGE}.x`];
      append(1000, { decisions: [...others, `${PAGE}.0`].map((id) => decision("m", id, 1000)) });
      expect(ids(reading.read(request(rules()), 1101).slice.examples)).toEqual(others);
      expect(ids(reading.read(request(rules({ lateness: 0 })), 1101).slice.examples)).toHaveLength(6);
    }));

  test("looks for no more rows of a session than it has, however many decisions it settles", () =>
    withTables((sql) => {
      const { log, append } = emptyLog(sql);
      const most = 400;
      for (let n = 0; n < most; n++) append(1000 + n, { decisions: [decision("m", `${PAGE}.${n}`, 1000 + n)] });
      let largest = 0;
      const counted = {
        exec: (query: string, ...bindings: SqlStorageValue[]) => {
          const cursor = sql.exec(query, ...bindings);
          if (query.includes("id > ?1 || '.'")) {
            const rows = cursor.toArray();
            largest = Math.max(largest, cursor.rowsRead);
            return Object.assign(rows[Symbol.iterator](), { toArray: () => rows });
          }
          return cursor;
        },
      } as unknown as SqlStorage;
      let at: Position | null = null;
      const examples: Example[] = [];
      for (let more = true; more; ) {
        const { slice }: { slice: Slice } = new Reading(counted, log).read(request(rules(), at, 7), 5000);
        examples.push(...slice.examples);
        ({ to: at, more } = slice);
      }
      expect(examples).toHaveLength(most);
      // Each row is read from the index and from the table.
      expect(largest).toBeLessThanOrEqual(2 * most + 10);
    }));

  test("has of what arrived together the first to happen, in whatever order it was sent", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      append(1000, { decisions: [decision("m", "a.1", 1000)] });
      const given = [30, 10, 20].map((ms) => ({
        id: "a.1",
        value: ms,
        final: false,
        claimedAt: 1000 + ms,
        at: 1000 + ms,
      }));
      const sent = [...given, { ...given[1]!, claimedAt: 1010 }];
      const { feedback } = append(1050, { feedback: sent });
      expect(feedback.map(({ status }) => status)).toEqual(["accepted", "accepted", "accepted", "duplicate"]);
      expect(reading.read(request(rules()), 1050).slice.examples.map(({ value }) => value)).toEqual([10]);
    }));

  test("waits for nothing when nothing is learned at the end of a wait", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      append(1000, { decisions: [decision("m", "a.1", 1000)] });
      const { slice } = reading.read(request(rules({ default: null })), 9000);
      expect(slice).toMatchObject({ examples: [], endsIn: null, more: false, to: { rows: 1, ends: 0, time: 9000 } });
    }));

  test("says of the next end that it is one that may still make an example", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      append(1000, { decisions: [decision("m", "a.1", 1000)] });
      append(1010, { decisions: [decision("m", "a.2", 1010)] });
      append(1020, { feedback: [{ id: "a.1", value: 1, final: false, claimedAt: 1020, at: 1020 }] });
      expect(reading.read(request(rules()), 1020).slice.endsIn).toBe(1111 - 1020);
    }));

  test("ends before it becomes too long to be sent", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      const body = JSON.stringify("x".repeat(PULL_BYTES / 4));
      append(1000, { decisions: [1, 2, 3, 4, 5].map((n) => ({ ...decision("m", `a.${n}`, 1000), body })) });
      const first = reading.read(request(rules()), 2000).slice;
      expect(first.examples).toHaveLength(3);
      expect(first.more).toBe(true);
      const rest = reading.read(request(rules(), first.to), 2000).slice;
      expect(rest.examples.map((e) => e.decision)).toEqual([4, 5]);
      expect(rest.more).toBe(false);
    }));

  test("ends when many rows were looked at, also of other models, and always goes on", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      const others = Array.from({ length: 3 * LOOK_LIMIT }, (_, n) => decision("other", `o.${n}`, 1000));
      append(1000, { decisions: [...others, decision("m", "a.1", 1000)] });
      let from: Position | null = null;
      const examples: Example[] = [];
      for (let calls = 1; ; calls++) {
        const { slice }: { slice: Slice } = reading.read(request(rules(), from), 2000);
        examples.push(...slice.examples);
        if (!slice.more) {
          expect(calls).toBeGreaterThan(2);
          break;
        }
        expect(slice.to).not.toEqual(from);
        from = slice.to;
      }
      expect(ids(examples)).toEqual(["a.1"]);
    }));

  test("of another log is empty and says which log this is", () =>
    withTables((sql) => {
      const { log, reading, append } = emptyLog(sql);
      append(1000, { decisions: [decision("m", "a.1", 1000)] });
      const lost: Position = { log: "lost", rows: 7, ends: 7, heard: 7, ended: 0, lasts: 7, time: 5000, mark: 3 };
      const to = { log: log.identity, rows: 0, ends: 0, heard: 0, ended: 0, lasts: 0, time: 0, mark: null };
      const nothing = { to, examples: [], rewound: false };
      expect(reading.read(request(rules(), lost), 9000).slice).toMatchObject({ from: lost, ...nothing });
      expect(reading.read({ ...request(rules()), upto: lost }, 9000).slice).toMatchObject(nothing);
    }));

  test("of what a log has lost, or has another row for, is empty and says so", () =>
    withTables((sql) => {
      const { reading, append } = emptyLog(sql);
      append(1000, { decisions: ["a.1", "a.2"].map((id) => decision("m", id, 1000)) });
      const { to } = reading.read(request(rules()), 1001).slice;
      expect(reading.read(request(rules(), to), 1001).slice).toMatchObject({ rewound: false, to });
      expect(reading.read(request(rules(), { ...to, mark: null }), 1001).slice).toMatchObject({ rewound: false, to });
      sql.exec("DELETE FROM log WHERE id = 'a.2'");
      const beginning = { rewound: true, to: { rows: 0, ends: 0 }, examples: [] };
      const ask = () => [
        reading.read(request(rules(), to), 1001).slice,
        reading.read({ ...request(rules()), upto: to }, 1001).slice,
      ];
      for (const slice of ask()) expect(slice).toMatchObject(beginning);
      append(1000, { decisions: [decision("m", "a.3", 1000)] });
      for (const slice of ask()) expect(slice).toMatchObject(beginning);
      append(1000, { decisions: [decision("m", "a.4", 1000)] });
      for (const slice of ask()) expect(slice).toMatchObject(beginning);
    }));
});

describe("much feedback of one decision", () => {
  /** Counts the rows that queries read. */
  function counting(sql: SqlStorage): { sql: SqlStorage; read: () => number } {
    const cursors: { rowsRead: number }[] = [];
    const exec = (query: string, ...bindings: SqlStorageValue[]) => {
      const cursor = sql.exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    };
    return {
      sql: { exec } as unknown as SqlStorage,
      read: () => cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0),
    };
  }

  const BATCHES = 16;
  const ITEMS = 350;
  /** Batches as a page may send them, each learned before the next, and what that reads. @param idOf the decision that an item is for. */
  function cost(sql: SqlStorage, idOf: (item: number) => string, by: JoinRules) {
    sql.exec("DELETE FROM log");
    const counted = counting(sql);
    const log = new Log(counted.sql);
    const reading = new Reading(counted.sql, log);
    let from: Position | null = null;
    const refused: string[] = [];
    const examples: Example[] = [];
    const append = (time: number, parts: Partial<Append>) => {
      const outcomes = new Appending(log, new Draws(log), new DeadLetters(counted.sql), () => false, time).append(
        appendOf(parts),
      ).feedback;
      refused.push(...outcomes.flatMap((outcome) => ("problem" in outcome ? [outcome.problem] : [])));
      for (let more = true; more; ) {
        const { slice }: { slice: Slice } = reading.read(request(by, from), time);
        examples.push(...slice.examples);
        ({ to: from, more } = slice);
      }
    };
    const ids = [...new Set(Array.from({ length: BATCHES * ITEMS }, (_, item) => idOf(item)))];
    append(1000, { decisions: ids.map((id) => decision("m", id, 1000)) });
    const before = counted.read();
    for (let batch = 0; batch < BATCHES; batch++)
      append(1001 + batch, {
        feedback: Array.from({ length: ITEMS }, (_, n) => {
          const item = batch * ITEMS + n;
          return { id: idOf(item), value: 1, final: false, claimedAt: item, at: 1000 };
        }),
      });
    append(10_000, {});
    return { rows: counted.read() - before, refused, examples };
  }

  test.each(["first", "sum"] as const)("reads no more rows than as much of many, %s, and says what is too much", (by) =>
    withTables((sql) => {
      const many = cost(sql, (item) => `d.${item}`, rules({ aggregate: by }));
      expect(many.refused).toEqual([]);
      const one = cost(sql, () => "d.0", rules({ aggregate: by }));
      expect(one.rows).toBeLessThanOrEqual(many.rows);
      expect(one.examples.map(({ value }) => value)).toEqual([by === "first" ? 1 : MAX_FEEDBACK]);
      expect(one.refused).toHaveLength(BATCHES * ITEMS - MAX_FEEDBACK);
      expect(new Set(one.refused)).toEqual(new Set([`is more than the ${MAX_FEEDBACK} that one decision may have`]));
      // Some decisions with as much as they may have cost no more, either.
      const some = cost(sql, (item) => `d.${Math.floor(item / MAX_FEEDBACK)}`, rules({ aggregate: by }));
      expect(some.refused).toEqual([]);
      expect(some.rows).toBeLessThanOrEqual(many.rows * 2);
    }),
  );
});

const step = fc.record({
  what: fc.constantFrom(
    ...["decision", "decision", "feedback", "feedback", "feedback", "repeat", "activation", "read", "read"],
  ),
  ...stepFields,
  id: fc.constantFrom("a.1", "a.2", "b.1", ...[1, 2, 3, 4, 5, 6, 7, 8, WAITED_DRAWS].map((n) => `${PAGE}.${n}`)),
  limit: fc.integer({ min: 1, max: 3 }),
});

const anyRules = fc
  .record({ ...ruleFields, lateness: fc.constantFrom(undefined, undefined, 0, 3) })
  .map(({ lateness, ...by }): JoinRules => ({ ...by, ...(lateness !== undefined && { lateness }) }));

type Row = {
  offset: number;
  kind: "decision" | "feedback" | "activation";
  id: string;
  claimed_at: number | null;
  at: number;
  received_at: number;
  model: string | null;
  value: number;
  final: number;
  deferred: number;
};
type Expected = { decision: number; receivedAt: number; value: number; feedbackAt: number | null };

const aggregates = {
  first: (v: number[]) => v[0]!,
  last: (v: number[]) => v.at(-1)!,
  max: (v: number[]) => Math.max(...v),
  min: (v: number[]) => Math.min(...v),
  sum: (v: number[]) => v.reduce((a, b) => a + b),
  mean: (v: number[]) => v.reduce((a, b) => a + b) / v.length,
};

/** Feedback that is repeated as final is one feedback, which happened when the first says. */
const firstOf = (rows: readonly Row[], { claimed_at, value }: Row): Row =>
  rows.find((f) => f.kind === "feedback" && f.claimed_at === claimed_at && f.value === value)!;

type Begin = { begin: Row; at: number };

/** Where a decision's wait begins, and when it happened; null: nowhere. */
function beginOf(decision: Row, its: readonly Row[]): Begin | null {
  if (decision.deferred === 0) return { begin: decision, at: decision.at };
  const shown = its.find(({ kind }) => kind === "activation");
  if (!shown || shown.at - decision.at > MAX_ACTIVATION_DELAY) return null;
  return { begin: shown.offset > decision.offset ? shown : decision, at: Math.max(shown.at, decision.at) };
}

/** When a wait is over, as a moment: when, in what order with others of that time, and of which decisions. */
function overOf(
  decision: Row,
  { begin, at }: Begin,
  rows: readonly Row[],
  by: JoinRules,
): [number, number, number, number] {
  const first = begin.received_at + by.wait;
  const isWaited = (id: string) => id.startsWith(`${PAGE}.`) && !id.endsWith(`.${WAITED_DRAWS}`);
  const last = first + (by.lateness ?? (isWaited(decision.id) ? by.wait : 0));
  const atLast: [number, number, number, number] = [last, first < last ? 3 : 2, begin.offset, 0];
  if (!isWaited(decision.id)) return atLast;
  const heard = rows.find(
    (row) =>
      row.kind !== "feedback" &&
      row.model === decision.model &&
      isWaited(row.id) &&
      row.offset > begin.offset &&
      row.at >= at + by.wait,
  );
  if (!heard || heard.received_at > last || first === last) return atLast;
  if (heard.received_at <= first) return [first, 2, begin.offset, 0];
  return [heard.received_at, 1, heard.offset, decision.offset];
}

/** Examples as they should be, from the rows alone and without cursors: each decision by itself, then in the order of their moments. */
function reference(rows: readonly Row[], model: string, by: JoinRules): Expected[] {
  const learned = (decision: Row): (Expected & { moment: number[] }) | null => {
    const its = rows.filter(({ id }) => id === decision.id);
    const opened = beginOf(decision, its);
    if (!opened) return null;
    const { begin, at: beganAt } = opened;
    const moment = overOf(decision, opened, rows, by);
    const [over] = moment;
    const counted: Row[] = [];
    let final = false;
    const { offset, received_at: receivedAt } = decision;
    const example = (moment: number[]) => ({
      ...{ decision: offset, receivedAt },
      value: aggregates[by.aggregate](counted.toSorted((f, g) => f.at - g.at).map(({ value }) => value)),
      feedbackAt: Math.max(...counted.map((f) => f.received_at)),
      moment,
    });
    for (const row of its) {
      const usable = row.kind === "feedback" && (!by.binary || row.value === 0 || row.value === 1);
      if (usable && firstOf(its, row).at <= beganAt + by.wait && row.received_at <= over) {
        if (firstOf(its, row) === row) counted.push(row);
        final ||= row.final === 1;
      }
      const complete = by.aggregate === "first" ? counted.length > 0 : final;
      if (row.offset >= begin.offset && complete) return example([row.received_at, 0, row.offset]);
    }
    if (counted.length > 0) return example(moment);
    return by.default === null ? null : { decision: offset, receivedAt, value: by.default, feedbackAt: null, moment };
  };
  return rows
    .filter((row) => row.kind === "decision" && row.model === model)
    .flatMap((row) => learned(row) ?? [])
    .sort((x, y) => x.moment.reduce((order, n, i) => order || n - (y.moment[i] ?? 0), 0))
    .map(({ moment: _, ...example }) => example);
}

/** Feedback that came too late, decision by decision. */
const lateIn = (rows: readonly Row[], model: string, by: JoinRules): number =>
  rows
    .filter((row) => row.kind === "decision" && row.model === model)
    .reduce((late, decision) => {
      const its = rows.filter(({ id }) => id === decision.id);
      const opened = beginOf(decision, its);
      if (!opened) return late;
      const [over] = overOf(decision, opened, rows, by);
      const tooLate = its.filter(
        (f) => f.kind === "feedback" && (firstOf(its, f).at > opened.at + by.wait || f.received_at > over),
      );
      return late + tooLate.length;
    }, 0);

/** Feedback that happened in time, and of which the decision was learned without it: at least as many decisions have some as are told. */
function missedIn(rows: readonly Row[], model: string, by: JoinRules): { least: number; most: number } {
  let least = 0;
  let most = 0;
  for (const decision of rows.filter((row) => row.kind === "decision" && row.model === model)) {
    const its = rows.filter(({ id }) => id === decision.id);
    const opened = beginOf(decision, its);
    if (!opened) continue;
    const [over] = overOf(decision, opened, rows, by);
    const [happened, isLabel] = [
      (f: Row) => f.kind === "feedback" && firstOf(its, f).at <= opened.at + by.wait,
      (f: Row) => !by.binary || f.value === 0 || f.value === 1,
    ];
    const usable = its.filter((f) => happened(f) && isLabel(f) && firstOf(its, f) === f);
    const inTime = usable.filter((f) => f.received_at <= over);
    const isFinal = its.some((f) => happened(f) && isLabel(f) && f.final === 1 && f.received_at <= over);
    if (by.aggregate === "first" && inTime.length > 0) {
      const completed = Math.max(inTime[0]!.offset, opened.begin.offset);
      const first = Math.min(...inTime.filter((f) => f.offset <= completed).map((f) => f.at));
      most += usable.filter((f) => f.offset > completed && f.at < first).length;
    }
    if (by.aggregate === "first" ? inTime.length === 0 : !isFinal) {
      const late = usable.filter((f) => f.received_at > over).length;
      least += Math.min(1, late);
      most += late;
    }
  }
  return { least, most };
}

test("the examples and their order follow from log and rules alone, however and whenever the log is read", () =>
  withTables((sql) =>
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 5, maxLength: 70 }),
        fc.array(anyRules, { minLength: 1, maxLength: 3 }),
        (steps, readersRules) => {
          const { reading, append } = emptyLog(sql);
          let clock = 1000;
          let last: IncomingFeedback | undefined;
          const readers = readersRules.map((by) => ({ by, at: null as Position | null, slices: [] as Slice[] }));
          const read = (reader: (typeof readers)[number], limit: number) => {
            const { slice } = reading.read(request(reader.by, reader.at, limit), clock);
            reader.slices.push(slice);
            reader.at = slice.to;
            return slice;
          };
          steps.forEach((s, i) => {
            clock += s.after;
            const at = clock - s.ago;
            const { id } = s;
            const claimedAt = s.claimed ? at : null;
            if (s.what === "decision") append(clock, { decisions: [decision(s.model, id, at, s.deferred)] });
            else if (s.what === "activation") append(clock, { activations: [{ id, claimedAt, at }] });
            else if (s.what === "read") read(readers[i % readers.length]!, s.limit);
            else {
              const repeat = s.what === "repeat" && last;
              last = repeat ? { ...last!, final: true, at } : { id, value: s.value, final: s.final, claimedAt, at };
              append(clock, { feedback: [last] });
            }
          });
          clock += 100;
          const rows = sql.exec<Row>("SELECT * FROM log ORDER BY offset").toArray();
          for (const reader of readers) {
            while (read(reader, 2).more);
            const { by, slices } = reader;
            const told = slices.flatMap(({ examples }) => examples);
            const expected = reference(rows, "m", by);
            expect(told.map(({ record: _, ...example }) => example)).toEqual(expected);
            expect(told.map(({ record }) => JSON.parse(record).id)).toEqual(
              expected.map((e) => rows.find(({ offset }) => offset === e.decision)!.id),
            );
            expect(slices.reduce((late, slice) => late + slice.late, 0)).toBe(lateIn(rows, "m", by));
            const missed = slices.reduce((sum, slice) => sum + slice.missed, 0);
            const expectedMissed = missedIn(rows, "m", by);
            expect(missed).toBeGreaterThanOrEqual(expectedMissed.least);
            expect(missed).toBeLessThanOrEqual(expectedMissed.most);
            // Who comes only now.
            const whole = reading.read(request(by), clock).slice;
            expect(whole.examples).toEqual(told);
            expect(whole.to).toEqual(reader.at);
            // Who learns again what was learned, slice by slice, in slices of its own.
            for (const { from, to, examples } of slices) {
              const again: Example[] = [];
              let position = from;
              for (;;) {
                const { slice } = reading.read({ ...request(by, position, 1), upto: to }, clock);
                again.push(...slice.examples);
                position = slice.to;
                if (!slice.more) break;
              }
              expect(again).toEqual(examples);
              expect(position).toEqual(to);
            }
          }
        },
      ),
      { numRuns: 400 },
    ),
  ));
