import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JoinRules } from "../../shared/versions/join.ts";
import type { Env } from "../env.ts";
import { isOverload } from "../observe/outage.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { APPENDING, MAX_FEEDBACK, MAX_RECORD_BYTES, TOTALS_WAIT } from "./limits.ts";
import type { Append, Appended, Position, Slice } from "./messages.ts";
import { Partition } from "./partition.ts";

// For a busy machine; nothing here waits that long otherwise.
const SOON = { timeout: 30_000 };

const MINUTE = 60_000;
const now = Date.now();
let made = 0;

/** A partition of its own. Not numbered like the Worker's, so that nobody reads it by itself. */
const partition = () => env.PARTITION.getByName(`test-${made++}`);

const rules = (changes: Partial<JoinRules> = {}): JoinRules => ({
  aggregate: "first",
  default: 0,
  wait: 10 * MINUTE,
  binary: false,
  ...changes,
});
const reading = (by: JoinRules = rules(), from: Position | null = null, reader = "m@1") => ({
  ...{ reader, model: reader.split("@")[0]!, rules: by, from, upto: null, limit: 100 },
});

/** Examples by decision, as a version reads them. */
async function examples(stub: DurableObjectStub<Partition>, by?: JoinRules, model = "m") {
  const slice = await stub.read(reading(by, null, `${model}@1`));
  return slice.examples.map(({ record, value }) => ({ id: JSON.parse(record).id as string, value }));
}

/** A decision that was made, and received, `ago` before now. */
const decided = (id: string, ago = 0, model = "m") =>
  appendAt(now - ago, { decisions: [incoming(rankRecord(model, id, now - ago))] });
const deferred = (id: string, ago = 0) =>
  appendAt(now - ago, { decisions: [incoming({ ...rankRecord("m", id, now - ago), deferred: true })] });
const fedBack = (id: string, value: number, ago = 0, final = false) =>
  appendAt(now - ago, { feedback: [incomingFeedback({ id, value, at: now - ago, final })] });
const activated = (id: string, ago = 0) =>
  appendAt(now - ago, { activations: [{ id, claimedAt: now - ago, at: now - ago }] });

/** What comes at a time. */
type Timed = Append & { receivedAt: number };
function appendAt(receivedAt: number, parts: Partial<Append>): Timed {
  return { ...appendOf(parts), receivedAt };
}

/** Appends at the time of the batch, by the partition's clock. */
async function append(stub: DurableObjectStub<Partition>, { receivedAt, ...batch }: Timed) {
  const clock = vi.spyOn(Date, "now").mockReturnValue(receivedAt);
  try {
    return await stub.append(batch);
  } finally {
    clock.mockRestore();
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("what is appended", () => {
  test("is there once: a repeated decision answers the stored one", async () => {
    const stub = partition();
    const first = await append(stub, decided("s.1"));
    expect(first.decisions).toEqual([{ status: "accepted" }]);
    const other = { ...rankRecord("m", "s.1", now), chosen: 1 };
    const again = await append(stub, appendAt(now, { decisions: [incoming(other)] }));
    expect(again.decisions).toEqual([{ status: "duplicate", stored: JSON.stringify(rankRecord("m", "s.1", now)) }]);
    expect(await stub.statistics()).toMatchObject({ decisions: 1, duplicates: 1, newest: 1 });
  });

  test("may not be a decision of another model with the same id", async () => {
    const stub = partition();
    await append(stub, decided("s.1"));
    const conflict = { status: "conflict", problem: "belongs to a decision of another model" };
    const other = decided("s.1", 0, "other");
    expect((await append(stub, other)).decisions).toEqual([conflict]);
    expect(await stub.statistics()).toMatchObject({ deadLetters: 0 });
    for (let i = 0; i < 2; i++)
      expect((await append(stub, { ...other, keepRejected: true })).decisions).toEqual([conflict]);
    expect(await stub.statistics()).toMatchObject({ decisions: 1, duplicates: 0, deadLetters: 1 });
  });

  test("is feedback once by decision, time and value", async () => {
    const stub = partition();
    await append(stub, decided("s.1", MINUTE));
    await append(stub, fedBack("s.1", 1, 5));
    expect((await append(stub, fedBack("s.1", 1, 5))).feedback).toEqual([{ status: "duplicate" }]);
    await append(stub, fedBack("s.1", 2, 5));
    await append(stub, fedBack("s.1", 1, 4));
    expect(await stub.statistics()).toMatchObject({ feedback: 3, duplicates: 1 });
  });

  test("is feedback a second time when it is repeated as final, and not when it then says less", async () => {
    for (const claimedAt of [now - 2, null]) {
      const stub = partition();
      const feedback = (final: boolean) =>
        appendAt(now, { feedback: [{ id: "s.1", value: 2, final, claimedAt, at: now - 2 }] });
      await append(stub, decided("s.1", MINUTE));
      const outcomes = [];
      for (const final of [false, true, true, false])
        outcomes.push((await append(stub, feedback(final))).feedback[0]!.status);
      expect(outcomes).toEqual(["accepted", "accepted", "duplicate", "duplicate"]);
      expect(await examples(stub, rules({ aggregate: "sum" }))).toEqual([{ id: "s.1", value: 2 }]);
    }
  });

  test("is the first activation only", async () => {
    const stub = partition();
    await append(stub, deferred("s.1", 20 * MINUTE));
    expect((await append(stub, activated("s.1", 15 * MINUTE))).activations).toEqual([{ status: "accepted" }]);
    expect((await append(stub, activated("s.1", MINUTE))).activations).toEqual([{ status: "duplicate" }]);
    expect(await stub.statistics()).toMatchObject({ decisions: 1, activations: 1, duplicates: 1, newest: 2 });
    expect(await examples(stub)).toEqual([{ id: "s.1", value: 0 }]);
  });

  test("is all but what is too long for a row, and that is among the dead letters", async () => {
    const stub = partition();
    const body = "é".repeat(MAX_RECORD_BYTES / 2 + 1);
    const tooLong = { ...incoming(rankRecord("m", "s.2", now)), body };
    const feedback = [{ ...fedBack("s.1", 1).feedback[0]!, body }];
    const batch = appendAt(now, { decisions: [tooLong, ...decided("s.1").decisions], feedback, keepRejected: true });
    const outcomes = await append(stub, batch);
    expect(outcomes.decisions.map(({ status }) => status)).toEqual(["too long", "accepted"]);
    expect(outcomes.feedback).toMatchObject([
      { status: "unlearnable", problem: expect.stringContaining("1900000 bytes") },
    ]);
    expect(await stub.statistics()).toMatchObject({ decisions: 1, feedback: 0, deadLetters: 2, newest: 1 });
  });

  test("of one call is all of it, or nothing when only some of the ids are known", async () => {
    const stub = partition();
    const call = (...ids: string[]) => ids.map((id) => incoming(rankRecord("m", id, now)));
    expect(await stub.appendCall(call("s.1"))).toEqual([{ status: "accepted" }]);
    const outcomes = await stub.appendCall(call("s.1", "s.1.1"));
    expect(outcomes.map(({ status }) => status)).toEqual(["duplicate", "left out"]);
    expect((await stub.appendCall(call("t.1", "t.1.1"))).map(({ status }) => status)).toEqual(["accepted", "accepted"]);
    expect(await stub.statistics()).toMatchObject({ decisions: 3 });
  });

  test("and comes together is one commit, whatever is wrong with one of it", async () => {
    const stub = partition();
    // What is done in one turn, the platform commits as one.
    const turns: number[] = [];
    await runInDurableObject(stub, (_: Partition, { storage }) => {
      const { transactionSync } = storage;
      let open = false;
      vi.spyOn(storage, "transactionSync").mockImplementation((closure) => {
        if (!open) turns.push(0);
        open = true;
        void closed(() => {
          open = false;
        });
        turns[turns.length - 1]!++;
        return transactionSync.call(storage, closure) as never;
      });
    });
    const wrong = appendOf({ decisions: [{ ...incoming(rankRecord("m", "w.1", now)), id: null as never }] });
    const calls = [decided("s.1"), decided("s.2"), wrong, decided("t.1"), decided("s.1"), fedBack("s.2", 1)];
    const outcomes = await Promise.allSettled(calls.map((call) => stub.append(call)));
    expect(outcomes.map(({ status }) => status)).toEqual(
      calls.map((call) => (call === wrong ? "rejected" : "fulfilled")),
    );
    expect(turns.length).toBeLessThan(calls.length / 2);
    expect(turns.reduce((sum, n) => sum + n)).toBe(calls.length);
    expect(await stub.statistics()).toMatchObject({ decisions: 3, feedback: 1, duplicates: 1 });

    /** When nothing that was to be done in this turn is left. */
    async function closed(then: () => void): Promise<void> {
      for (let step = 0; step < 100; step++) await null;
      then();
    }
  });

  describe.each([true, false])(
    "from who may not speak for the model of a decision (the rest comes early: %s)",
    (isEarly) => {
      const by = (models: string[] | null, batch: Timed): Timed => ({ ...batch, models });
      const both = (id: string) => ({ ...fedBack(id, 1), ...{ activations: activated(id).activations } });
      const statuses = ({ feedback, activations }: Appended) =>
        [...feedback, ...activations].map(({ status }) => status);

      test("makes nothing that others say a repeat, and does not count", async () => {
        const stub = partition();
        const strangers = async () => statuses(await append(stub, by(["other"], both("d.1"))));
        expect(await strangers()).toEqual(["accepted", "accepted"]);
        expect(await strangers()).toEqual(["duplicate", "duplicate"]);
        const honest = async () => statuses(await append(stub, by(["m"], both("d.1"))));
        if (isEarly) expect(await honest()).toEqual(["accepted", "accepted"]);
        await append(stub, deferred("d.1"));
        expect(await examples(stub)).toEqual(isEarly ? [{ id: "d.1", value: 1 }] : []);
        if (!isEarly) expect(await honest()).toEqual(["accepted", "accepted"]);
        expect(await examples(stub)).toEqual([{ id: "d.1", value: 1 }]);
        // Of theirs there is one of each; whoever may speak for all repeats them too.
        expect(await honest()).toEqual(["duplicate", "duplicate"]);
        expect(statuses(await append(stub, both("d.1")))).toEqual(["duplicate", "duplicate"]);
        expect(await strangers()).toEqual(["unknown", "unknown"]);
        expect((await stub.statistics()).newest).toBe(5);
      });

      test("leaves room for what others say", async () => {
        const stub = partition();
        const many = Array.from({ length: MAX_FEEDBACK + 1 }, (_, n) => fedBack("d.1", n).feedback).flat();
        const strange = await append(stub, by(["other"], appendAt(now, { feedback: many })));
        expect(strange.feedback.at(-1)!.status).toBe("unlearnable");
        if (!isEarly) await append(stub, decided("d.1"));
        expect((await append(stub, by(["m"], fedBack("d.1", 7)))).feedback[0]!.status).toBe("accepted");
        if (isEarly) await append(stub, decided("d.1"));
        expect(await examples(stub)).toEqual([{ id: "d.1", value: 7 }]);
      });
    },
  );

  test("early by a key for many models says so once, however much that is, and also in a log that says it in each row", async () => {
    const stub = partition();
    const models = Array.from({ length: 100 }, (_, n) => `model-${"long".repeat(14)}-${n}`);
    const by = (batch: Timed): Timed => ({ ...batch, models });
    const early = (n: number) => by({ ...fedBack(`early.${n}`, n), activations: activated(`early.${n}`).activations });
    for (let n = 0; n < 50; n++) await append(stub, early(n));
    const before = JSON.stringify(models);
    const bytes = () =>
      runInDurableObject(stub, (_: Partition, { storage }) => {
        storage.sql.exec("UPDATE log SET senders = ? WHERE id = 'early.7'", before);
        return storage.sql.exec<{ n: number }>("SELECT sum(length(senders)) AS n FROM log WHERE id <> 'early.7'").one()
          .n;
      });
    expect(await bytes()).toBeLessThan(1000);
    for (const n of [3, 7]) {
      const { feedback, activations } = await append(stub, early(n));
      expect([feedback, activations]).toEqual([[{ status: "duplicate" }], [{ status: "duplicate" }]]);
      await append(stub, decided(`early.${n}`, 0, n === 3 ? models[99]! : "another"));
    }
    const { rows } = await stub.page({ after: 0, limit: 200, model: null });
    expect(rows.filter(({ kind }) => kind !== "decision").map(({ senders }) => senders)).toEqual(
      Array(100).fill(before),
    );
    expect(await examples(stub, rules({ default: null }), models[99]!)).toEqual([{ id: "early.3", value: 3 }]);
    expect(await examples(stub, rules({ default: null }), "another")).toEqual([]);
  });

  test("survives the object's end, and so do the totals", async () => {
    const stub = partition();
    await append(stub, { ...decided("s.1"), unusable: [{ list: "feedback", id: null, reason: "is none", body: "7" }] });
    await append(stub, fedBack("s.1", 1));
    await append(stub, fedBack("early.1", 1));
    await append(stub, activated("s.1"));
    const { log } = await stub.statistics();
    const before = { decisions: 1, feedback: 2, activations: 1, duplicates: 0, deadLetters: 1, newest: 4, log };
    expect(await stub.statistics()).toMatchObject(before);
    await evictDurableObject(stub);
    expect(await stub.statistics()).toMatchObject(before);
    expect((await append(stub, decided("s.1"))).decisions[0]!.status).toBe("duplicate");
    await runInDurableObject(stub, (instance: Partition) => {
      vi.spyOn(Date, "now").mockReturnValue(now + TOTALS_WAIT + MINUTE);
      return instance.alarm();
    });
    await evictDurableObject(stub);
    expect(await stub.statistics()).toMatchObject({ ...before, duplicates: 1 });
  });

  test("costs two writes a row", async () => {
    await runInDurableObject(partition(), async (instance: Partition, { storage }) => {
      const exec = storage.sql.exec.bind(storage.sql);
      let written = 0;
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
      vi.spyOn(storage.sql, "exec").mockImplementation(((query: string, ...bindings: SqlStorageValue[]) => {
        const cursor = exec(query, ...bindings);
        cursors.push(cursor);
        return cursor;
      }) as typeof storage.sql.exec);
      await instance.append(decided("s.1"));
      await instance.append(fedBack("s.1", 1));
      await instance.append(activated("s.1"));
      for (const cursor of cursors) written += cursor.rowsWritten;
      expect(written).toBe(6);
    });
  });
});

test("of more calls than it works off in time a partition sends the newest away, and has all that it acknowledged, once", async () => {
  const stub = partition();
  const ids = Array.from({ length: APPENDING.calls.high + 200 }, (_, i) => `full${i}.0`);
  await runInDurableObject(stub, async (instance: Partition) => {
    const outcomes = await Promise.allSettled(ids.map((id) => instance.append(decided(id))));
    const taken = outcomes.flatMap(({ status }, i) => (status === "fulfilled" ? [ids[i]!] : []));
    expect(taken).toEqual(ids.slice(0, APPENDING.calls.high));
    for (const outcome of outcomes.slice(APPENDING.calls.high)) {
      expect(isOverload((outcome as PromiseRejectedResult).reason)).toBe(true);
      expect((outcome as PromiseRejectedResult).reason.message).toContain(`${APPENDING.calls.high} calls wait for it`);
    }
    expect(instance.statistics()).toMatchObject({ decisions: taken.length });
    // When it has worked them off, it takes what comes again.
    const again = await Promise.all(ids.slice(-200).map((id) => instance.append(decided(id))));
    expect(new Set(again.map(({ decisions }) => decisions[0]!.status))).toEqual(new Set(["accepted"]));
  });
});

describe("a decision is an example", () => {
  test("at its first feedback, of one version, and when its wait is over, of another", async () => {
    const stub = partition();
    await append(stub, decided("s.1", 11 * MINUTE));
    await append(stub, fedBack("s.1", 3, 10 * MINUTE));
    await append(stub, fedBack("s.1", 5, 9 * MINUTE));
    expect(await examples(stub)).toEqual([{ id: "s.1", value: 3 }]);
    expect(await examples(stub, rules({ aggregate: "max" }))).toEqual([{ id: "s.1", value: 5 }]);
    expect(await examples(stub, rules({ aggregate: "sum", wait: 30 * MINUTE }))).toEqual([]);
  });

  test("that happened in time when both arrive long afterwards, from a page that was off line", async () => {
    const stub = partition();
    const madeAt = now - 600 * MINUTE;
    await append(
      stub,
      appendAt(now, {
        decisions: [incoming(rankRecord("m", "s.1", madeAt))],
        feedback: [incomingFeedback({ id: "s.1", value: 1, at: madeAt + MINUTE })],
      }),
    );
    expect(await examples(stub)).toEqual([{ id: "s.1", value: 1 }]);
  });

  test("of its model only, once it is activated when it was deferred, whatever came first", async () => {
    const stub = partition();
    await append(stub, fedBack("s.1", 4, 3));
    await append(stub, activated("s.2", 3));
    await append(stub, deferred("s.1", 2));
    await append(stub, deferred("s.2", 2));
    await append(stub, decided("s.3", 2, "other"));
    for (const id of ["s.2", "s.3"]) await append(stub, fedBack(id, 1, 1));
    expect(await examples(stub)).toEqual([{ id: "s.2", value: 1 }]);
    await append(stub, activated("s.1"));
    expect(await examples(stub)).toEqual([
      { id: "s.2", value: 1 },
      { id: "s.1", value: 4 },
    ]);
    expect(await examples(stub, rules(), "other")).toEqual([{ id: "s.3", value: 1 }]);
  });

  test("of any order and repetition of the same decisions and feedback alike, as long as they came in time", async () => {
    const start = now - 30 * MINUTE;
    const ids = ["s.1", "s.2", "t.1"];
    const decision = (id: string) => appendAt(start, { decisions: [incoming(rankRecord("m", id, start))] });
    const feedback = fc.record({
      id: fc.constantFrom(...ids),
      value: fc.integer({ min: -3, max: 3 }),
      /** Within and beyond the wait of ten minutes. */
      minutes: fc.integer({ min: 0, max: 14 }),
    });
    const arrivals = fc
      .uniqueArray(feedback, { maxLength: 8, selector: ({ id, value, minutes }) => `${id} ${value} ${minutes}` })
      .chain((items) => {
        const messages = [
          ...ids.map(decision),
          ...items.map(({ id, value, minutes }) =>
            appendAt(start, { feedback: [incomingFeedback({ id, value, at: start + minutes * MINUTE })] }),
          ),
        ];
        return fc.tuple(
          fc.constant(items),
          fc.subarray(messages).chain((repeated) => {
            const all = [...messages, ...repeated];
            return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
          }),
        );
      });
    await fc.assert(
      fc.asyncProperty(arrivals, async ([items, messages]) => {
        const stub = partition();
        const clock = vi.spyOn(Date, "now").mockReturnValue(start);
        await runInDurableObject(stub, async (instance: Partition) => {
          for (const message of messages) await instance.append(message);
        });
        clock.mockRestore();
        const got = (await examples(stub, rules({ aggregate: "sum", default: -1 }))).sort((a, b) =>
          a.id.localeCompare(b.id),
        );
        const expected = ids.map((id) => {
          const counted = items.filter((item) => item.id === id && item.minutes <= 10);
          return { id, value: counted.length === 0 ? -1 : counted.reduce((sum, { value }) => sum + value, 0) };
        });
        expect(got).toEqual(expected);
      }),
      { numRuns: 25 },
    );
  });
});

describe("feedback that is no label of a binary model", () => {
  const seven = { ...fedBack("s.1", 7), binary: ["m"] };

  test("is refused when the decision is known, and kept when nobody waits for the answer", async () => {
    const stub = partition();
    await append(stub, decided("s.1"));
    const unlearnable = { status: "unlearnable", problem: "must be 0 or 1: m predicts a binary label" };
    expect((await append(stub, seven)).feedback).toEqual([unlearnable]);
    expect(await stub.statistics()).toMatchObject({ feedback: 0, deadLetters: 0 });
    await append(stub, { ...seven, keepRejected: true });
    // Its page's clock was put right: the same letter.
    const feedback = [{ ...seven.feedback[0]!, at: seven.feedback[0]!.at - 5 }];
    await append(stub, { ...seven, feedback, keepRejected: true });
    expect(await stub.statistics()).toMatchObject({ feedback: 0, deadLetters: 1 });
    expect((await append(stub, { ...fedBack("s.1", 1), binary: ["m"] })).feedback).toEqual([{ status: "accepted" }]);
    expect((await append(stub, { ...seven, binary: ["other"] })).feedback).toEqual([{ status: "accepted" }]);
  });

  test("is in the log when the decision comes after it, and counts as none", async () => {
    const stub = partition();
    await append(stub, seven);
    await append(stub, { ...fedBack("s.1", 1), binary: ["m"] });
    await append(stub, decided("s.1"));
    expect(await stub.statistics()).toMatchObject({ feedback: 2, deadLetters: 0 });
    expect(await examples(stub, rules({ binary: true }))).toEqual([{ id: "s.1", value: 1 }]);
  });
});

describe("the log's time", () => {
  // As it is by then: behind it, a clock that stands still has alarms ring over and over.
  let now: number;
  beforeEach(() => {
    now = Date.now();
  });
  const receivedAt = async (stub: DurableObjectStub<Partition>) =>
    (await stub.page({ after: 0, limit: 100, model: null })).rows.map((row) => row.receivedAt - now);

  test("is the partition's own, and never falls along it", async () => {
    const stub = partition();
    const clock = vi.spyOn(Date, "now");
    for (const [ago, id] of [
      [MINUTE, "s.1"],
      [2 * MINUTE, "s.2"],
      [0, "s.3"],
    ] as const) {
      clock.mockReturnValue(now - ago);
      await stub.append(decided(id, 60 * MINUTE));
    }
    expect(await receivedAt(stub)).toEqual([-MINUTE, -MINUTE, 0]);
  });

  test("that was told is not taken back, though the clock is, and the object ends", async () => {
    const stub = partition();
    const clock = vi.spyOn(Date, "now").mockReturnValue(now);
    await stub.append(decided("s.1"));
    const over = now + 10 * MINUTE + 1;
    clock.mockReturnValue(over);
    // The wait is taken for over.
    expect((await stub.read(reading())).examples).toHaveLength(1);
    clock.mockReturnValue(now);
    await evictDurableObject(stub);
    await stub.append(fedBack("s.1", 1));
    await stub.append(decided("s.2"));
    expect(await receivedAt(stub)).toEqual([0, over - now, over - now]);
    expect(await examples(stub)).toEqual([{ id: "s.1", value: 0 }]);
  });

  test("that a reader knows of is not taken back either", async () => {
    const stub = partition();
    const clock = vi.spyOn(Date, "now").mockReturnValue(now + MINUTE);
    await stub.append(decided("s.1"));
    const { to } = await stub.read(reading());
    expect(to.time).toBe(now + MINUTE);
    clock.mockReturnValue(now);
    await evictDurableObject(stub);
    expect((await stub.read(reading(rules(), to))).to.time).toBe(now + MINUTE);
    await stub.append(decided("s.2"));
    expect((await receivedAt(stub))[1]).toBe(MINUTE);
  });
});

describe("a page of the log", () => {
  test("has rows as they came, of all models or of one, and says where to go on", async () => {
    const stub = partition();
    await append(stub, fedBack("s.1", 4, 5, true));
    await append(stub, deferred("s.1", 4));
    await append(stub, decided("s.2", 3, "other"));
    await append(stub, activated("s.1", 2));
    const page = await stub.page({ after: 0, limit: 2, model: null });
    expect(page).toMatchObject({ next: 2, newest: 4, time: now - 4 });
    const record = JSON.stringify({ ...rankRecord("m", "s.1", now - 4), deferred: true });
    const common = { id: "s.1", deferred: false, record: null, value: null, final: null };
    const at = (ago: number) => ({ claimedAt: now - ago, at: now - ago, receivedAt: now - ago });
    expect(page.rows).toEqual([
      { ...common, ...at(5), offset: 1, kind: "feedback", model: null, value: 4, final: true },
      { ...common, ...at(4), offset: 2, kind: "decision", model: "m", record, deferred: true },
    ]);
    const rest = await stub.page({ after: page.next, limit: 100, model: "m" });
    expect(rest.rows).toEqual([{ ...common, ...at(2), offset: 4, kind: "activation", model: "m" }]);
    expect(rest).toMatchObject({ next: 4, newest: 4, log: page.log });
    expect(rest.time).toBeGreaterThanOrEqual(now);
    expect((await stub.page({ after: 4, limit: 1, model: null })).rows).toEqual([]);
  });

  test("is not longer than what one call may carry", async () => {
    const stub = partition();
    const body = JSON.stringify("x".repeat(1_500_000));
    const decisions = ["s.1", "s.2", "s.3"].map((id) => ({ ...incoming(rankRecord("m", id, now)), body }));
    await append(stub, appendAt(now, { decisions }));
    expect((await stub.page({ after: 0, limit: 100, model: null })).rows.map(({ offset }) => offset)).toEqual([1, 2]);
    expect((await stub.page({ after: 2, limit: 100, model: null })).next).toBe(3);
  });
});

/** Trainers that write down what they are told. `answer`: what they do then, by name. */
function trainers(answer: (name: string) => Promise<void> = async () => {}) {
  const told: { name: string; partition: string; slice: Slice | null }[] = [];
  const TRAINER = {
    getByName: (name: string) => ({
      advance: (of: string, slice: Slice | null) => {
        told.push({ name, partition: of, slice });
        return answer(name);
      },
    }),
  };
  return { told, env: { ...env, TRAINER } as unknown as Env };
}
/** What a partition tells its readers, which it would else find by the Worker's bindings. */
const withTrainers = (instance: Partition, { env: bindings }: ReturnType<typeof trainers>) =>
  Reflect.set(instance, "env", bindings);
const names = (told: readonly { name: string }[]) => told.map(({ name }) => name).sort();

describe("readers are told", () => {
  test("of what is new for their model, with the next slice", async () => {
    const stub = partition();
    const readers = trainers();
    await runInDurableObject(stub, async (instance: Partition) => {
      withTrainers(instance, readers);
      const first = await instance.read(reading());
      instance.read(reading(rules(), null, "other@1"));
      expect(instance.statistics().readers).toEqual(["m@1", "other@1"]);
      await instance.append(decided("s.1"));
      await instance.append(fedBack("s.1", 1));
      await instance.alarm();
      expect(names(readers.told)).toEqual(["m@1"]);
      const { slice, partition: of } = readers.told[0]!;
      expect(of).toMatch(/^test-/);
      expect(slice).toMatchObject({ from: first.to, more: false, newest: 2, to: { rows: 2 } });
      expect(slice!.examples.map(({ value }) => value)).toEqual([1]);
      // The one after it goes on where this one ended.
      await instance.append(decided("s.2"));
      await instance.append(decided("o.1", 0, "other"));
      await instance.alarm();
      expect(names(readers.told)).toEqual(["m@1", "m@1", "other@1"]);
      expect(readers.told.findLast(({ name }) => name === "m@1")!.slice!.from).toEqual(slice!.to);
      await instance.alarm();
      expect(readers.told).toHaveLength(3);
    });
  });

  test("soon after the first append that they have not heard of", async () => {
    const stub = partition();
    const readers = trainers();
    await runInDurableObject(stub, async (instance: Partition) => {
      withTrainers(instance, readers);
      instance.read(reading());
      await instance.append(decided("s.1"));
    });
    await expect.poll(() => names(readers.told), SOON).toEqual(["m@1"]);
  });

  test("not of what they have read, nor when they have left", async () => {
    await runInDurableObject(partition(), async (instance: Partition) => {
      const readers = trainers();
      withTrainers(instance, readers);
      instance.read(reading());
      instance.read(reading(rules(), null, "m@2"));
      await instance.append(decided("s.1"));
      instance.read(reading());
      instance.leave("m@2");
      await instance.alarm();
      expect(readers.told).toEqual([]);
      expect(instance.statistics().readers).toEqual(["m@1"]);
    });
  });

  test("each by itself: one that fails or does not answer holds up no other, and is told again", async () => {
    const stub = partition();
    const output = vi.spyOn(console, "error").mockImplementation(() => {});
    let broken = true;
    let release = () => {};
    const never = new Promise<void>((resolve) => {
      release = resolve;
    });
    const readers = trainers((name) => {
      if (name === "m@1" && broken) return Promise.reject(new Error("not here"));
      return name === "m@2" ? never : Promise.resolve();
    });
    const told = (name: string) => readers.told.filter((one) => one.name === name);
    await runInDurableObject(stub, async (instance: Partition) => {
      withTrainers(instance, readers);
      for (const name of ["m@1", "m@2", "m@3"]) instance.read(reading(rules(), null, name));
      await instance.append(decided("s.1"));
    });
    await expect.poll(() => told("m@1").length, SOON).toBeGreaterThan(1);
    await stub.append(decided("s.2"));
    await expect.poll(() => told("m@3").length, SOON).toBe(2);
    expect(told("m@2")).toHaveLength(1);
    // Where m@1 is now, it alone knows.
    expect(told("m@1").map(({ slice }) => slice?.newest)).toEqual([
      1,
      ...told("m@1")
        .slice(1)
        .map(() => undefined),
    ]);
    broken = false;
    const tries = told("m@1").length;
    await expect.poll(() => told("m@1").length, SOON).toBeGreaterThan(tries);
    release();
    await expect.poll(() => told("m@2").map(({ slice }) => slice?.newest), SOON).toEqual([1, 2]);
    expect(output).toHaveBeenCalledWith(expect.stringContaining("a reader could not be told"));
  });

  test("with an alarm set until they have answered, so that a crash forgets nobody", async () => {
    await runInDurableObject(partition(), async (instance: Partition, { storage }) => {
      let release = () => {};
      const answer = new Promise<void>((resolve) => {
        release = resolve;
      });
      withTrainers(
        instance,
        trainers(() => answer),
      );
      instance.read(reading());
      await instance.append(decided("s.1"));
      await instance.alarm();
      expect(await storage.getAlarm()).not.toBeNull();
      release();
    });
  });

  test("once when the partition comes back, since it may have ended before it told them", async () => {
    const stub = partition();
    await stub.read(reading());
    await stub.append(decided("s.1"));
    await evictDurableObject(stub);
    const readers = trainers();
    await runInDurableObject(stub, async (_, state) => {
      const again = new Partition(state as unknown as DurableObjectState<Record<string, never>>, readers.env);
      await again.alarm();
      expect(readers.told).toMatchObject([{ name: "m@1", slice: null }]);
      await again.append(decided("s.2"));
      await again.alarm();
      expect(readers.told).toMatchObject([{ slice: null }, { slice: null }]);
      // Until it asks.
      const { to } = await again.read(reading());
      await again.append(decided("s.3"));
      await again.alarm();
      expect(readers.told[2]!.slice!.from).toEqual(to);
    });
  });

  test("not of the log's end while they learn again what they had learned", async () => {
    await runInDurableObject(partition(), async (instance: Partition) => {
      await instance.append(decided("s.1"));
      const { to } = await instance.read(reading());
      instance.leave("m@1");
      await instance.read({ ...reading(), upto: to });
      expect(instance.statistics().readers).toEqual([]);
    });
  });
});
