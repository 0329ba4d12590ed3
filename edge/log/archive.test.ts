import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { unsignedSession } from "../../shared/contract/unsigned-session.ts";
import type { JoinRules } from "../../shared/versions/join.ts";
import { keyedHash } from "../storage/keyed-hash.ts";
import { ruleFields, stepFields } from "../testing/log-steps.ts";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { rowsAfter } from "./live-part.ts";
import { Log } from "./log.ts";
import type { Append, ErasureDone, IncomingFeedback, Position, Slice, UnitPage } from "./messages.ts";
import type { Partition } from "./partition.ts";
import { decodeSegment } from "./segment-file.ts";

afterEach(() => vi.restoreAllMocks());

/** A page's session. */
const PAGE = unsignedSession(1, Date.now());
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

/** All rows, in pages. */
async function pagesOf(stub: Stub) {
  const rows = [];
  for (let after = 0; ; ) {
    const page = await stub.page({ after, limit: 3, model: null });
    rows.push(...page.rows);
    after = page.next;
    if (page.next >= page.newest) return rows;
  }
}

/** What is told of a unit, in pages. */
async function unitOf(stub: Stub, unit: string) {
  const rows = [];
  for (let next: UnitPage["next"] = { after: 0, letters: 0 }; next; ) {
    const page: UnitPage = await stub.unit({ unit, ...next, limit: 2 });
    rows.push(...page.rows);
    next = page.next;
  }
  return rows;
}

const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
let erasures = 0;
async function erase(stub: Stub, unit: string, before: number): Promise<Omit<ErasureDone, "id">> {
  const erasure = { id: `erasure-${erasures++}`, hash: keyedHash(KEY, unit), before, gone: false };
  for (;;) {
    const [done] = await stub.erase(KEY, [erasure]);
    if (done) {
      const { id: _, ...counts } = done;
      return counts;
    }
    await scheduler.wait(5);
  }
}

/** Everything that a partition has in its tables and files, as text. */
async function allTextOf(stub: Stub): Promise<string> {
  const [name, log, tables] = await runInDurableObject(stub, (_: Partition, { id, storage: { sql } }) => [
    id.name!,
    new Log(sql).identity,
    sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => JSON.stringify(sql.exec(`SELECT * FROM ${name}`).toArray()))
      .join("\n"),
  ]);
  let text = tables;
  const { objects } = await env.ARTIFACTS.list({ prefix: `log/${name}/${log}/` });
  for (const { key } of objects) {
    const bytes = new Uint8Array(await (await env.ARTIFACTS.get(key))!.arrayBuffer());
    text += key.endsWith(".parquet") ? JSON.stringify(await decodeSegment(bytes)) : new TextDecoder().decode(bytes);
  }
  return text;
}

const examplesOf = (slices: readonly Slice[]) => slices.flatMap(({ examples }) => examples);
const lateOf = (slices: readonly Slice[]) => ({
  late: slices.reduce((sum, { late }) => sum + late, 0),
  missed: slices.reduce((sum, { missed }) => sum + missed, 0),
});
/** A position, whichever log it is of. */
const place = ({ log: _, ...position }: Position) => position;

const step = fc.record({
  what: fc.constantFrom(
    ...["decision", "decision", "feedback", "feedback", "feedback", "repeat", "activation", "read", "close", "close"],
  ),
  ...stepFields,
  id: fc.constantFrom("a.1", "a.2", "b.1", ...[1, 2, 3, 4, 5].map((n) => `${PAGE}.${n}`)),
  size: fc.integer({ min: 1, max: 5 }),
});
/** As plain objects: those of fast-check cannot be sent. */
const plainRules = fc
  .record({ ...ruleFields, lateness: fc.constantFrom(undefined, 0, 3) })
  .map(({ lateness, ...by }): JoinRules => ({ ...by, ...(lateness !== undefined && { lateness }) }));

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
          expect(lateOf(told)).toEqual(lateOf(expected));
          // Who comes only now.
          const later = await readAll(cut, by, 3);
          expect(examplesOf(later)).toEqual(examplesOf(expected));
          expect(lateOf(later)).toEqual(lateOf(expected));
          expect(place(later.at(-1)!.to)).toEqual(place(expected.at(-1)!.to));
          // Who learns again what was learned, slice by slice, in slices of its own.
          for (const { from, to, examples } of told) {
            const again = await readAll(cut, by, 1, to, from);
            expect(examplesOf(again)).toEqual(examples);
            expect(again.at(-1)!.to).toEqual(to);
          }
        }
        expect(await pagesOf(cut)).toEqual(await pagesOf(whole));
      },
    ),
    { numRuns: 100, interruptAfterTimeLimit: 30_000 },
  ));

/** Two units have decisions of one session. */
const UNITS: Record<string, string> = {
  ...{ "a.1": "ada", "a.2": "bob", "b.1": "ada", "c.1": "bob", "a.3": "ada" },
  ...{ [`${PAGE}.1`]: "bob", [`${PAGE}.2`]: "ada", [`${PAGE}.3`]: "bob", [`${PAGE}.4`]: "ada" },
};
const unitStep = fc.record({
  what: fc.constantFrom("decision", "decision", "decision", "feedback", "feedback", "activation", "close", "close"),
  ...stepFields,
  id: fc.constantFrom(...Object.keys(UNITS)),
  size: fc.integer({ min: 1, max: 5 }),
});

test("a unit is found and erased in the archive as in the log, wherever segments end", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(unitStep, { minLength: 8, maxLength: 40 }),
      fc.integer({ min: 4, max: 40 }),
      plainRules,
      async (steps, erasedAt, by) => {
        const whole = partition("kept");
        const cut = partition("erased");
        let now = Date.now();
        vi.spyOn(Date, "now").mockImplementation(() => now);
        const both = async <T>(act: (stub: Stub) => Promise<T>) => {
          const expected = await act(whole);
          expect(await act(cut)).toEqual(expected);
          return expected;
        };
        let erased = false;
        const eraseAda = async () => {
          // Whoever reads is in the midst of it, and learns that much again afterwards.
          const [wholeTo, cutTo] = (await Promise.all([readAll(whole, by, 2), readAll(cut, by, 2)])).map(
            (slices) => slices.at(-1)!.to,
          );
          await both((stub) => unitOf(stub, "ada"));
          now += 5000;
          await both((stub) => erase(stub, "ada", now));
          expect(await both((stub) => unitOf(stub, "ada"))).toEqual([]);
          expect(await allTextOf(cut)).not.toContain('"ada\\"');
          // A place tells of a page's decision that was waited for until its page was heard of, by where the slices ended, that no wait of it is left, or that the longest is. When the row by which
          // it was heard of is erased, it is learned up to that place, or behind it: once in any case.
          await both(async (stub) => {
            const again = await readAll(stub, by, 2, stub === cut ? cutTo : wholeTo);
            const on = await readAll(stub, by, 2, null, again.at(-1)!.to);
            return examplesOf([...again, ...on]).toSorted((a, b) => a.decision - b.decision);
          });
          erased = true;
        };
        for (const [i, s] of steps.entries()) {
          if (i === erasedAt) await eraseAda();
          now += s.after;
          const at = now - s.ago;
          const { id } = s;
          const claimedAt = s.claimed ? at : null;
          const append = (parts: Partial<Append>) => both((stub) => stub.append(appendOf(parts)));
          if (s.what === "decision") {
            const record = { ...rankRecord(s.model, id, at), unit: UNITS[id]!, deferred: s.deferred };
            await append({ decisions: [incoming(record)] });
          } else if (s.what === "activation") await append({ activations: [{ id, claimedAt, at }] });
          else if (s.what === "close") await close(cut, s.size);
          else await append({ feedback: [{ id, value: s.value, final: s.final, claimedAt, at }] });
        }
        if (!erased) await eraseAda();
        now += 100;
        await both(pagesOf);
        await both(async (stub) => {
          const slices = await readAll(stub, by, 2);
          return [examplesOf(slices), lateOf(slices)];
        });
        // Files are written anew, and removed: each has its place in the manifest, and none else is there.
        await runInDurableObject(cut, async ({ archive }: Partition) => {
          await archive.work();
          expect(archive.segments.orphans).toEqual(new Set());
        });
      },
    ),
    { numRuns: 30, interruptAfterTimeLimit: 25_000 },
  ));
