import "./all-heads.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitrarySnapshots } from "../../conformance/arbitrary-snapshot.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { applyDelta, deltaExtent, encodeDelta } from "./delta.ts";
import { encodeSnapshot } from "./encode-snapshot.ts";
import { factorTable } from "./factorised.ts";
import { columnsOf, decodeSnapshot } from "./snapshot.ts";

const base = (): SnapshotData => {
  const weights = new Float32Array(256);
  weights[0] = 1.5;
  weights[200] = -2;
  return { model: "home-hero", version: 2, number: 1040, bits: 8, link: "identity", examples: 77, weights };
};

/** The base after more examples: weight 3 is new, and weight 200 is gone. */
const newest = (): SnapshotData => {
  const weights = base().weights;
  weights[3] = 0.25;
  weights[200] = 0;
  return { ...base(), number: 1043, examples: 80, weights };
};

/** A delta of no indices with a header of the author's choosing. */
function withHeader(change: Record<string, unknown>): Uint8Array {
  const text = JSON.stringify({
    ...{ model: "home-hero", version: 2, number: 1043, bits: 8, link: "identity", examples: 80, from: 1040 },
    ...change,
  });
  return Uint8Array.from([69, 87, 83, 68, 1, text.length, ...new TextEncoder().encode(text), 0]);
}

const bits = (snapshot: SnapshotData) => columnsOf(snapshot).map(({ values }) => new Uint32Array(values.buffer));

describe("delta", () => {
  test("makes the one snapshot the other, bit for bit, whatever they consist of", () => {
    fc.assert(
      fc.property(arbitrarySnapshots, ([from, to]) => {
        const before = encodeSnapshot(from);
        const made = applyDelta(from, encodeDelta(from, to));
        expect(made).toEqual(to);
        expect(bits(made)).toEqual(bits(to));
        expect(encodeSnapshot(from)).toEqual(before);
      }),
    );
  });

  test("leads whoever has read the base to the bytes of the snapshot that it stands for, -0 and all", () => {
    fc.assert(
      fc.property(arbitrarySnapshots, fc.array(fc.tuple(fc.boolean(), fc.nat())), ([from, to], zeros) => {
        for (const [first, at] of zeros)
          for (const { values } of columnsOf(first ? from : to)) values[at % values.length] = -0;
        const read = decodeSnapshot(encodeSnapshot(from));
        expect(encodeSnapshot(applyDelta(read, encodeDelta(from, to)))).toEqual(encodeSnapshot(to));
      }),
    );
  });

  test("holds the indices that differ and nothing else", () => {
    fc.assert(
      fc.property(arbitrarySnapshots, ([from, to]) => {
        const columns = columnsOf(to);
        const differs = (i: number) =>
          columnsOf(from).some(({ values, each = 1 }, c) =>
            values
              .subarray(each * i, each * (i + 1))
              .some((value, k) => !Object.is(value, columns[c]!.values[each * i + k])),
          );
        const indices = Array.from(to.weights, (_, i) => i).filter(differs).length;
        const numbers = indices * columns.reduce((sum, { each = 1 }) => sum + each, 0);
        expect(deltaExtent(encodeDelta(from, to))).toEqual({ indices, numbers });
      }),
    );
  });

  test("is compact: some 5 bytes a weight and a header", () => {
    const to = { ...newest(), bits: 18, weights: new Float32Array(2 ** 18).fill(1) };
    const from = { ...base(), bits: 18, weights: to.weights.slice() };
    for (let i = 0; i < 1000; i++) to.weights[i * 97] = 0.1;
    expect(encodeDelta(from, to).length).toBeLessThan(5_150);
    expect(encodeDelta(base(), { ...base(), number: 1041 }).length).toBeLessThan(130);
  });

  test("is the same for a view into a larger buffer", () => {
    const bytes = encodeDelta(base(), newest());
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 7);
    expect(applyDelta(base(), larger.subarray(7, 7 + bytes.length))).toEqual(newest());
    const tables = new Float32Array(600).fill(7);
    tables.set(base().weights, 3);
    const view = { ...base(), weights: tables.subarray(3, 259) };
    expect(encodeDelta(view, newest())).toEqual(bytes);
    expect(applyDelta(view, bytes)).toEqual(newest());
  });

  test.each([
    [{ model: "intent" }, "it has model intent, not home-hero"],
    [{ version: 3 }, "it has version 3, not 2"],
    [{ bits: 9 }, "it has bits 9, not 8"],
    [{ from: 1039 }, "it is one on snapshot 1039"],
    [{ rank: 2 }, "it has factors of rank 2, not weights alone"],
    [{ heads: 2 }, "it has 2 heads that vote, not weights alone"],
    [{ unseen: 1 }, "it has variances, not weights alone"],
  ])("with the header %j does not fit the base: %s", (change, message) => {
    expect(() => applyDelta(base(), withHeader(change))).toThrow(
      `not a valid delta: it does not fit home-hero@2.1040: ${message}`,
    );
  });

  test.each([
    [{ from: undefined }, "its header does not say which snapshot it changes"],
    [{ from: -1 }, "from must be a whole number from 0"],
    [{ number: 0.5 }, "number must be a whole number from 0"],
    [{ rank: 64, bits: 19 }, "factors of rank 64 are too many for 19 bits"],
  ])("with the header %j is refused: %s", (change, message) => {
    expect(() => applyDelta(base(), withHeader(change))).toThrow(`not a valid delta: ${message}`);
    expect(() => deltaExtent(withHeader(change))).toThrow(`not a valid delta: ${message}`);
  });

  test("is not made between snapshots of two versions, or of other tables", () => {
    const message = "there is no delta from home-hero@2.1040 to";
    expect(() => encodeDelta(base(), { ...newest(), version: 3 })).toThrow(
      `${message} home-hero@3.1043: it has version 3, not 2`,
    );
    const beside = factorTable(2, new Float32Array(512));
    expect(() => encodeDelta(base(), { ...newest(), beside })).toThrow(
      `${message} home-hero@2.1043: it has factors of rank 2, not weights alone`,
    );
  });

  test("says what else is wrong", () => {
    const ending = (...end: number[]) => Uint8Array.from([...withHeader({}).subarray(0, -1), ...end]);
    const apply = (bytes: Uint8Array) => () => applyDelta(base(), bytes);
    expect(apply(encodeSnapshot(newest()))).toThrow("not a valid delta: it does not begin with EWSD");
    expect(() => decodeSnapshot(encodeDelta(base(), newest()))).toThrow("it does not begin with EWSN");
    expect(apply(Uint8Array.from([69, 87, 83, 68, 2]))).toThrow("format version 2 is not 1");
    expect(apply(ending(0x81, 0x08, 1))).toThrow("1025 weights do not fit a table of 256");
    expect(apply(ending(1, 0x81, 0x02, ...Array(4).fill(0)))).toThrow("index 256 is outside a table of 256");
    expect(apply(ending(1, 1, 0, 0, 0xc0, 0x7f))).toThrow("weight 0 is not a finite number");
    expect(apply(ending(1, 1, 0, 0, 0, 0, 9))).toThrow("5 bytes are there for 1 weights of 4");
  });

  test("that is cut anywhere is refused", () => {
    const bytes = encodeDelta(base(), newest());
    for (let length = 0; length < bytes.length; length++)
      expect(() => applyDelta(base(), bytes.subarray(0, length))).toThrow(/^not a valid delta: /);
  });

  test("that is garbled or noise is refused or another valid delta, and leaves the base as it was", () => {
    const garble = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    const noise = fc.uint8Array({ maxLength: 100 });
    fc.assert(
      fc.property(arbitrarySnapshots, garble, fc.nat(), noise, ([from, to], changes, cut, noise) => {
        const before = encodeSnapshot(from);
        const bytes = encodeDelta(from, to);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const given = cut % 3 ? bytes : Uint8Array.from([...bytes.subarray(0, cut % bytes.length), ...noise]);
        try {
          const made = applyDelta(from, given);
          for (const [c, { values }] of columnsOf(made).entries()) {
            expect(values).toHaveLength(columnsOf(from)[c]!.values.length);
            expect(values.every(Number.isFinite)).toBe(true);
          }
          expect(decodeSnapshot(encodeSnapshot(made)).number).toBe(made.number);
        } catch (error) {
          expect((error as Error).message).toMatch(/^not a valid delta: /);
        }
        expect(encodeSnapshot(from)).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });
});
