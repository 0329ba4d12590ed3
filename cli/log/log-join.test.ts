import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogRow } from "../../shared/contract/log-page.ts";
import { unsignedSession } from "../../shared/contract/unsigned-session.ts";
import { isWaitedFor, WAITED_DRAWS } from "../../shared/versions/heard.ts";
import {
  endOf,
  type Joinable,
  type JoinRules,
  joinAtEnd,
  joinAtRow,
  MAX_ACTIVATION_DELAY,
  opening,
} from "../../shared/versions/join.ts";
import { type LoggedExample, LogJoin } from "./log-join.ts";
import { activation, decision, feedback } from "./testing/rows.ts";

const WAIT = 100;
const rules = (changes: Partial<JoinRules> = {}): JoinRules => ({
  ...{ aggregate: "first", default: 0, wait: WAIT, binary: false },
  ...changes,
});

/** What a log is joined to, by id, and what was kept at the end. */
function joined(rows: readonly LogRow[], by: Record<string, JoinRules>, time: number) {
  const found: [string, number][] = [];
  const onExample = ({ id, value }: LoggedExample) => found.push([id, value]);
  const join = new LogJoin(new Map(Object.entries(by)), onExample);
  const read = (into: LogJoin) => {
    for (const row of rows) into.add(row);
    into.passed(time);
  };
  read(join);
  if (join.late.size > 0) read(new LogJoin(new Map(Object.entries(by)), onExample, join.late));
  return { found: Object.fromEntries(found), times: found.length, join };
}

describe("a decision", () => {
  test("is joined with its feedback, or with the default when its wait is over and the log's time says so", () => {
    const rows = [decision(1, "a", 0), decision(2, "b", 10), feedback(3, "a", 20, 0.5)];
    expect(joined(rows, { m: rules() }, 110).found).toEqual({ a: 0.5 });
    expect(joined(rows, { m: rules() }, 111).found).toEqual({ a: 0.5, b: 0 });
  });

  test("counts feedback that came before it, whosever it was then", () => {
    const rows = [feedback(1, "a", 5, 1, { model: null }), decision(2, "a", 10)];
    expect(joined(rows, { m: rules() }, 10).found).toEqual({ a: 1 });
  });

  test("that is deferred counts from its activation on, also when that came first", () => {
    const late = feedback(3, "a", 250, 1);
    expect(joined([decision(1, "a", 0, { deferred: true }), late], { m: rules() }, 1e6).found).toEqual({});
    const rows = [decision(1, "a", 0, { deferred: true }), activation(2, "a", 200), late];
    expect(joined(rows, { m: rules() }, 250).found).toEqual({ a: 1 });
    const first = [activation(1, "a", 5, { model: null }), decision(2, "a", 10, { deferred: true })];
    expect(joined(first, { m: rules() }, 111).found).toEqual({ a: 0 });
  });

  test("is joined by the rules of its own model, and of a model without rules left out", () => {
    const rows = [
      ...[decision(1, "a", 0), decision(2, "b", 0, { model: "other" }), decision(3, "c", 0, { model: "gone" })],
      ...[feedback(4, "a", 1, 1), feedback(5, "a", 2, 3), feedback(6, "b", 1, 1, { model: "other" })],
      ...[feedback(7, "b", 2, 3, { model: "other" }), feedback(8, "c", 2, 3, { model: "gone" })],
    ];
    const { found, join } = joined(rows, { m: rules(), other: rules({ aggregate: "sum" }) }, 200);
    expect(found).toEqual({ a: 1, b: 4 });
    expect([join.decisions, join.examples, join.kept]).toEqual([2, 2, 0]);
  });
});

test("nothing is kept of what is complete", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => [
    decision(2 * i + 1, `d${i}`, i),
    feedback(2 * i + 2, `d${i}`, i, 1),
  ]).flat();
  const most: number[] = [];
  const join = new LogJoin(new Map([["m", rules({ aggregate: "sum" })]]), () => {});
  for (const row of rows) {
    join.add(row);
    most.push(join.kept);
  }
  expect(Math.max(...most)).toBe(WAIT + 1);
});

test("a page's decision waits until the page is heard of, or as long as for any", () => {
  const page = unsignedSession(1, 0);
  const shown = decision(1, `${page}.0`, 0);
  const late = feedback(3, `${page}.0`, 20, 1, { receivedAt: 150 });
  expect(joined([shown], { m: rules() }, 200).found).toEqual({});
  expect(joined([shown], { m: rules() }, 201).found).toEqual({ [`${page}.0`]: 0 });
  expect(joined([shown, late], { m: rules() }, 150).found).toEqual({ [`${page}.0`]: 1 });
  const next = decision(2, `${page}.1`, 110);
  expect(joined([shown, next], { m: rules() }, 111).found).toEqual({ [`${page}.0`]: 0 });
  const { found, join } = joined([shown, next, late], { m: rules() }, 400);
  expect(found).toEqual({ [`${page}.0`]: 0, [`${page}.1`]: 0 });
  expect(join.kept).toBe(0);
});

describe("a deferred decision that is not activated within a day", () => {
  const DAY = MAX_ACTIVATION_DELAY;

  test("is not kept, and neither is one that was activated too late", () => {
    const rows = Array.from({ length: 100 }, (_, i) => decision(i + 1, `d${i}`, i, { deferred: true }));
    expect(joined(rows, { m: rules() }, DAY + 99).join.kept).toBe(1);
    expect(joined(rows, { m: rules() }, DAY + 100).join.kept).toBe(0);
    const late = activation(2, "a", DAY + 1, { receivedAt: DAY });
    expect(joined([decision(1, "a", 0, { deferred: true }), late], { m: rules() }, DAY).join.kept).toBe(0);
  });

  test("is an example all the same when a page says later that it was, in time", () => {
    const rows = [
      ...[decision(1, "a", 0, { deferred: true }), decision(2, "b", 0, { deferred: true }), decision(3, "c", 0)],
      ...[activation(4, "b", 10), feedback(5, "b", 10, 1), feedback(6, "c", 10, 1)],
      ...[activation(7, "a", 20, { receivedAt: 3 * DAY }), activation(8, "c", 20, { receivedAt: 3 * DAY })],
      feedback(9, "a", 30, 0.5, { receivedAt: 3 * DAY }),
    ];
    const { found, times, join } = joined(rows, { m: rules() }, 4 * DAY);
    expect(found).toEqual({ a: 0.5, b: 1, c: 1 });
    expect([times, join.decisions, join.kept]).toEqual([3, 3, 0]);
  });
});

const PAGE = unsignedSession(1, 0);
const aRow = fc.record({
  kind: fc.constantFrom("decision", "feedback", "activation"),
  id: fc.constantFrom("a", "b", ...[0, 1, 2, 3, WAITED_DRAWS].map((n) => `${PAGE}.${n}`)),
  pause: fc.constantFrom(0, 1, 60, 101, MAX_ACTIVATION_DELAY),
  age: fc.constantFrom(0, 0, 50, MAX_ACTIVATION_DELAY),
  value: fc.constantFrom(0, 1, 2),
  final: fc.boolean(),
  deferred: fc.boolean(),
});

test("whatever the log: each decision is joined as all that the log has of it says, once", () => {
  const someRules = fc.record({
    aggregate: fc.constantFrom("first" as const, "sum" as const, "last" as const),
    default: fc.constantFrom(null, 0),
    wait: fc.constant(WAIT),
    binary: fc.boolean(),
    lateness: fc.constantFrom(undefined, 0, 70),
  });
  fc.assert(
    fc.property(
      fc.array(aRow, { maxLength: 30 }),
      someRules,
      fc.nat(300),
      (drawn, { lateness, ...otherwise }, more) => {
        const by = { ...otherwise, ...(lateness !== undefined && { lateness }) };
        const rows = logOf(drawn);
        const time = (rows.at(-1)?.receivedAt ?? 0) + more;
        const { found, times } = joined(rows, { m: by }, time);
        const expected = rows.filter(({ kind }) => kind === "decision").flatMap(({ id }) => whole(rows, id, by, time));
        expect(found).toEqual(Object.fromEntries(expected));
        expect(times).toBe(expected.length);
      },
    ),
    { numRuns: 2000 },
  );
});

/** A log of what was drawn: times that rise, one decision and one activation an id, and feedback that knows its model if the decision came before. */
function logOf(
  drawn: readonly {
    kind: string;
    id: string;
    pause: number;
    age: number;
    value: number;
    final: boolean;
    deferred: boolean;
  }[],
): LogRow[] {
  const rows: LogRow[] = [];
  let now = 2 * MAX_ACTIVATION_DELAY;
  for (const { kind, id, pause, age, value, final, deferred } of drawn) {
    now += pause;
    if (kind !== "feedback" && rows.some((row) => row.kind === kind && row.id === id)) continue;
    const offset = rows.length + 1;
    const model = rows.some((row) => row.kind === "decision" && row.id === id) ? "m" : null;
    const when = { at: now - age, receivedAt: now };
    if (kind === "decision") rows.push(decision(offset, id, now, { ...when, deferred }));
    else if (kind === "activation") rows.push(activation(offset, id, now, { ...when, model }));
    else rows.push(feedback(offset, id, now, value, { ...when, final, model }));
  }
  return rows;
}

/** The same with all of the log in hand. */
function whole(rows: readonly LogRow[], id: string, by: JoinRules, time: number): [string, number][] {
  const own = rows.filter((row) => row.id === id);
  const sessionRows = rows.filter(
    (row) => row.kind !== "feedback" && row.model === "m" && isWaitedFor(row.id, row.receivedAt),
  );
  const of = (kind: string) => own.filter((row) => row.kind === kind);
  const joinable: Joinable = {
    decision: of("decision")[0]!,
    activation: of("activation")[0] ?? null,
    feedback: of("feedback").map((row) => ({ ...row, value: row.value!, final: row.final! })),
    ...(isWaitedFor(id, of("decision")[0]!.receivedAt) && { session: () => sessionRows }),
  };
  for (const { offset } of own) {
    const at = joinAtRow(by, joinable, offset);
    if (at) return [[id, at.value]];
  }
  const open = opening(joinable);
  const end = open && endOf(by, joinable, open).at < time ? joinAtEnd(by, joinable) : null;
  return end ? [[id, end.value]] : [];
}
