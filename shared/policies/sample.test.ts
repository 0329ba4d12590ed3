import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { draw, sample } from "./sample.ts";

const chiSquare = (observed: number[], expected: number[]): number =>
  observed.reduce((sum, o, i) => sum + (o - expected[i]!) ** 2 / expected[i]!, 0);

describe("draw", () => {
  test("is in [0, 1) and fixed by the id", () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        const u = draw(id);
        expect(u).toBeGreaterThanOrEqual(0);
        expect(u).toBeLessThan(1);
        expect(draw(id)).toBe(u);
      }),
    );
  });

  test("is the same everywhere", () => {
    expect(["s.0", "s.1", "ünï.7"].map(draw)).toEqual([0.07478325061695301, 0.3303120103707965, 0.7663706422876917]);
  });

  // 999 and 99 degrees of freedom; the bounds leave out one case in a thousand, and the ids are fixed.
  test.each(["session.", "8f14e45f-ceea-467f.", "v1."])("is uniform over the ids %s<n>", (prefix) => {
    const counts = Array<number>(1000).fill(0);
    const pairs = Array<number>(100).fill(0);
    let previous = 0;
    for (let n = 0; n < 100_000; n++) {
      const u = draw(`${prefix}${n}`);
      counts[Math.floor(u * 1000)]!++;
      pairs[10 * Math.floor(previous * 10) + Math.floor(u * 10)]!++;
      previous = u;
    }
    expect(
      chiSquare(
        counts,
        counts.map(() => 100),
      ),
    ).toBeLessThan(1143);
    expect(
      chiSquare(
        pairs,
        pairs.map(() => 1000),
      ),
    ).toBeLessThan(149);
  });

  test("is uniform over sessions at the same n, and in its low bits", () => {
    const counts = Array<number>(256).fill(0);
    const low = Array<number>(256).fill(0);
    for (let s = 0; s < 50_000; s++) {
      const u = draw(`session${s}.0`);
      counts[Math.floor(u * 256)]!++;
      low[(u * 2 ** 53) % 256]!++;
    }
    // 255 degrees of freedom.
    expect(
      chiSquare(
        counts,
        counts.map(() => 50_000 / 256),
      ),
    ).toBeLessThan(331);
    expect(
      chiSquare(
        low,
        low.map(() => 50_000 / 256),
      ),
    ).toBeLessThan(331);
  });
});

describe("sample", () => {
  test("never takes an action of probability 0", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.constantFrom(0, 0.1, 0.5), { minLength: 1, maxLength: 9 }), (id, p) => {
        fc.pre(p.some((x) => x > 0));
        expect(p[sample(id, p)]).toBeGreaterThan(0);
      }),
    );
  });

  test("takes actions as often as the distribution says", () => {
    const p = [0.5, 0, 0.2, 0.05, 0.25];
    const counts = p.map(() => 0);
    for (let n = 0; n < 20_000; n++) counts[sample(`session.${n}`, p)]!++;
    const possible = p.flatMap((x, i) => (x > 0 ? [i] : []));
    // 3 degrees of freedom.
    const statistic = chiSquare(
      possible.map((i) => counts[i]!),
      possible.map((i) => 20_000 * p[i]!),
    );
    expect(statistic).toBeLessThan(16.3);
    expect(counts[1]).toBe(0);
  });

  test("takes the last possible action when rounding leaves the sum short", () => {
    expect(sample("s.1", [1e-300, 1e-300, 0])).toBe(1);
  });

  test("refuses a distribution without any", () => {
    expect(() => sample("s.1", [0, 0])).toThrow("no action has a probability above 0");
    expect(() => sample("s.1", [])).toThrow("no action has a probability above 0");
  });
});
