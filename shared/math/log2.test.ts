import fc from "fast-check";
import { expect, test } from "vitest";
import { log2 } from "./log2.ts";

test("is exact for powers of two", () => {
  for (let n = -1074; n <= 1023; n++) expect(log2(2 ** n)).toBe(n);
});

test("agrees with the engine's own", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: 5e-324 }), (x) => {
      fc.pre(Number.isFinite(x));
      expect(log2(x)).toBeCloseTo(Math.log2(x), 12);
    }),
    { numRuns: 1000 },
  );
});
