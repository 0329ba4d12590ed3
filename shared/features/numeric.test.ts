import fc from "fast-check";
import { expect, test } from "vitest";
import { FeatureBuffer } from "./featurebuffer.ts";
import { pushCoarse, pushFine, pushLinear } from "./numeric.ts";

const INDEX = 123456789;
const number = fc.oneof(
  fc.double({ noNaN: true, min: -(2 ** 127), max: 2 ** 127 }),
  fc.double({ noNaN: true, min: -2, max: 2 }),
  fc.integer({ min: -2000, max: 2000 }),
);

type Push = (index: number, x: number, into: FeatureBuffer) => void;
function pushed(push: Push, x: number): [number, number][] {
  const buffer = new FeatureBuffer(1);
  push(INDEX, x, buffer);
  return Array.from({ length: buffer.length }, (_, i) => [buffer.indices[i]!, buffer.values[i]!]);
}
const coarse = (x: number) => new Map(pushed(pushCoarse, x));

test("a number shares 1 between one or two coarse features, and between those of each finer scale", () => {
  fc.assert(
    fc.property(number, (x) => {
      const features = pushed(pushCoarse, x);
      expect(features.length).toBeGreaterThanOrEqual(1);
      expect(features.length).toBeLessThanOrEqual(2);
      expect(features.reduce((sum, [, value]) => sum + value, 0)).toBe(1);
      const fine = pushed(pushFine, x);
      expect(fine.reduce((sum, [, value]) => sum + value, 0)).toBe(x === 0 ? 0 : Math.abs(x) <= 1 ? 2 : 1);
      for (const [, value] of [...features, ...fine]) {
        expect(value).toBeGreaterThanOrEqual(1 / 32);
        expect(value).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 2000 },
  );
});

test("the knots of the coarse scale are at 0.5, 1, 7, 31 and 127, and 0 is a category of its own", () => {
  for (const knot of [0.5, 1, 7, 31, 127, -0.5, -1, -7]) expect(pushed(pushCoarse, knot)).toHaveLength(1);
  const indices = [0, 1e-9, 0.5, 1, 7, 31, -1e-9, -0.5, -1, -7].flatMap((x) => [...coarse(x).keys()]);
  expect(new Set(indices).size).toBe(10);
  expect([...coarse(0.75).values()]).toEqual([0.5, 0.5]);
  expect([...coarse(0.75).keys()]).toEqual([...coarse(0.5).keys(), ...coarse(1).keys()]);
  // Halfway from 2^1 to 2^3 on the logarithmic scale of 1 + x.
  expect([...coarse(3).values()]).toEqual([0.5, 0.5]);
});

test("next to a knot a number has that knot's coarse feature alone", () => {
  for (const x of [0.42, 0.58]) expect([...coarse(x)]).toEqual([...coarse(0.5)]);
  for (const x of [0.4, 0.6]) expect(coarse(x).size).toBe(2);
});

test("numbers that are close have features that are close", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 0.01, max: 1e6 }), (x) => {
      const [a, b] = [coarse(x), coarse(x * 1.01)];
      let distance = 0;
      for (const index of new Set([...a.keys(), ...b.keys()]))
        distance += Math.abs((a.get(index) ?? 0) - (b.get(index) ?? 0));
      expect(distance).toBeLessThanOrEqual(6 / 32);
    }),
  );
});

test("the linear features are the number and its logarithm, none for 0", () => {
  expect(pushed(pushLinear, 0)).toEqual([]);
  const [plain, logarithm] = pushed(pushLinear, -Math.E + 1);
  expect(plain).toEqual([INDEX, 1 - Math.E]);
  expect(logarithm![1]).toBeCloseTo(-1, 14);
  // Too small for 1 + x to tell.
  expect(pushed(pushLinear, 1e-20)).toEqual([[INDEX, 1e-20]]);
});

test("indices do not collide: 2,000 numbers of both signs on all scales", () => {
  const seen = new Map<number, Set<string>>();
  for (let i = 0; i < 2000; i++) {
    const x = (i % 2 ? -1 : 1) * 10 ** (i / 50 - 20);
    for (const [name, push] of Object.entries({ pushCoarse, pushFine, pushLinear }))
      for (const [index] of pushed(push, x)) {
        const names = seen.get(index) ?? new Set();
        seen.set(index, names.add(name));
      }
  }
  for (const names of seen.values()) expect(names.size).toBe(1);
  expect(seen.size).toBeGreaterThan(500);
});

test("is the same everywhere", () => {
  expect([...pushed(pushCoarse, 42), ...pushed(pushFine, -0.07)]).toMatchInlineSnapshot(`
    [
      [
        1243530962,
        0.921875,
      ],
      [
        1404027543,
        0.078125,
      ],
      [
        1176603118,
        0.625,
      ],
      [
        1249269213,
        0.375,
      ],
      [
        1443992017,
        0.84375,
      ],
      [
        1408010472,
        0.15625,
      ],
    ]
  `);
});
