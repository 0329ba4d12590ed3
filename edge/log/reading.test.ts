import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
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
vi.setConfig({ testTimeout: 30_000 });

const rules = (changes: Partial<JoinRules> = {}): JoinRules => ({
  aggregate: "first",
  default: 0,
  wait: 100,
  binary: false,
  ...changes,
});
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
      const lost: Position = { log: "lost", rows: 7, ends: 7, time: 5000, mark: 3 };
      const to = { log: log.identity, rows: 0, ends: 0, time: 0, mark: null };
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
  id: fc.constantFrom("a.1", "a.2", "b.1"),
  limit: fc.integer({ min: 1, max: 3 }),
});

const anyRules = fc.record<JoinRules>({
  ...ruleFields,
});

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

/** Examples as they should be, from the rows alone and without cursors: each decision by itself, then in the order of their moments. */
function reference(rows: readonly Row[], model: string, by: JoinRules): Expected[] {
  const learned = (decision: Row): (Expected & { moment: [number, number, number] }) | null => {
    const its = rows.filter(({ id }) => id === decision.id);
    const shown = its.find(({ kind }) => kind === "activation");
    if (decision.deferred && (!shown || shown.at - decision.at > MAX_ACTIVATION_DELAY)) return null;
    const begin = decision.deferred && shown!.offset > decision.offset ? shown! : decision;
    const beganAt = decision.deferred ? Math.max(shown!.at, decision.at) : decision.at;
    const over = begin.received_at + by.wait;
    const counted: Row[] = [];
    let final = false;
    const { offset, received_at: receivedAt } = decision;
    const example = (moment: [number, number, number]) => ({
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
    const moment: [number, number, number] = [over, 1, begin.offset];
    if (counted.length > 0) return example(moment);
    return by.default === null ? null : { decision: offset, receivedAt, value: by.default, feedbackAt: null, moment };
  };
  return rows
    .filter((row) => row.kind === "decision" && row.model === model)
    .flatMap((row) => learned(row) ?? [])
    .sort((x, y) => x.moment[0] - y.moment[0] || x.moment[1] - y.moment[1] || x.moment[2] - y.moment[2])
    .map(({ moment: _, ...example }) => example);
}

/** Feedback that came too late, decision by decision. */
const lateIn = (rows: readonly Row[], model: string, by: JoinRules): number =>
  rows
    .filter((row) => row.kind === "decision" && row.model === model)
    .reduce((late, decision) => {
      const its = rows.filter(({ id }) => id === decision.id);
      const shown = its.find(({ kind }) => kind === "activation");
      if (decision.deferred && (!shown || shown.at - decision.at > MAX_ACTIVATION_DELAY)) return late;
      const begin = decision.deferred && shown!.offset > decision.offset ? shown! : decision;
      const beganAt = decision.deferred ? Math.max(shown!.at, decision.at) : decision.at;
      const tooLate = its.filter(
        (f) =>
          f.kind === "feedback" &&
          (firstOf(its, f).at > beganAt + by.wait || f.received_at > begin.received_at + by.wait),
      );
      return late + tooLate.length;
    }, 0);

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
