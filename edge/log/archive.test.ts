import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { JoinRules } from "../../shared/versions/join.ts";
import { ruleFields, stepFields } from "../testing/log-steps.ts";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { rowsAfter } from "./live-part.ts";
import { Log } from "./log.ts";
import type { Append, IncomingFeedback, Position, Slice } from "./messages.ts";
import type { Partition } from "./partition.ts";

vi.setConfig({ testTimeout: 120_000 });
afterEach(() => vi.restoreAllMocks());

let made = 0;
const partition = (kind: string) => env.PARTITION.getByName(`archive-${kind}-${made++}`);
type Stub = ReturnType<typeof partition>;

/** Puts the next rows into the archive, but never the newest. @returns how many they were. */
const close = (stub: Stub, most: number): Promise<number> =>
  runInDurableObject(stub, async (instance: Partition, { storage }) => {
    const log = new Log(storage.sql);
    const range = { after: log.archived, before: log.newest, rows: most, characters: Number.POSITIVE_INFINITY };
    const { rows } = rowsAfter(storage.sql, log, range);
    if (rows.length > 0) await instance.archive.close(rows);
    return rows.length;
  });

const decision = (model: string, id: string, at: number, deferred = false) =>
  incoming({ ...rankRecord(model, id, at), deferred });

/** The next slice, without being told of what is new later. */
const read = (stub: Stub, by: JoinRules, from: Position | null, limit: number, upto: Position | null = null) =>
  runInDurableObject(stub, async (instance: Partition): Promise<Slice> => {
    const slice = await instance.read({ reader: `m@${JSON.stringify(by)}`, model: "m", rules: by, from, upto, limit });
    instance.leave(`m@${JSON.stringify(by)}`);
    return slice;
  });

async function readAll(
  stub: Stub,
  by: JoinRules,
  limit: number,
  upto: Position | null = null,
  from: Position | null = null,
) {
  const slices: Slice[] = [];
  for (let at = from, more = true; more; ) {
    const slice = await read(stub, by, at, limit, upto);
    slices.push(slice);
    ({ to: at, more } = slice);
  }
  return slices;
}

const examplesOf = (slices: readonly Slice[]) => slices.flatMap(({ examples }) => examples);
const lateOf = (slices: readonly Slice[]) => slices.reduce((sum, { late }) => sum + late, 0);
/** A position, whichever log it is of. */
const place = ({ log: _, ...position }: Position) => position;

const step = fc.record({
  what: fc.constantFrom(
    ...["decision", "decision", "feedback", "feedback", "feedback", "repeat", "activation", "read", "close", "close"],
  ),
  ...stepFields,
  id: fc.constantFrom("a.1", "a.2", "b.1", "c.1"),
  size: fc.integer({ min: 1, max: 5 }),
});
const anyRules = fc.record<JoinRules>({
  ...ruleFields,
  lateness: fc.constantFrom(0, 0, 3),
});
/** As plain objects: those of fast-check cannot be sent. */
const plainRules = anyRules.map((by) => ({ ...by }));

test("a log is the same, archived or not, wherever segments end and whenever they are closed", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 8, maxLength: 50 }),
      fc.array(plainRules, { minLength: 1, maxLength: 2 }),
      async (steps, readersRules) => {
        const whole = partition("whole");
        const cut = partition("cut");
        const start = Date.now();
        let now = start;
        vi.spyOn(Date, "now").mockImplementation(() => now);
        const readers = readersRules.map((by) => ({ by, at: null as Position | null, slices: [] as Slice[] }));
        let last: IncomingFeedback | undefined;
        const append = async (parts: Partial<Append>) => {
          const answers = [];
          for (const stub of [whole, cut]) answers.push(await stub.append(appendOf(parts)));
          expect(answers[1]).toEqual(answers[0]);
        };
        for (const [i, s] of steps.entries()) {
          now += s.after;
          const at = now - s.ago;
          const { id } = s;
          const claimedAt = s.claimed ? at : null;
          if (s.what === "decision") await append({ decisions: [decision(s.model, id, at, s.deferred)] });
          else if (s.what === "activation") await append({ activations: [{ id, claimedAt, at }] });
          else if (s.what === "close") await close(cut, s.size);
          else if (s.what === "read") {
            const reader = readers[i % readers.length]!;
            const slice = await read(cut, reader.by, reader.at, s.size);
            reader.slices.push(slice);
            reader.at = slice.to;
          } else {
            const repeat = s.what === "repeat" && last;
            last = repeat ? { ...last!, final: true, at } : { id, value: s.value, final: s.final, claimedAt, at };
            await append({ feedback: [last] });
          }
        }
        now += 100;
        for (const { by, at, slices } of readers) {
          const expected = await readAll(whole, by, 2);
          // Who was there from the beginning.
          const told = [...slices, ...(await readAll(cut, by, 2, null, at))];
          expect(examplesOf(told)).toEqual(examplesOf(expected));
          expect(lateOf(told)).toBe(lateOf(expected));
          // Who comes only now.
          const later = await readAll(cut, by, 3);
          expect(examplesOf(later)).toEqual(examplesOf(expected));
          expect(lateOf(later)).toBe(lateOf(expected));
          expect(place(later.at(-1)!.to)).toEqual(place(expected.at(-1)!.to));
          // Who learns again what was learned, slice by slice, in slices of its own.
          for (const { from, to, examples } of told) {
            const again = await readAll(cut, by, 1, to, from);
            expect(examplesOf(again)).toEqual(examples);
            expect(again.at(-1)!.to).toEqual(to);
          }
        }
        const pages = async (stub: Stub) => {
          const rows = [];
          for (let after = 0; ; ) {
            const page = await stub.page({ after, limit: 3, model: null });
            rows.push(...page.rows);
            after = page.next;
            if (page.next >= page.newest) return rows;
          }
        };
        expect(await pages(cut)).toEqual(await pages(whole));
      },
    ),
    { numRuns: 100, interruptAfterTimeLimit: 30_000 },
  ));
