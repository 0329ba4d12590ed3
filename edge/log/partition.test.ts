import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { predictModel, rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, predictRecord, rankRecord } from "../testing/records.ts";
import type { Partition } from "./partition.ts";

const MINUTE = 60_000;
const now = Date.now();
let made = 0;

/** A partition of its own. Not numbered like the Worker's, so that no learner pulls from it by itself. */
const partition = () => env.PARTITION.getByName(`test-${made++}`);

/** Examples of a model, by decision. */
async function examples(stub: DurableObjectStub<Partition>, spec: ModelSpec) {
  const { examples: pulled } = await stub.pull(spec.name, 0, 1000);
  return pulled.map(({ record, value }) => ({ id: JSON.parse(record).id as string, value }));
}

/** A decision that was made, and received, `ago` before now. */
const decided = (spec: ModelSpec, id: string, ago = 0) =>
  appendOf(now - ago, { decisions: [incoming(rankRecord(spec.name, id, now - ago))] });
const fedBack = (id: string, value: number, ago = 0, final = false) =>
  appendOf(now - ago, { feedback: [incomingFeedback({ id, value, at: now - ago, final })] });

describe("what is appended", () => {
  test("is there once: a repeated decision answers the stored one", async () => {
    const spec = rankModel();
    const stub = partition();
    const first = await stub.append(decided(spec, "s.1"));
    expect(first.decisions).toEqual([{ status: "accepted" }]);
    const other = { ...rankRecord(spec.name, "s.1", now), chosen: 1 };
    const again = await stub.append(appendOf(now, { decisions: [incoming(other)] }));
    expect(again.decisions).toEqual([
      { status: "duplicate", stored: JSON.stringify(rankRecord(spec.name, "s.1", now)) },
    ]);
    expect(await stub.statistics()).toMatchObject({ decisions: 1, duplicates: 1 });
  });

  test("may not be a decision of another model with the same id", async () => {
    const [a, b] = [rankModel(), rankModel()];
    const stub = partition();
    await stub.append(decided(a, "s.1"));
    const { decisions } = await stub.append(decided(b, "s.1"));
    expect(decisions[0]).toMatchObject({ status: "conflict", problem: expect.stringContaining(a.name) });
  });

  test("is feedback once by decision, time and value", async () => {
    const spec = rankModel({ aggregate: "sum" });
    const stub = partition();
    await stub.append(decided(spec, "s.1", MINUTE));
    await stub.append(fedBack("s.1", 1, 5));
    await stub.append(fedBack("s.1", 1, 5));
    await stub.append(fedBack("s.1", 2, 5));
    await stub.append(fedBack("s.1", 1, 4));
    expect(await stub.statistics()).toMatchObject({ feedback: 3, duplicates: 1 });
  });

  test("is all or nothing", async () => {
    const spec = rankModel();
    const stub = partition();
    const unknown = { ...incoming(rankRecord("never-deployed", "s.2", now)) };
    await runInDurableObject(stub, (instance: Partition) => {
      expect(() =>
        instance.append({ ...decided(spec, "s.1"), decisions: [...decided(spec, "s.1").decisions, unknown] }),
      ).toThrow();
    });
    expect(await stub.statistics()).toMatchObject({ decisions: 0, pending: 0 });
  });

  test("survives the object's end", async () => {
    const spec = rankModel({ aggregate: "max" });
    const stub = partition();
    await stub.append(decided(spec, "s.1"));
    await evictDurableObject(stub);
    expect((await stub.append(decided(spec, "s.1"))).decisions[0]!.status).toBe("duplicate");
    expect(await stub.statistics()).toMatchObject({ decisions: 1, pending: 1 });
  });
});

describe("a decision joins its feedback", () => {
  test("at once when the first feedback is all", async () => {
    const spec = rankModel({ aggregate: "first" });
    const stub = partition();
    await stub.append(decided(spec, "s.1"));
    await stub.append(fedBack("s.1", 3));
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 3 }]);
    expect(await stub.statistics()).toMatchObject({ examples: 1, pending: 0 });
  });

  test("at once when the feedback says that it is final", async () => {
    const spec = rankModel({ aggregate: "sum" });
    const stub = partition();
    await stub.append(decided(spec, "s.1", MINUTE));
    await stub.append(fedBack("s.1", 2, 2));
    expect(await examples(stub, spec)).toEqual([]);
    await stub.append(fedBack("s.1", 3, 1, true));
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 5 }]);
  });

  test("at once when the same feedback is repeated as final, which does not count it twice", async () => {
    const spec = rankModel({ aggregate: "sum" });
    const stub = partition();
    await stub.append(decided(spec, "s.1", MINUTE));
    await stub.append(fedBack("s.1", 2, 2));
    for (let i = 0; i < 2; i++) await stub.append(fedBack("s.1", 2, 2, true));
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 2 }]);
    // It says less than what is there.
    await stub.append(fedBack("s.1", 2, 2));
    expect(await stub.statistics()).toMatchObject({ feedback: 2, duplicates: 2, late: 0, examples: 1 });
  });

  test("at once when feedback without a time is repeated as final", async () => {
    const spec = rankModel({ aggregate: "sum" });
    const stub = partition();
    const untimed = (ago: number, final: boolean) =>
      appendOf(now - ago, { feedback: [{ id: "s.1", value: 2, final, claimedAt: null, at: now - ago }] });
    await stub.append(decided(spec, "s.1", MINUTE));
    await stub.append(untimed(2, false));
    await stub.append(untimed(1, true));
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 2 }]);
  });

  test("when the feedback came first", async () => {
    const spec = rankModel();
    const stub = partition();
    await stub.append(fedBack("s.1", 4));
    expect(await stub.statistics()).toMatchObject({ feedback: 1, late: 0 });
    await stub.append(decided(spec, "s.1"));
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 4 }]);
  });

  test("when its wait is over, aggregated", async () => {
    const spec = rankModel({ aggregate: "max" });
    const stub = partition();
    await stub.append(decided(spec, "s.1", 11 * MINUTE));
    await stub.append(fedBack("s.1", 1, 10 * MINUTE));
    await stub.append(fedBack("s.1", 5, 9 * MINUTE));
    await stub.append(fedBack("s.1", 2, 8 * MINUTE));
    await runDurableObjectAlarm(stub);
    await expect.poll(() => examples(stub, spec)).toEqual([{ id: "s.1", value: 5 }]);
  });

  test("with the default when none came, or not at all when there is no default", async () => {
    const [defaulted, none] = [rankModel({ default: -1 }), rankModel({ default: null })];
    const stub = partition();
    await stub.append(decided(defaulted, "s.1", 11 * MINUTE));
    await stub.append(decided(none, "s.2", 11 * MINUTE));
    await runDurableObjectAlarm(stub);
    await expect.poll(async () => (await stub.statistics()).pending).toBe(0);
    expect(await examples(stub, defaulted)).toEqual([{ id: "s.1", value: -1 }]);
    expect(await examples(stub, none)).toEqual([]);
  });

  test("but not what happened after the wait", async () => {
    const spec = rankModel({ aggregate: "sum" });
    const stub = partition();
    await stub.append(decided(spec, "s.1", 20 * MINUTE));
    await stub.append(fedBack("s.1", 1, 5 * MINUTE));
    await runDurableObjectAlarm(stub);
    await expect.poll(() => examples(stub, spec)).toEqual([{ id: "s.1", value: 0 }]);
    expect(await stub.statistics()).toMatchObject({ feedback: 1, late: 1 });
  });

  test("that happened in time when both arrive long afterwards, from a page that was off line", async () => {
    const spec = rankModel();
    const stub = partition();
    const made = now - 600 * MINUTE;
    await stub.append(
      appendOf(now, {
        decisions: [incoming(rankRecord(spec.name, "s.1", made))],
        feedback: [incomingFeedback({ id: "s.1", value: 1, at: made + MINUTE })],
      }),
    );
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 1 }]);
  });

  test("late feedback is logged and counted, and changes nothing", async () => {
    const spec = rankModel();
    const stub = partition();
    await stub.append(decided(spec, "s.1", MINUTE));
    await stub.append(fedBack("s.1", 3, 1000));
    await stub.append(fedBack("s.1", 9, 500));
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 3 }]);
    expect(await stub.statistics()).toMatchObject({ feedback: 2, late: 1, examples: 1 });
  });
});

describe("feedback that its model cannot learn from", () => {
  test("is refused when the decision is known, and kept when nobody waits for the answer", async () => {
    const spec = predictModel();
    const stub = partition();
    await stub.append(appendOf(now, { decisions: [incoming(predictRecord(spec.name, "s.1", now))] }));
    const seven = fedBack("s.1", 7);
    expect((await stub.append(seven)).feedback[0]).toMatchObject({ status: "unlearnable" });
    expect(await stub.statistics()).toMatchObject({ feedback: 0, deadLetters: 0 });
    await stub.append({ ...seven, keepRejected: true });
    await stub.append({ ...seven, keepRejected: true });
    expect(await stub.statistics()).toMatchObject({ feedback: 0, deadLetters: 1 });
  });

  test("goes to the dead letters when the decision comes after it, and what can be learned is", async () => {
    const spec = predictModel();
    const stub = partition();
    await stub.append(fedBack("s.1", 7, 2));
    await stub.append(fedBack("s.1", 1, 1));
    await stub.append(appendOf(now, { decisions: [incoming(predictRecord(spec.name, "s.1", now))] }));
    expect(await examples(stub, spec)).toEqual([{ id: "s.1", value: 1 }]);
    expect(await stub.statistics()).toMatchObject({ deadLetters: 1 });
  });
});

test("the number of waits is right for a log that is older than its counter", async () => {
  const spec = rankModel();
  const stub = partition();
  for (const id of ["s.1", "s.2", "s.3"]) await stub.append(decided(spec, id));
  await stub.append(fedBack("s.1", 1));
  await runInDurableObject(stub, (_: Partition, { storage }) => {
    storage.sql.exec("DELETE FROM counters WHERE name = 'closed'");
  });
  await evictDurableObject(stub);
  expect(await stub.statistics()).toMatchObject({ decisions: 3, pending: 2 });
  await stub.append(fedBack("s.2", 1));
  expect(await stub.statistics()).toMatchObject({ decisions: 3, pending: 1 });
});

test("a pull continues after an offset and sees one model only", async () => {
  const [a, b] = [rankModel(), rankModel()];
  const stub = partition();
  for (let i = 0; i < 6; i++) {
    await stub.append(decided(i % 2 ? a : b, `s.${i}`));
    await stub.append(fedBack(`s.${i}`, i));
  }
  const { log, examples: first } = await stub.pull(a.name, 0, 2);
  expect(first.map(({ value }) => value)).toEqual([1, 3]);
  const rest = await stub.pull(a.name, first.at(-1)!.offset, 2);
  expect(rest.log).toBe(log);
  expect(rest.examples.map(({ value }) => value)).toEqual([5]);
});

test("any order and repetition of the same decisions and feedback gives the same examples", async () => {
  const spec = rankModel({ aggregate: "sum", default: -1 });
  const start = now - 30 * MINUTE;
  const ids = ["s.1", "s.2", "t.1"];
  const decision = (id: string) => appendOf(start, { decisions: [incoming(rankRecord(spec.name, id, start))] });
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
          appendOf(start, { feedback: [incomingFeedback({ id, value, at: start + minutes * MINUTE })] }),
        ),
      ];
      const each = fc.constant(messages);
      return fc.tuple(
        fc.constant(items),
        fc.tuple(each, fc.subarray(messages)).chain(([all, repeated]) =>
          fc.shuffledSubarray([...all, ...repeated], {
            minLength: all.length + repeated.length,
            maxLength: all.length + repeated.length,
          }),
        ),
      );
    });
  await fc.assert(
    fc.asyncProperty(arrivals, async ([items, messages]) => {
      const stub = partition();
      // In one turn, so that the waits, which are over already, are closed when all has arrived.
      await runInDurableObject(stub, (instance: Partition) => {
        for (const message of messages) instance.append(message);
      });
      await runDurableObjectAlarm(stub);
      await expect.poll(async () => (await stub.statistics()).pending).toBe(0);
      const got = (await examples(stub, spec)).sort((a, b) => a.id.localeCompare(b.id));
      const expected = ids.map((id) => {
        const counted = items.filter((item) => item.id === id && item.minutes <= 10);
        return { id, value: counted.length === 0 ? -1 : counted.reduce((sum, { value }) => sum + value, 0) };
      });
      expect(got).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});
