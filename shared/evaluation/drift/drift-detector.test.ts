import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../conformance/random.ts";
import { riverStream } from "../../../conformance/river-stream.ts";
import { Adwin } from "./adwin.ts";
import type { DriftDetector } from "./drift-detector.ts";
import { Kswin } from "./kswin.ts";
import { PageHinkley } from "./page-hinkley.ts";

const firstAlarm = (detector: DriftDetector, stream: readonly number[]) => stream.findIndex((x) => detector.update(x));
const uniform = (seed: number, length: number, shift = 0) => {
  const random = seededRandom(seed);
  return Array.from({ length }, () => shift + random());
};

describe("on the stream of River's documentation", () => {
  test("which is what its comment says", () => {
    expect(riverStream.length).toBe(2000);
    expect(riverStream.slice(0, 1000).every((x) => x === 0 || x === 1)).toBe(true);
    expect(riverStream.slice(1000).every((x) => x >= 4 && x <= 7)).toBe(true);
  });

  test("Page-Hinkley's first alarm is at 1006", () => {
    expect(firstAlarm(new PageHinkley(), riverStream)).toBe(1006);
  });

  test("ADWIN's first alarm is at 1023", () => {
    expect(firstAlarm(new Adwin(), riverStream)).toBe(1023);
  });

  test.each([1, 2, 3, 4, 5])("KSWIN's first alarm is close to 1016, with seed %d", (seed) => {
    const alarm = firstAlarm(new Kswin({ alpha: 0.0001, random: seededRandom(seed) }), riverStream);
    expect(Math.abs(alarm - 1016)).toBeLessThanOrEqual(3);
  });
});

const detectors: Record<string, (seed: number) => DriftDetector> = {
  "Page-Hinkley": () => new PageHinkley(),
  ADWIN: () => new Adwin(),
  // It tests at every value: the level is for all of the stream.
  KSWIN: (seed) => new Kswin({ alpha: 1e-6, random: seededRandom(seed) }),
};

describe.each(Object.entries(detectors))("%s", (_, create) => {
  test("raises no alarm while nothing changes", () => {
    for (let seed = 0; seed < 10; seed++) expect(firstAlarm(create(seed), uniform(seed, 3000))).toBe(-1);
  });

  test.each([2, -2])("raises an alarm within 64 values after a shift by %d", (shift) => {
    for (let seed = 0; seed < 10; seed++) {
      const alarm = firstAlarm(create(seed), [...uniform(seed, 1000), ...uniform(seed + 100, 200, shift)]);
      expect(alarm).toBeGreaterThanOrEqual(1000);
      expect(alarm).toBeLessThan(1064);
    }
  });

  test("takes the new level for normal after an alarm, and sees the next shift", () => {
    const detector = create(1);
    const stream = [...uniform(1, 1000), ...uniform(2, 1000, 2), ...uniform(3, 1000, 4)];
    const alarms = stream.flatMap((x, i) => (detector.update(x) ? [i] : []));
    expect(detector.alarms).toBe(alarms.length);
    expect(detector.count).toBe(3000);
    for (const shift of [1000, 2000]) expect(alarms.some((i) => i >= shift && i < shift + 64)).toBe(true);
    expect(alarms.every((i) => i % 1000 < 200 && i >= 1000)).toBe(true);
  });

  test("is as new after reset", () => {
    const used = create(1);
    for (const x of [...uniform(1, 500), ...uniform(2, 300, 3)]) used.update(x);
    used.reset();
    expect([used.count, used.alarms]).toEqual([0, 0]);
    const stream = [...uniform(4, 400), ...uniform(5, 200, 3)];
    // KSWIN goes on in its random numbers: its alarm may differ by a few values.
    expect(Math.abs(firstAlarm(used, stream) - firstAlarm(create(1), stream))).toBeLessThanOrEqual(2);
  });

  test("remembers little, however long the stream", () => {
    const detector = create(1);
    let largest = 0;
    for (const x of uniform(7, 20_000)) {
      detector.update(x);
      largest = Math.max(largest, detector.size);
    }
    expect(largest).toBeLessThanOrEqual(300);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses %d and is as before", (bad) => {
    const detector = create(1);
    detector.update(1);
    expect(() => detector.update(bad)).toThrow(RangeError);
    expect(detector.count).toBe(1);
  });
});

test("ADWIN's mean is that of the latest values, as many as its window has", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 300 }), (stream) => {
      const adwin = new Adwin();
      for (const x of stream) adwin.update(x);
      const window = stream.slice(stream.length - adwin.width);
      expect(adwin.mean).toBeCloseTo(window.reduce((sum, x) => sum + x, 0) / window.length, 9);
    }),
  );
});

test("Page-Hinkley looks one way when told so", () => {
  const up = [...uniform(1, 500), ...uniform(2, 500, 2)];
  const down = up.map((x) => -x);
  const alarms = (mode: "up" | "down", stream: readonly number[]) => firstAlarm(new PageHinkley({ mode }), stream);
  expect(alarms("up", up)).toBeGreaterThanOrEqual(500);
  expect(alarms("down", up)).toBe(-1);
  expect(alarms("down", down)).toBe(alarms("up", up));
  expect(alarms("up", down)).toBe(-1);
});

test("KSWIN sees a change of spread that leaves the mean", () => {
  const stream = [...uniform(1, 500), ...uniform(2, 500).map((x) => (x < 0.5 ? x - 3 : x + 3))];
  const alarm = firstAlarm(new Kswin({ alpha: 1e-3, random: seededRandom(1) }), stream);
  expect(alarm).toBeGreaterThanOrEqual(500);
  expect(alarm).toBeLessThan(580);
});

test.each([
  () => new Adwin({ delta: 0 }),
  () => new Adwin({ clock: 0 }),
  () => new Adwin({ maxBuckets: 1 }),
  () => new PageHinkley({ threshold: 0 }),
  () => new PageHinkley({ delta: -1 }),
  () => new PageHinkley({ alpha: 1.1 }),
  () => new Kswin({ alpha: 1, random: seededRandom(1) }),
  () => new Kswin({ windowSize: 59, random: seededRandom(1) }),
  () => new Kswin({ statSize: 0, random: seededRandom(1) }),
])("options out of range are refused: %s", (create) => {
  expect(create).toThrow(RangeError);
});
