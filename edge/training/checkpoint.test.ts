import { reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { Invariants } from "../storage/invariants.ts";
import { Checkpoint } from "./checkpoint.ts";
import type { Learnt } from "./journal.ts";
import { JOURNAL_BLOCK, STATE_CHUNK, STATE_IN_CHECKPOINT } from "./limits.ts";
import { NONE_BOUNDED, type Place } from "./progress.ts";
import { createTables } from "./schema.ts";
import type { Trainer } from "./trainer.ts";

afterEach(() => reset());

describe("a checkpoint", () => {
  test("writes one row a commit while its state is small, with positions and journal", () =>
    inStorage((checkpoint, written) => {
      commit(checkpoint, 0, bytes(1000));
      for (let i = 1; i < JOURNAL_BLOCK; i++)
        expect(
          written(() => commit(checkpoint, i, bytes(1000 + i))),
          `commit ${i}`,
        ).toBe(1);
      // The journal's first block is full.
      expect(written(() => commit(checkpoint, JOURNAL_BLOCK, bytes(1000)))).toBe(2);
      expect(written(() => commit(checkpoint, JOURNAL_BLOCK + 1, null))).toBe(1);
      expect(checkpoint.state()).toEqual(bytes(1000)[0]);
    }));

  test("has what was committed last, whether that was little, much or as it was", () =>
    inStorage((checkpoint) => {
      const much = [...bytes(STATE_CHUNK), ...bytes(STATE_CHUNK - 5), ...bytes(7)];
      for (const [i, state] of [bytes(10), much, null, bytes(STATE_IN_CHECKPOINT), much, bytes(3), null].entries()) {
        const before = checkpoint.state();
        commit(checkpoint, i, state);
        const expected = state === null ? before! : joined(state);
        expect(isEqual(checkpoint.state()!, expected), `commit ${i}`).toBe(true);
        expect(checkpoint.contributions()).toHaveLength(4);
        expect(checkpoint.places()).toEqual(places(i));
      }
    }));

  test("keeps its journal over blocks, when it begins anew and when that is interrupted", () =>
    inStorage((checkpoint) => {
      const count = 2 * JOURNAL_BLOCK + 3;
      for (let i = 0; i < count; i++) commit(checkpoint, i, bytes(1));
      const whole = Array.from({ length: count }, (_, i) => learnt(i));
      expect(journalOf(checkpoint)).toEqual(whole);
      for (let again = 0; again < 2; again++) {
        checkpoint.reset();
        expect(journalOf(checkpoint)).toEqual(whole);
        expect(checkpoint.state()).toBeNull();
        commit(checkpoint, null, bytes(1));
        expect(journalOf(checkpoint)).toEqual(whole);
      }
      const { partition, to } = learnt(count - 1);
      const further = { partition, to: { ...to, rows: to.rows + 1 } };
      commit(checkpoint, further, bytes(1));
      expect(journalOf(checkpoint)).toEqual([...whole.slice(0, -1), further]);
      expect(checkpoint.lastLearnt()).toEqual({ ...further, number: count });
      expect(checkpoint.hasLearnt("0", LOG)).toBe(true);
      expect(checkpoint.hasLearnt("2", LOG)).toBe(false);
      checkpoint.forget();
      expect(journalOf(checkpoint)).toEqual([]);
      commit(checkpoint, 0, bytes(1));
      expect(journalOf(checkpoint)).toEqual([learnt(0)]);
    }));
});

const LOG = "f".repeat(32);

/** Slices of two partitions in turn. */
const learnt = (i: number): Learnt => ({
  partition: String(i % 2),
  to: { log: LOG, rows: i + 1, ends: i, heard: i, ended: 0, lasts: i, time: 1000 + i, mark: i },
});

const places = (i: number): Map<string, Place> =>
  new Map([["0", { position: learnt(i).to, newest: i + 1, reached: i % 2 === 0 }]]);

const bytes = (length: number): Uint8Array<ArrayBuffer>[] => [new Uint8Array(length).fill(length % 251)];

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** As expect's own takes seconds for megabytes. */
const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

function commit(checkpoint: Checkpoint, slice: number | Learnt | null, state: Uint8Array<ArrayBuffer>[] | null): void {
  const i = typeof slice === "number" ? slice : 0;
  checkpoint.commit(() => {}, {
    progress: {
      ...{ examples: i, progressiveLoss: null, meanFeedback: null, report: null, newestFeedbackAt: null },
      ...{ unlearnable: 0, late: 0, missed: 0, clamped: 0, excluded: 0, bounded: NONE_BOUNDED },
    },
    content: state && { state, contributions: new Uint8Array(4), drift: "{}" },
    places: places(i),
    learnt: slice === null ? [] : [typeof slice === "number" ? learnt(slice) : slice],
    unlearned: [],
  });
}

function journalOf(checkpoint: Checkpoint): Learnt[] {
  const slices: Learnt[] = [];
  for (let next = checkpoint.nextLearnt(0); next; next = checkpoint.nextLearnt(next.number)) {
    expect(next.number).toBe(slices.length + 1);
    slices.push({ partition: next.partition, to: next.to });
  }
  return slices;
}

/** Runs on the storage of a trainer that trains nothing. `written`: how many rows something writes, as they are billed. */
function inStorage(run: (checkpoint: Checkpoint, written: (act: () => void) => number) => void): Promise<void> {
  return runInDurableObject(env.TRAINER.getByName("nothing@1"), (_: Trainer, { storage }) => {
    createTables(storage.sql);
    storage.sql.exec(
      `INSERT INTO version (one, model, version, spec, stage, directory) VALUES (1, 'nothing', 1, '{}', 'live', 1)`,
    );
    let rows = 0;
    const sql = {
      exec: (query: string, ...bindings: unknown[]) => {
        const cursor = storage.sql.exec(query, ...bindings);
        rows += cursor.rowsWritten;
        return cursor;
      },
    } as SqlStorage;
    const counted = { sql, transactionSync: (act: () => void) => storage.transactionSync(act) } as DurableObjectStorage;
    run(new Checkpoint(counted, new Invariants("trainer of a test")), (act) => {
      rows = 0;
      act();
      return rows;
    });
    storage.sql.exec("DROP TABLE version");
  });
}
