import "./all-heads.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitrarySnapshot } from "../../conformance/arbitrary-snapshot.ts";
import type { SnapshotData } from "../artifact/snapshot.ts";
import { encodeSnapshot } from "./encode-snapshot.ts";
import { columnsOf, decodeSnapshot } from "./snapshot.ts";

const example = (): SnapshotData => {
  const weights = new Float32Array(256);
  weights[0] = 1.5;
  weights[200] = -2;
  weights[255] = 1e-40;
  return { model: "home-hero", version: 2, number: 1043, bits: 8, link: "identity", examples: 77, weights };
};

/** The bytes with a header of the author's choosing. */
function withHeader(change: Record<string, unknown>): Uint8Array {
  const text = JSON.stringify({
    ...{ model: "m", version: 1, number: 0, bits: 8, link: "identity", examples: 0 },
    ...change,
  });
  return Uint8Array.from([69, 87, 83, 78, 1, text.length, ...new TextEncoder().encode(text), 0]);
}

describe("snapshot", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(arbitrarySnapshot, (s) => {
        expect(decodeSnapshot(encodeSnapshot(s))).toEqual(s);
      }),
    );
  });

  test("is compact: 5 bytes a weight and a header", () => {
    const weights = new Float32Array(2 ** 18);
    for (let i = 0; i < 1000; i++) weights[i * 97] = 0.1;
    expect(encodeSnapshot({ ...example(), bits: 18, weights }).length).toBeLessThan(5_150);
  });

  test("without what only some models have is as it was before they were", () => {
    const header = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes.subarray(6, 6 + bytes[5]!)));
    expect(Object.keys(header(encodeSnapshot(example())))).toEqual([
      "model",
      "version",
      "number",
      "bits",
      "link",
      "examples",
    ]);
  });

  test("is the same for a view into a larger buffer", () => {
    const bytes = encodeSnapshot(example());
    const larger = new Uint8Array(bytes.length + 20);
    larger.set(bytes, 7);
    expect(decodeSnapshot(larger.subarray(7, 7 + bytes.length))).toEqual(example());
  });

  test("that is cut anywhere is refused", () => {
    const bytes = encodeSnapshot(example());
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeSnapshot(bytes.subarray(0, length))).toThrow(/^not a valid snapshot: /);
  });

  test("with bytes after its end is refused", () => {
    expect(() => decodeSnapshot(Uint8Array.from([...encodeSnapshot(example()), 0]))).toThrow(
      "13 bytes are there for 3 weights",
    );
  });

  test("that is garbled is refused or is another valid snapshot, quickly and in bounds", () => {
    const garble = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(arbitrarySnapshot, garble, fc.nat(), (s, changes, cut) => {
        const bytes = encodeSnapshot(s);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const given = cut % 2 ? bytes : bytes.subarray(0, cut % bytes.length);
        try {
          const read = decodeSnapshot(given);
          for (const { values, each = 1, ranges = [] } of columnsOf(read)) {
            expect(values).toHaveLength(each * 2 ** read.bits);
            expect(values.every((x) => Number.isFinite(x) && (ranges[0]?.holds(x) ?? true))).toBe(true);
          }
          const { rewardRange = 1 } = read;
          expect(rewardRange > 0 && rewardRange <= 1e300).toBe(true);
        } catch (error) {
          expect((error as Error).message).toMatch(/^not a valid snapshot: /);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("made of noise is refused", () => {
    const prefix = encodeSnapshot(example()).slice(0, 5);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, prefixed) => {
        const bytes = prefixed ? Uint8Array.from([...prefix, ...noise]) : noise;
        expect(() => decodeSnapshot(bytes)).toThrow(/^not a valid snapshot: /);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    [{ bits: 23 }, "bits must be a whole number from 1 to 22"],
    [{ bits: "8" }, "bits must be a whole number"],
    [{ version: 0 }, "version must be a whole number from 1"],
    [{ number: -1 }, "number must be a whole number from 0"],
    [{ examples: 1.5 }, "examples must be a whole number"],
    [{ link: "probit" }, "link must be identity or logistic"],
    [{ model: 7 }, "model must be a name"],
    [{ rank: 65 }, "rank must be a whole number from 1 to 64"],
    [{ heads: 0 }, "heads must be a whole number from 1 to 32"],
    [{ heads: 33 }, "heads must be a whole number from 1 to 32"],
    [{ heads: 32, bits: 20 }, "32 heads that vote are too many for 20 bits"],
    [{ rank: 33, bits: 19 }, "factors of rank 33 are too many for 19 bits"],
    [{ heads: 2, rank: 3 }, "it has heads and rank"],
    [{ unseen: -1 }, "unseen must be a number from 0"],
    [{ unseen: "1" }, "unseen must be a number from 0"],
    [{ rewardRange: 0 }, "rewardRange must be a number above 0"],
    [{ rewardRange: null }, "rewardRange must be a number above 0"],
    [{ rewardRange: 1e301 }, "rewardRange must be a number above 0"],
  ])("with the header %j is refused: %s", (change, message) => {
    expect(() => decodeSnapshot(withHeader(change))).toThrow(message);
  });

  test("says what else is wrong", () => {
    const good = withHeader({});
    expect(decodeSnapshot(good).weights).toHaveLength(256);
    const ending = (...end: number[]) => Uint8Array.from([...good.subarray(0, -1), ...end]);
    expect(() => decodeSnapshot(Uint8Array.from([1, 2, 3, 4]))).toThrow("it does not begin with EWSN");
    expect(() => decodeSnapshot(Uint8Array.from([69, 87, 83, 78, 2]))).toThrow("format version 2 is not 1");
    expect(() => decodeSnapshot(ending(0x81, 0x08, 1))).toThrow("1025 weights do not fit a table of 256");
    expect(() => decodeSnapshot(ending(200, 1, 1))).toThrow("it ends within its weights");
    expect(() => decodeSnapshot(ending(2, 1, 0, ...Array(8).fill(0)))).toThrow("its indices do not rise");
    expect(() => decodeSnapshot(ending(1, 0x81, 0x02, ...Array(4).fill(0)))).toThrow(
      "index 256 is outside a table of 256",
    );
    expect(() => decodeSnapshot(ending(1, 1, 0, 0, 0xc0, 0x7f))).toThrow("weight 0 is not a finite number");
    const unsure = withHeader({ unseen: 1 });
    const variance = Uint8Array.from([...unsure.subarray(0, -1), 1, 1, 0, 0, 0, 0, 0, 0, 0x80, 0xbf]);
    expect(() => decodeSnapshot(variance)).toThrow("variance 0 is not a finite number from 0");
    expect(() => decodeSnapshot(ending(0xff, 0xff, 0xff, 0xff, 0x7f))).toThrow(
      "number of weights is not a varint of 32 bits",
    );
  });
});
