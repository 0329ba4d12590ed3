import "../shared/heads/all-heads.ts";
import fc from "fast-check";
import type { Beside, SnapshotData } from "../shared/artifact/snapshot.ts";
import { headKind, headNumbers } from "../shared/heads/heads.ts";

/** Random snapshots of every head, for tests of what is written and read. */

type Touched = [index: number, weight: number][];

const touched = fc.array(fc.tuple(fc.nat(), fc.float({ noNaN: true, noDefaultInfinity: true })), { maxLength: 100 });

const shape = fc.record({
  model: fc.constantFrom("home-hero", "intent", "séance 映画"),
  version: fc.integer({ min: 1, max: 1e9 }),
  bits: fc.integer({ min: 8, max: 12 }),
  link: fc.constantFrom("identity" as const, "logistic" as const),
  head: fc.constantFrom(null, ...headNumbers()),
  few: fc.integer({ min: 1, max: 4 }),
});

const learned = fc.record({
  number: fc.nat(1e9),
  examples: fc.nat(),
  touched,
  much: fc.double({ noNaN: true, min: 0, max: 1e6 }),
  rewardRange: fc.option(fc.double({ noNaN: true, min: 1e-300, max: 1e15 })),
});

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;
type Learned = typeof learned extends fc.Arbitrary<infer T> ? T : never;

function snapshotOf(shape: Shape, { touched, much, rewardRange, ...rest }: Learned): SnapshotData {
  const { head, few, ...header } = shape;
  const size = 2 ** header.bits;
  // Every table has other numbers, of other indices. A weight of -0 scores as 0 does, and a snapshot does not keep it.
  const table = (each: number, nth: number) => {
    const values = new Float32Array(each * size);
    for (const [index, weight] of touched) values[(index + 7 * nth) % values.length] = weight + 0;
    return values;
  };
  const beside = ({ tag, whole }: NonNullable<typeof head>): Beside => {
    const number = whole ? few : much;
    const tables = headKind(tag).tables(number);
    return {
      tag,
      number,
      tables: tables.map(({ each = 1, ranges }, k) => (ranges ? table(each, 1 + k).map(Math.abs) : table(each, 1 + k))),
    };
  };
  return {
    ...header,
    ...rest,
    weights: table(1, 0),
    ...(head && { beside: beside(head) }),
    ...(rewardRange !== null && { rewardRange }),
  };
}

export const arbitrarySnapshot: fc.Arbitrary<SnapshotData> = fc
  .tuple(shape, learned)
  .map(([shape, learned]) => snapshotOf(shape, learned));

/** Two of one version, the second of which learned more: most numbers are those of the first. */
export const arbitrarySnapshots: fc.Arbitrary<[SnapshotData, SnapshotData]> = fc
  .tuple(shape, learned, learned)
  .map(([shape, first, second]) => {
    const kept: Touched = first.touched;
    return [
      snapshotOf(shape, first),
      snapshotOf(shape, { ...second, touched: [...kept, ...second.touched.slice(0, 9)] }),
    ];
  });
