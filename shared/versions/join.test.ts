import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  endOf,
  endOfWait,
  type FeedbackRow,
  isLate,
  isMissed,
  type Joinable,
  type Joined,
  type JoinRules,
  joinAtEnd,
  joinAtRow,
  joinRules,
  learnsAtEnd,
  longestWait,
  MAX_ACTIVATION_DELAY,
  MAX_DEFAULT_LATENESS,
} from "./join.ts";

const rules = (changes: Partial<JoinRules> = {}): JoinRules => ({
  aggregate: "first",
  default: 0,
  wait: 100,
  binary: false,
  ...changes,
});

/** A decision at offset 10, time 1000, with what is said otherwise. */
const joinable = (changes: Partial<Joinable> = {}): Joinable => ({
  decision: { offset: 10, at: 1000, receivedAt: 1000, deferred: false },
  activation: null,
  feedback: [],
  ...changes,
});
const deferred = { offset: 10, at: 1000, receivedAt: 1000, deferred: true };
const fed = (offset: number, value: number, at: number, changes: Partial<FeedbackRow> = {}): FeedbackRow => ({
  offset,
  claimedAt: at,
  at,
  receivedAt: at,
  value,
  final: false,
  ...changes,
});

/** Offset of the row that completes it and what it is learned as then; `end`: its wait does; null: nothing does. */
function completion(by: JoinRules, all: Joinable): { by: number | "end"; joined: Joined } | null {
  const rows = [all.decision, ...(all.activation ? [all.activation] : []), ...all.feedback];
  const found = rows.flatMap(({ offset }) => {
    const joined = joinAtRow(by, all, offset);
    return joined ? [{ by: offset as number | "end", joined }] : [];
  });
  const atEnd = joinAtEnd(by, all);
  if (atEnd) found.push({ by: "end", joined: atEnd });
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0] ?? null;
}

describe("a decision is an example", () => {
  test("at its first feedback, when that is all that counts", () => {
    const feedback = [fed(11, 3, 1010), fed(12, 9, 1020)];
    expect(completion(rules(), joinable({ feedback }))).toEqual({ by: 11, joined: { value: 3, feedbackAt: 1010 } });
  });

  test("at its final feedback, with all before it", () => {
    const feedback = [fed(11, 3, 1010), fed(12, 4, 1020, { final: true }), fed(13, 9, 1030)];
    expect(completion(rules({ aggregate: "sum" }), joinable({ feedback }))).toEqual({
      by: 12,
      joined: { value: 7, feedbackAt: 1020 },
    });
  });

  test("at the same feedback repeated as final, which does not count it twice", () => {
    for (const claimedAt of [1010, null]) {
      const feedback = [fed(11, 3, 1010, { claimedAt }), fed(12, 3, 1015, { claimedAt, final: true })];
      for (const aggregate of ["sum", "mean"] as const)
        expect(completion(rules({ aggregate }), joinable({ feedback }))).toEqual({
          by: 12,
          joined: { value: 3, feedbackAt: 1010 },
        });
      expect(completion(rules(), joinable({ feedback }))).toMatchObject({ by: 11 });
    }
  });

  test("at no repetition that comes after the wait; when it happened, the first says", () => {
    const sum = rules({ aggregate: "sum" });
    const first = fed(11, 3, 1010);
    const after = { ...first, offset: 12, receivedAt: 1101, final: true };
    expect(completion(sum, joinable({ feedback: [first, after] }))).toMatchObject({ by: "end", joined: { value: 3 } });
    // Its page's clock was put right in between.
    const late = { ...first, at: 1101 };
    const repeated = { ...first, offset: 12, at: 1090, final: true };
    const both = joinable({ feedback: [late, repeated] });
    expect(completion(sum, both)).toEqual({ by: "end", joined: { value: 0, feedbackAt: null } });
    expect([late, repeated].map((row) => isLate(sum, both, row))).toEqual([true, true]);
    const inTime = joinable({ feedback: [first, { ...repeated, at: 1101 }] });
    expect(completion(sum, inTime)).toMatchObject({ by: 12, joined: { value: 3 } });
  });

  test("by itself, when its feedback came before it; the one that happened first is the first", () => {
    const feedback = [fed(3, 5, 900), fed(4, 6, 800)];
    expect(completion(rules(), joinable({ feedback }))).toEqual({ by: 10, joined: { value: 6, feedbackAt: 900 } });
    const sum = rules({ aggregate: "sum" });
    expect(completion(sum, joinable({ feedback }))).toMatchObject({ by: "end", joined: { value: 11 } });
    const closed = [...feedback, fed(5, 1, 950, { final: true })];
    expect(completion(sum, joinable({ feedback: closed }))).toMatchObject({ by: 10, joined: { value: 12 } });
  });

  test("when its wait is over, with what came until then, or the default, or not at all", () => {
    const feedback = [fed(11, 3, 1010), fed(12, 5, 1100), fed(13, 9, 1101)];
    const max = rules({ aggregate: "max" });
    expect(completion(max, joinable({ feedback }))).toEqual({ by: "end", joined: { value: 5, feedbackAt: 1100 } });
    expect(completion(max, joinable())).toEqual({ by: "end", joined: { value: 0, feedbackAt: null } });
    expect(completion(rules({ default: null }), joinable())).toBeNull();
  });

  test("of what happened in time and came within the lateness, and by the default no sooner", () => {
    const lenient = rules({ lateness: 50 });
    // Off line between decision and click for longer than the wait.
    const late = fed(11, 3, 1010, { receivedAt: 1150 });
    expect(completion(lenient, joinable({ feedback: [late] }))).toEqual({
      by: 11,
      joined: { value: 3, feedbackAt: 1150 },
    });
    expect(isLate(lenient, joinable(), late)).toBe(false);
    expect(endOfWait(lenient, joinable().decision)).toBe(1150);
    for (const tooLate of [fed(11, 3, 1010, { receivedAt: 1151 }), fed(11, 3, 1101, { receivedAt: 1120 })]) {
      expect(isLate(lenient, joinable(), tooLate)).toBe(true);
      expect(completion(lenient, joinable({ feedback: [tooLate] }))).toMatchObject({ by: "end", joined: { value: 0 } });
    }
    const spec = { task: { type: "rank" }, reward: { wait: "10m", default: 0, aggregate: "first" } } as const;
    expect(joinRules(spec)).not.toHaveProperty("lateness");
    expect(joinRules({ ...spec, reward: { ...spec.reward, lateness: "1h" } })).toMatchObject({ lateness: 3_600_000 });
  });

  test("of what happened in time and came late: not of what was received after the wait", () => {
    const late = fed(11, 3, 1010, { receivedAt: 1101 });
    expect(completion(rules(), joinable({ feedback: [late] }))).toEqual({
      by: "end",
      joined: { value: 0, feedbackAt: null },
    });
    expect(isLate(rules(), joinable(), late)).toBe(true);
    expect(isLate(rules(), joinable(), fed(11, 3, 1101, { receivedAt: 1100 }))).toBe(true);
    expect(isLate(rules(), joinable(), fed(11, 3, 1100))).toBe(false);
  });

  test("though its page was off line when it was made: the wait begins with its row", () => {
    const decision = { offset: 10, at: 1000, receivedAt: 9000, deferred: false };
    const feedback = [fed(11, 1, 1050, { receivedAt: 9100 })];
    expect(completion(rules(), joinable({ decision, feedback }))).toMatchObject({ by: 11, joined: { value: 1 } });
    const after = [fed(11, 1, 1101, { receivedAt: 9100 })];
    expect(completion(rules(), joinable({ decision, feedback: after }))).toMatchObject({ by: "end" });
  });
});

describe("a page's decision", () => {
  /** Of a page that made something else of its session at offsets and times. */
  const ofPage = (session: [offset: number, at: number, receivedAt?: number][], changes: Partial<Joinable> = {}) =>
    joinable({
      session: () => session.map(([offset, at, receivedAt = at]) => ({ offset, at, receivedAt })),
      ...changes,
    });
  const end = (by: JoinRules, all: Joinable) => endOf(by, all, all.decision);

  test("is waited for as long again when its page is not heard of, and no longer than a day", () => {
    expect(end(rules(), ofPage([]))).toEqual({ at: 1200, by: "lateness" });
    expect(end(rules({ lateness: 30 }), ofPage([]))).toEqual({ at: 1130, by: "lateness" });
    expect(end(rules({ lateness: 0 }), ofPage([]))).toEqual({ at: 1100, by: "wait" });
    expect(longestWait(rules())).toBe(200);
    const long = 3 * MAX_DEFAULT_LATENESS;
    expect(longestWait(rules({ wait: long }))).toBe(long + MAX_DEFAULT_LATENESS);
  });

  test("is waited for until its page is heard of: until something comes that it made after the wait", () => {
    expect(
      end(
        rules(),
        ofPage([
          [12, 1099],
          [15, 1150],
        ]),
      ),
    ).toEqual({ at: 1150, by: "heard", row: 15 });
    // It happened after the wait, and came much later.
    expect(end(rules(), ofPage([[12, 1100, 1180]]))).toEqual({ at: 1180, by: "heard", row: 12 });
    expect(end(rules(), ofPage([[12, 1100]]))).toEqual({ at: 1100, by: "wait" });
    expect(end(rules(), ofPage([[12, 1150, 1201]]))).toEqual({ at: 1200, by: "lateness" });
    // What came before it says nothing of what comes after it.
    expect(end(rules(), ofPage([[9, 1150]]))).toEqual({ at: 1200, by: "lateness" });
  });

  test("counts what happened in time when the page is on line again, also with what tells that it is", () => {
    const click = fed(16, 1, 1050, { receivedAt: 1150 });
    for (const session of [[], [[15, 1150]], [[17, 1150]], [[12, 1099]]] as [number, number][][]) {
      const all = ofPage(session, { feedback: [click] });
      expect(completion(rules(), all)).toEqual({ by: 16, joined: { value: 1, feedbackAt: 1150 } });
      expect([isLate(rules(), all, click), isMissed(rules(), all, click)]).toEqual([false, false]);
    }
  });

  test("does not count it when the page had been heard of, or not for too long, and says that it is missed", () => {
    for (const [session, receivedAt] of [
      [[[12, 1120]], 1150],
      [[], 1201],
      [[[12, 1120]], 5000],
    ] as [[number, number][], number][]) {
      const click = fed(16, 1, 1050, { receivedAt });
      const all = ofPage(session, { feedback: [click] });
      expect(completion(rules(), all)).toMatchObject({ by: "end", joined: { value: 0 } });
      expect([isLate(rules(), all, click), isMissed(rules(), all, click)]).toEqual([true, true]);
    }
  });
});

describe("feedback is missed", () => {
  const missed = (by: JoinRules, feedback: FeedbackRow[]) =>
    feedback.map((row) => isMissed(by, joinable({ feedback }), row));

  test("that happened in time and came after the wait, and no other that did", () => {
    expect(missed(rules(), [fed(11, 1, 1050, { receivedAt: 1101 }), fed(12, 1, 1101)])).toEqual([true, false]);
    const sum = rules({ aggregate: "sum" });
    expect(missed(sum, [fed(11, 1, 1050), fed(12, 1, 1051, { receivedAt: 1101 })])).toEqual([false, true]);
    // Nothing more was to come.
    expect(missed(sum, [fed(11, 1, 1050, { final: true }), fed(12, 1, 1051, { receivedAt: 1101 })])).toEqual([
      false,
      false,
    ]);
    expect(missed(rules({ binary: true }), [fed(11, 0.5, 1050, { receivedAt: 1101 })])).toEqual([false]);
    // A repetition of what counted.
    const first = fed(11, 1, 1050);
    expect(missed(sum, [first, { ...first, offset: 12, receivedAt: 1200, final: true }])).toEqual([false, false]);
  });

  test("that happened before the one that was learned as the first", () => {
    expect(missed(rules(), [fed(11, 1, 1050), fed(12, 2, 1049, { receivedAt: 1060 })])).toEqual([false, true]);
    expect(missed(rules(), [fed(11, 1, 1050), fed(12, 2, 1051)])).toEqual([false, false]);
    expect(missed(rules(), [fed(8, 1, 980), fed(9, 2, 970), fed(11, 3, 975, { receivedAt: 1010 })])).toEqual([
      ...[false, false],
      false,
    ]);
    expect(missed(rules(), [fed(11, 1, 1050), fed(12, 2, 1049, { receivedAt: 1300 })])).toEqual([false, true]);
  });
});

describe("a deferred decision", () => {
  test("is nothing before it is activated", () => {
    const feedback = [fed(11, 1, 1010, { final: true })];
    expect(completion(rules(), joinable({ decision: deferred, feedback }))).toBeNull();
    expect(isLate(rules(), joinable({ decision: deferred }), fed(11, 1, 99_999))).toBe(false);
  });

  test("waits from its activation on", () => {
    const activation = { offset: 12, at: 5000, receivedAt: 5010 };
    const feedback = [fed(13, 1, 5100, { receivedAt: 5110 })];
    const shown = joinable({ decision: deferred, activation });
    expect(completion(rules(), { ...shown, feedback })).toMatchObject({ by: 13, joined: { value: 1 } });
    expect(isLate(rules(), shown, fed(13, 1, 5101, { receivedAt: 5110 }))).toBe(true);
    expect(isLate(rules(), shown, fed(13, 1, 5100, { receivedAt: 5111 }))).toBe(true);
  });

  test("that had its feedback before is an example at its activation", () => {
    const activation = { offset: 12, at: 1020, receivedAt: 1020 };
    const feedback = [fed(11, 1, 1010)];
    expect(completion(rules(), joinable({ decision: deferred, activation, feedback }))).toMatchObject({ by: 12 });
  });

  test("whose activation came before it waits from its own row on", () => {
    const activation = { offset: 9, at: 990, receivedAt: 990 };
    const all = joinable({ decision: deferred, activation, feedback: [fed(11, 1, 1100)] });
    expect(completion(rules(), all)).toMatchObject({ by: 11 });
    expect(completion(rules(), { ...all, feedback: [fed(8, 1, 980)] })).toMatchObject({ by: 10 });
  });

  test("that was shown a day later or more is never one", () => {
    const shown = (at: number) => joinable({ decision: deferred, activation: { offset: 12, at, receivedAt: at } });
    expect(completion(rules(), shown(1000 + MAX_ACTIVATION_DELAY))).toMatchObject({ by: "end" });
    expect(completion(rules(), shown(1001 + MAX_ACTIVATION_DELAY))).toBeNull();
  });

  test("is the only one that an activation says something of", () => {
    const activation = { offset: 12, at: 5000, receivedAt: 5010 };
    const feedback = [fed(11, 1, 1010)];
    expect(completion(rules(), joinable({ activation, feedback }))).toMatchObject({ by: 11 });
  });
});

test("what is no label of a binary model counts as none", () => {
  const feedback = [fed(11, 0.5, 1010, { final: true }), fed(12, 1, 1020)];
  for (const aggregate of ["first", "sum"] as const)
    expect(completion(rules({ aggregate, binary: true }), joinable({ feedback }))?.joined.value).toBe(1);
});

test("the rules of a spec", () => {
  const reward = { wait: "2m", default: null, aggregate: "max" as const };
  expect(joinRules({ task: { type: "predict", label: "binary" }, reward })).toEqual({
    wait: 120_000,
    default: null,
    aggregate: "max",
    binary: true,
  });
  expect(joinRules({ task: { type: "rank" }, reward }).binary).toBe(false);
});

// Small numbers, so that rows meet at one moment, and waits end there.
const anyRules = fc.record<JoinRules>({
  aggregate: fc.constantFrom("first", "last", "max", "min", "sum", "mean"),
  default: fc.constantFrom(null, 0, -1),
  wait: fc.integer({ min: 0, max: 6 }),
  binary: fc.boolean(),
});
const row = fc.record({
  kind: fc.constantFrom("feedback", "feedback", "feedback", "activation"),
  after: fc.integer({ min: 0, max: 3 }),
  /** It happened so long before it was received. */
  ago: fc.integer({ min: 0, max: 8 }),
  value: fc.constantFrom(0, 1, 2),
  final: fc.boolean(),
});
const anyJoinable = fc
  .record({ rows: fc.array(row, { maxLength: 8 }), place: fc.nat(8), deferred: fc.boolean(), age: fc.nat(4) })
  .map(({ rows, place, deferred: isDeferred, age }): Joinable => {
    const log = rows.map((r, i) => ({ ...r, offset: i < place ? i : i + 1 }));
    let receivedAt = 0;
    const decision = { offset: Math.min(place, log.length), at: 0, receivedAt: 0, deferred: isDeferred };
    let activation: Joinable["activation"] = null;
    const feedback: FeedbackRow[] = [];
    for (const { kind, after, ago, value, final, offset } of log) {
      if (offset < decision.offset) decision.receivedAt = receivedAt + after;
      receivedAt += after;
      const at = receivedAt - ago;
      if (kind === "feedback") feedback.push({ offset, claimedAt: at, at, receivedAt, value, final });
      else activation ??= { offset, at, receivedAt };
    }
    return { decision: { ...decision, at: decision.receivedAt - age }, activation, feedback };
  });

test("at most one moment makes an example of a decision, and what comes later changes nothing", () => {
  fc.assert(
    fc.property(anyRules, anyJoinable, (by, all) => {
      completion(by, all);
      for (const { offset } of [all.decision, ...(all.activation ? [all.activation] : []), ...all.feedback]) {
        if (offset < all.decision.offset) continue;
        const until: Joinable = {
          decision: all.decision,
          activation: all.activation && all.activation.offset <= offset ? all.activation : null,
          feedback: all.feedback.filter((f) => f.offset <= offset),
        };
        expect(joinAtRow(by, all, offset)).toEqual(joinAtRow(by, until, offset));
      }
      const open = all.decision.deferred ? all.activation : all.decision;
      if (open === null) return;
      const over = Math.max(open.receivedAt, all.decision.receivedAt) + by.wait;
      const before = { ...all, feedback: all.feedback.filter(({ receivedAt }) => receivedAt <= over) };
      expect(joinAtEnd(by, all)).toEqual(joinAtEnd(by, before));
    }),
    { numRuns: 2000 },
  );
});

test("who need not look at ends misses none", () => {
  fc.assert(
    fc.property(anyRules, anyJoinable, (by, all) => {
      if (!learnsAtEnd(by)) expect(joinAtEnd(by, all)).toBeNull();
    }),
    { numRuns: 2000 },
  );
});
