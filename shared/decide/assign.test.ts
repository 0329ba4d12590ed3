import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assign, bucketOf } from "./assign.ts";

const live = { version: 1, stage: "live", share: null } as const;
const canary = (share: number) => ({ version: 2, stage: "canary", share }) as const;
const units = Array.from({ length: 20_000 }, (_, n) => `unit-${n}`);

describe("assignment", () => {
  test("gives a canary its share of the units, and is the same every time", () => {
    const of = (share: number) => units.filter((unit) => assign("m", unit, [live, canary(share)])!.version === 2);
    for (const share of [0.01, 0.05, 0.3, 1]) {
      // Four standard deviations of a binomial; the units are fixed.
      const deviation = 4 * Math.sqrt(units.length * share * (1 - share));
      expect(Math.abs(of(share).length - share * units.length)).toBeLessThanOrEqual(deviation);
    }
    expect(of(0.05)).toEqual(of(0.05));
  });

  test("keeps the units of a share that grows", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.double({ min: 0.001, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (unit, a, b) => {
          const [small, large] = [Math.min(a, b), Math.max(a, b)];
          if (assign("m", unit, [live, canary(small)])!.version === 2)
            expect(assign("m", unit, [live, canary(large)])!.version).toBe(2);
        },
      ),
    );
  });

  test("divides the units of one model otherwise than those of another", () => {
    const both = units.filter((unit) => bucketOf("a", unit) < 0.5 && bucketOf("b", unit) < 0.5);
    expect(Math.abs(both.length / units.length - 0.25)).toBeLessThan(0.02);
  });

  test("never assigns to a shadow, nor to a version that retired", () => {
    const others = [
      { version: 3, stage: "shadow", share: null },
      { version: 4, stage: "retired", share: null },
    ] as const;
    for (const unit of units.slice(0, 100)) expect(assign("m", unit, [...others, live])).toBe(live);
    expect(assign("m", "u", others)).toBeNull();
  });
});
