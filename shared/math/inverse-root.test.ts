import { expect, test } from "vitest";
import { approximateInverseRoot } from "./inverse-root.ts";

const word = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0]!;

test("is what Intel's processors give", () => {
  expect(word(approximateInverseRoot(1))).toBe(0x3f7ff000);
  expect(word(approximateInverseRoot(2))).toBe(0x3f34f800);
  expect(word(approximateInverseRoot(4))).toBe(0x3efff000);
  // The same all through a part of an octave.
  expect(approximateInverseRoot(1 + 1023 * 2 ** -20)).toBe(approximateInverseRoot(1));
  expect(approximateInverseRoot(1 + 1024 * 2 ** -20)).not.toBe(approximateInverseRoot(1));
});

test("errs by less than 1.5 * 2^-12, whatever the size", () => {
  let worst = 0;
  for (let x = 2 ** -126; x < 2 ** 127; x *= 1.0123) {
    const rounded = Math.fround(x);
    worst = Math.max(worst, Math.abs(approximateInverseRoot(rounded) * Math.sqrt(rounded) - 1));
  }
  expect(worst).toBeLessThan(1.5 * 2 ** -12);
  expect(worst).toBeGreaterThan(2 ** -12);
});

test("takes numbers under the least normal one as they are", () => {
  const tiny = 2 ** -140;
  expect(approximateInverseRoot(tiny)).toBe(2 ** 70);
});
