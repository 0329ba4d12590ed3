import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { squareCb } from "./policies.ts";

type Options = Parameters<typeof squareCb>[0];
const distribution = (options: Options, scores: number[], examples: number, rewardRange = 1) => [
  ...squareCb.distribution(squareCb(options), { scores }, { examples, rewardRange }),
];

describe("SquareCB", () => {
  test("gives 1 / (K + gamma gap) to all but the best", () => {
    expect(distribution({ gamma: 8, exponent: 0 }, [0.5, 1, 0], 7)).toEqual([1 / 7, 1 - 1 / 7 - 1 / 11, 1 / 11]);
  });

  test("gets greedier with the square root of the examples", () => {
    const options = { gamma: 2, exponent: 0.5 };
    expect(distribution(options, [0, 1], 0)[0]).toBe(0.5);
    expect(distribution(options, [0, 1], 25)[0]).toBe(1 / 12);
  });

  test("never stops exploring", () => {
    expect(distribution({ gamma: 0.5, exponent: 1 }, [0, 1], 1e9)[0]).toBe(1 / 25_002);
  });

  test("tries of many actions together no more than of ten", () => {
    const scores = (count: number) => Array.from({ length: count }, (_, i) => Number(i === 0));
    const best = (count: number) => distribution({}, scores(count), 100)[0]!;
    expect(1 - best(10)).toBeCloseTo(9 / 60, 12);
    expect(1 - best(1000)).toBeCloseTo(999 / 6000, 12);
  });

  test("takes any exponent", () => {
    expect(distribution({ gamma: 2, exponent: 0.25 }, [0, 1], 0)[0]).toBe(0.5);
    expect(distribution({ gamma: 2, exponent: 0.25 }, [0, 1], 16)[0]).toBeCloseTo(1 / 6, 14);
    expect(distribution({ gamma: 2, exponent: 1 }, [0, 1], 16)[0]).toBe(1 / 34);
    expect(distribution({ gamma: 2, exponent: 0 }, [0, 1], 16)[0]).toBe(1 / 4);
  });

  test("is the same whatever unit rewards are counted in", () => {
    const options = { gamma: 10, exponent: 0.5 };
    const some = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(some, fc.nat(1e9), fc.constantFrom(2 ** -20, 0.5, 32), (scores, examples, unit) => {
        const inUnits = scores.map((x) => x * unit);
        expect(distribution(options, inUnits, examples, unit)).toEqual(distribution(options, scores, examples));
      }),
    );
  });

  test("shares among those tied with the best what the others leave", () => {
    const options = { gamma: 8, exponent: 0 };
    expect(distribution(options, [1, 0, 1], 0)).toEqual([(1 - 1 / 11) / 2, 1 / 11, (1 - 1 / 11) / 2]);
  });

  describe("where it is known what scores may be wrong by", () => {
    const withWidths = (scores: number[], widths: number[], examples: number, rewardRange = 1) => [
      ...squareCb.distribution(squareCb(), { scores, widths }, { examples, rewardRange }),
    ];

    test("goes half by what actions may be worth, and half by their scores, by gaps that count twice as much", () => {
      // .5 + .4 / 2 = .7 and .6 + 0: gaps of .1 both ways, at gamma 2 * .5 * 1,000, and half each.
      expect(withWidths([0.5, 0.6], [0.4, 0], 1000)[0]).toBeCloseTo(0.5, 12);
      // .5 + .6 / 2 = .8: a gap of .2.
      const [first, second] = withWidths([0.5, 0.6], [0.6, 0], 1000);
      expect(second).toBeCloseTo((1 / (2 + 1000 * 0.2) + 1 - 1 / (2 + 1000 * 0.1)) / 2, 12);
      expect(first).toBeCloseTo(1 - second!, 12);
    });

    test("is the same whatever unit rewards are counted in", () => {
      const some = fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(1000)), {
        minLength: 1,
        maxLength: 50,
      });
      fc.assert(
        fc.property(some, fc.nat(1e9), fc.constantFrom(2 ** -20, 0.5, 32), (actions, examples, unit) => {
          const widths = actions.map(([, width]) => width);
          const scores = actions.map(([score]) => score);
          expect(
            withWidths(
              scores.map((x) => x * unit),
              widths,
              examples,
              unit,
            ),
          ).toEqual(withWidths(scores, widths, examples));
        }),
      );
    });

    test("is a distribution, also before anything was learned and where a width is infinite", () => {
      for (const widths of [
        [1, 2, 3],
        [0, 0, 0],
        [0, Number.POSITIVE_INFINITY, 1],
      ])
        for (const examples of [0, 1, 1e9]) {
          const p = withWidths([0.1, 0.2, 0.3], widths, examples);
          expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
          for (const x of p) expect(x).toBeGreaterThanOrEqual(0);
        }
    });
  });
});
