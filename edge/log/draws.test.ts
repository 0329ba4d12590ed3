import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { DRAW_GAPS, DRAW_GAPS_SHARE, DRAW_PATIENCE } from "./limits.ts";
import type { IncomingDecision } from "./messages.ts";

const at = Date.now();
let made = 0;
const partition = () => env.PARTITION.getByName(`draws-${made++}`);
type Stub = ReturnType<typeof partition>;

/** A decision of session `s`: number, or number and slot. */
function drawn(n: number, slot = 0): IncomingDecision {
  const id = slot === 0 ? `s.${n}` : `s.${n}.${slot}`;
  return { ...incoming(rankRecord("m", id, at)), draw: { session: "s", n, slot } };
}
const send = async (stub: Stub, decisions: IncomingDecision[], waiting: string[] = []) =>
  (await stub.append(appendOf({ decisions, waiting, keepRejected: true }))).decisions.map(({ status }) => status);
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** What an attacker could know: how many may be missing up to a number. */
const allowed = (n: number) => DRAW_GAPS + Math.floor(n * DRAW_GAPS_SHARE);

test("what an honest page sends is taken: again, in another order, by two tabs, with some lost, over restarts", async () => {
  const visits = fc.record({
    slots: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 60 }),
    lost: fc.uniqueArray(fc.integer({ min: 0, max: 59 }), { maxLength: 8 }),
    size: fc.integer({ min: 1, max: 4 }),
    /** How often each batch comes, and whether it comes after the next one. */
    ways: fc.array(fc.record({ times: fc.integer({ min: 1, max: 3 }), late: fc.boolean(), ends: fc.boolean() }), {
      minLength: 1,
      maxLength: 20,
    }),
    shuffle: fc.func(fc.integer()),
  });
  await fc.assert(
    fc.asyncProperty(visits, async ({ slots, lost, size, ways, shuffle }) => {
      const stub = partition();
      const told = slots.flatMap((count, n) => (lost.includes(n) ? [] : [numbers(0, count).map((k) => drawn(n, k))]));
      const batches: IncomingDecision[][] = [];
      for (let i = 0; i < told.length; i += size) batches.push(told.slice(i, i + size).flat());
      const wayOf = (i: number) => ways[i % ways.length]!;
      const order = [...batches.keys()].sort((a, b) => a + (wayOf(a).late ? 1.5 : 0) - (b + (wayOf(b).late ? 1.5 : 0)));
      for (const i of order) {
        const shuffled = batches[i]!.toSorted((a, b) => shuffle(a.id) - shuffle(b.id));
        for (let time = 0; time < wayOf(i).times; time++) {
          const outcomes = new Set(await send(stub, shuffled));
          expect([...outcomes]).toEqual([time === 0 ? "accepted" : "duplicate"]);
        }
        if (wayOf(i).ends) await evictDurableObject(stub);
      }
      expect(await stub.statistics()).toMatchObject({ decisions: told.flat().length, deadLetters: 0 });
    }),
    { numRuns: 25 },
  );
});

test("whatever is sent in whatever order, no more is missing in the log than may be, and nothing is dropped", async () => {
  const sends = fc.array(
    fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 2 })), { maxLength: 12 }),
    {
      maxLength: 25,
    },
  );
  await fc.assert(
    fc.asyncProperty(sends, fc.array(fc.boolean(), { minLength: 1 }), async (batches, ends) => {
      const stub = partition();
      const refused = new Set<string>();
      // Each comes twice: while what is missing may still come, and when it may no more.
      const twice = batches.flatMap((batch) => [
        { batch, clock: 0 },
        { batch, clock: DRAW_PATIENCE + 1000 },
      ]);
      let clock = Date.now();
      for (const [i, { batch, clock: step }] of twice.entries()) {
        clock += step;
        const decisions = batch.map(([n, slot]) => drawn(n, slot));
        const mocked = vi.spyOn(Date, "now").mockReturnValue(clock);
        const outcomes = await send(stub, decisions).finally(() => mocked.mockRestore());
        for (const [k, status] of outcomes.entries()) {
          expect(["accepted", "duplicate", "out of turn", "later"]).toContain(status);
          if (status === "out of turn") refused.add(decisions[k]!.id);
        }
        if (ends[i % ends.length]) await evictDurableObject(stub);
      }
      const { rows } = await stub.page({ after: 0, limit: 1000, model: null });
      const taken: number[] = [];
      const ids = new Set<string>();
      for (const { id } of rows) {
        const [, n, slot] = id.split(".").map(Number);
        // A slot comes after the one before it.
        if (slot !== undefined) expect(ids).toContain(slot === 1 ? `s.${n}` : `s.${n}.${slot - 1}`);
        else taken.push(n!);
        ids.add(id);
        const last = Math.max(...taken);
        expect(last + 1 - taken.length).toBeLessThanOrEqual(allowed(last));
      }
      expect((await stub.statistics()).deadLetters).toBe(refused.size);
    }),
    { numRuns: 30 },
  );
});

test("whoever tells only of the draws that suit him is stopped, and as soon as it is less than three in four", async () => {
  const taken = async (isTold: (n: number) => boolean) => {
    const stub = partition();
    const told = numbers(0, 400).filter(isTold);
    for (const n of told) await send(stub, [drawn(n)]);
    const { decisions } = await stub.statistics();
    // To wait and send it again is of no use.
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + DRAW_PATIENCE + 1000);
    for (const n of told) await send(stub, [drawn(n)]);
    clock.mockRestore();
    expect(await stub.statistics()).toMatchObject({ decisions, deadLetters: told.length - decisions });
    return decisions;
  };
  expect(await taken((n) => n % 4 === 0)).toBe(9);
  expect(await taken((n) => n % 20 === 19)).toBe(1);
  expect(await taken((n) => n % 4 !== 0)).toBe(300);
  // Of the first decision of a session, one in 22 can be chosen; docs/security.md says so.
  expect(await Promise.all([21, 22].map((first) => taken((n) => n === first)))).toEqual([1, 0]);
});

test("a slot may not be told of without those before it", async () => {
  const stub = partition();
  expect(await send(stub, [drawn(0), drawn(0, 2), drawn(1, 1)])).toEqual(["accepted", "later", "later"]);
  expect(await send(stub, [drawn(0, 2), drawn(0, 1), drawn(1, 1), drawn(1)])).toEqual(Array(4).fill("accepted"));
});

test("what comes before decisions that are missing comes again, whoever had put them off; but not for ever", async () => {
  const later = numbers(100, 105).map((n) => drawn(n));
  // While the partition was away, the Worker put the session's decisions off, and no word of it came here.
  const stub = partition();
  expect(await send(stub, later)).toEqual(Array(5).fill("later"));
  expect(await stub.statistics()).toMatchObject({ decisions: 0, deadLetters: 0 });
  expect(await send(stub, [...later, ...numbers(0, 100).map((n) => drawn(n))])).toEqual(Array(105).fill("accepted"));
  // Who decides at the edge waits for the answer.
  expect((await partition().appendCall([drawn(100)]))[0]!.status).toBe("out of turn");
  const impatient = partition();
  expect(await send(impatient, later)).toEqual(Array(5).fill("later"));
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + DRAW_PATIENCE + 1000);
  expect(await send(impatient, later)).toEqual(Array(5).fill("out of turn"));
  // What is told to come again is waited for anew.
  expect(await send(impatient, later, ["s"])).toEqual(Array(5).fill("later"));
  clock.mockRestore();
});

test("a number that is not of an issued session is nobody's business", async () => {
  const stub = partition();
  const [{ draw: _, ...free }] = [drawn(1000)];
  expect(await send(stub, [free])).toEqual(["accepted"]);
});
