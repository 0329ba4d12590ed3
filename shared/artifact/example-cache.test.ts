import fc from "fast-check";
import { expect, test } from "vitest";
import { FeatureBuffer } from "../features/featurebuffer.ts";
import { type CacheKind, ExampleCacheReader, ExampleCacheWriter, type ExampleTarget } from "./example-cache.ts";

/** An example as plain data: features are [slot, [hash, value][]]. */
type Plain = {
  label: number | null;
  importance: number;
  base: number;
  observed: { action: number; cost: number; probability: number } | null;
  shared: boolean;
  last: boolean;
  features: [slot: number, [hash: number, value: number][]][];
};

class Target implements ExampleTarget {
  label: number | null = null;
  importance = 1;
  base = 0;
  observed: ExampleTarget["observed"] = null;
  shared = false;
  slots: number[] = [];
  #features = new Map<number, FeatureBuffer>();

  clear(): void {
    Object.assign(this, { label: null, importance: 1, base: 0, observed: null, shared: false, slots: [] });
    this.#features.clear();
  }

  open(slot: number): FeatureBuffer {
    if (!this.#features.has(slot)) {
      this.slots.push(slot);
      this.#features.set(slot, new FeatureBuffer(1));
    }
    return this.#features.get(slot)!;
  }

  features(slot: number): FeatureBuffer | undefined {
    return this.#features.get(slot);
  }

  fill({ features, last: _, ...rest }: Plain): this {
    this.clear();
    Object.assign(this, rest);
    for (const [slot, list] of features) for (const [hash, value] of list) this.open(slot).push(hash, value);
    return this;
  }

  plain(last: boolean): Plain {
    const { label, importance, base, observed, shared } = this;
    const features = this.slots.map((slot): Plain["features"][0] => {
      const { indices, values, length } = this.#features.get(slot)!;
      return [slot, Array.from({ length }, (_, i) => [indices[i]!, values[i]!])];
    });
    return { label, importance, base, observed, shared, last, features };
  }
}

function write(kind: CacheKind, examples: readonly Plain[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  const writer = new ExampleCacheWriter(kind, (bytes) => chunks.push(bytes.slice()));
  for (const example of examples) writer.add(new Target().fill(example), example.last);
  writer.end();
  return new Uint8Array(Buffer.concat(chunks));
}

function read(bytes: Uint8Array, chunk = bytes.length): { kind: CacheKind | null; examples: Plain[] } {
  const target = new Target();
  const result: { kind: CacheKind | null; examples: Plain[] } = { kind: null, examples: [] };
  const reader = new ExampleCacheReader({
    kind(kind) {
      result.kind = kind;
    },
    next: () => target,
    filled: (last) => result.examples.push(target.plain(last)),
  });
  for (let at = 0; at < bytes.length; at += chunk) reader.add(bytes.subarray(at, at + chunk));
  reader.end();
  return result;
}

const number = fc.double({ noNaN: true });
const value = fc.oneof(fc.constant(1), fc.float({ noNaN: true }));
const hash = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const example: fc.Arbitrary<Plain> = fc.record({
  label: fc.option(number),
  importance: fc.oneof(fc.constant(1), number),
  base: fc.oneof(fc.constant(0), number),
  observed: fc.option(fc.record({ action: hash, cost: number, probability: number })),
  shared: fc.boolean(),
  last: fc.boolean(),
  features: fc.uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: 255 }), fc.array(fc.tuple(hash, value), { minLength: 1, maxLength: 30 })),
    { selector: ([slot]) => slot, maxLength: 5 },
  ),
});
const kind = fc.constantFrom<CacheKind>("simple", "bandit", "events");

test("what was written is read, in chunks of any size", () => {
  fc.assert(
    fc.property(kind, fc.array(example, { maxLength: 20 }), fc.integer({ min: 1, max: 300 }), (kind, list, chunk) => {
      expect(read(write(kind, list), chunk)).toEqual({ kind, examples: list });
    }),
  );
});

const large: Plain = {
  label: 1,
  importance: 1,
  base: 0,
  observed: null,
  shared: false,
  last: true,
  features: [[102, Array.from({ length: 300_000 }, (_, i) => [i, i % 3])]],
};

test("an example may be larger than the buffers", () => {
  expect(read(write("simple", [large, large]), 1 << 18).examples).toEqual([large, large]);
});

const small: Plain = { ...large, features: [[102, [[7, 0.5]]]] };

test.each([
  ["no bytes", () => new Uint8Array(0), "it ends within an example"],
  ["other bytes", () => new Uint8Array(12).fill(65), "it does not begin with EWEC"],
  ["another format", () => changed(1, 9), "format version 9 is not 1"],
  ["another kind", () => changed(2, 3), "its kind of examples is unknown"],
  ["an example cut short", () => write("simple", [small]).slice(0, -4), "it ends within an example"],
  ["a length of 0", () => changed(3, 0), "an example has an impossible length"],
  ["a length that is too large", () => changed(3, 2 ** 31), "an example has an impossible length"],
  ["more slots than there are", () => changed(4, 1 | (2 << 8)), "an example ends too early"],
  ["fewer slots than there are", () => changed(4, 1), "an example has another length than it says"],
  ["more features than there are", () => changed(7, 102 | (2 << 8)), "a slot has an impossible length"],
  ["more ones than features", () => changed(8, 2), "a slot has an impossible length"],
])("%s are refused", (_, bytes, message) => {
  expect(() => read(bytes())).toThrow(`not a valid example cache: ${message}`);
});

/** A cache of one example with one word changed. */
function changed(word: number, to: number): Uint8Array {
  const bytes = write("simple", [small]);
  new DataView(bytes.buffer).setUint32(4 * word, to, true);
  return bytes;
}

test("garbled bytes are refused or read, but nothing else happens", () => {
  const bytes = write("events", [small, { ...small, shared: true }, small]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }), (at, byte) => {
      const garbled = bytes.slice();
      garbled[at] = byte;
      try {
        expect(read(garbled).examples.length).toBeGreaterThan(0);
      } catch (error) {
        expect((error as Error).message).toContain("not a valid example cache");
      }
    }),
  );
});
