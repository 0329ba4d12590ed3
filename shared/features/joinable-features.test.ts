import fc from "fast-check";
import { expect, test } from "vitest";
import { blockOf, type Joinable, JoinableFeatures, sizeOf } from "./joinable-features.ts";

const STRAIGHT = 1;
/** What kinds there are: straight, stepwise, finest, and categories, which are all of it. */
const kinds = [STRAIGHT, 2, 4, 7];
const hashes = fc.array(
  fc.tuple(fc.constantFrom(...kinds), fc.nat(2 ** 29 - 1)).map(([kind, low]) => ((kind << 29) | low) >>> 0),
  { maxLength: 12 },
);

const block = ({ among, blocks }: Joinable, n: number): number[] =>
  n < 0 ? [] : among.order.slice(blocks[n], blocks[n + 1]);

test("a feature is joined with those that share a bit of its kind, straight ones in the first pass, each in its order", () => {
  fc.assert(
    fc.property(fc.array(hashes, { minLength: 1, maxLength: 4 }), fc.constantFrom(0, ...kinds), (namespaces, kind) => {
      const all = new JoinableFeatures(true, null);
      const joinables = namespaces.map((indices) => {
        for (const index of indices) all.joined.push(index, 1);
        return all.joinable();
      });
      for (const joinable of joinables)
        for (const pass of [1, 2]) {
          const [start, end] = [joinable.starts[0]!, joinable.ends[0]!];
          const places = Array.from({ length: end - start }, (_, i) => start + i);
          const joined = places.filter((place) => {
            const shared = (all.joined.indices[place]! >>> 29) & kind;
            return shared !== 0 && (pass === 1) === ((shared & STRAIGHT) !== 0);
          });
          expect(block(joinable, blockOf(pass, (kind << 29) >>> 0))).toEqual(joined);
        }
    }),
  );
});

test("where there are no kinds it is joined with all", () => {
  const all = new JoinableFeatures(false, null);
  all.joined.push(1, 1);
  all.joinable();
  all.joined.push(2 ** 32 - 1, 1);
  all.joined.push(0, 1);
  const joinable = all.joinable();
  expect(block(joinable, blockOf(0, 5))).toEqual([1, 2]);
  expect(sizeOf(joinable, 0)).toBe(2);
});

test("what was cleared leaves nothing behind", () => {
  const all = new JoinableFeatures(true, null);
  for (const buffer of [all.joined, all.linear, all.fine]) buffer.push(2 ** 29, 1);
  all.joinable();
  all.clear();
  const { starts, ends, blocks } = all.joinable();
  expect([starts, ends, blocks]).toEqual([
    [0, 0, 0],
    [0, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
});
