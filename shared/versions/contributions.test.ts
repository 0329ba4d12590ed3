import { describe, expect, test } from "vitest";
import { ByteReader } from "../artifact/byte-reader.ts";
import { ByteWriter } from "../artifact/byte-writer.ts";
import { CALL, issuedTo, LOCAL, UNKNOWN } from "../contract/issued-session.ts";
import { SESSION_DAYS } from "../contract/limits.ts";
import { PER_HOUR } from "../contract/per-hour.ts";
import type { PerHourSpec } from "../contract/spec.ts";
import { unsignedSession } from "../contract/unsigned-session.ts";
import { type Bound, Contributions } from "./contributions.ts";
import { FrequentKeys } from "./frequent-keys.ts";

const HOUR = 3_600_000;
const at = Date.UTC(2026, 10, 29, 12);

/** The n-th session that was issued to somebody. */
const session = (n: number, to = UNKNOWN): string => unsignedSession(n, at, to);

/** Learns as many as it may of some. @returns how many that were, and what each of the others was over. */
function learn(
  contributions: Contributions,
  n: number,
  of: (i: number) => { session: string; unit?: string; receivedAt?: number },
): { learned: number } & Partial<Record<Bound, number>> {
  const result: { learned: number } & Partial<Record<Bound, number>> = { learned: 0 };
  for (let i = 0; i < n; i++) {
    const { session: own, unit = `unit ${i}`, receivedAt = at } = of(i);
    const decision = { id: `${own}.${i}`, unit, receivedAt };
    const over = contributions.over(decision);
    if (over === null) {
      contributions.add(decision);
      result.learned++;
    } else result[over] = (result[over] ?? 0) + 1;
  }
  return result;
}

/** Without what the fullness of the hour takes from each. */
const wide = (perHour: PerHourSpec) => new Contributions({ all: null, ...perHour });

describe("of an hour are learned at most so many", () => {
  test("of a session, of whatever units", () => {
    const one = session(1);
    expect(learn(wide({}), 1000, () => ({ session: one }))).toEqual({ learned: 200, session: 800 });
    expect(learn(wide({ session: 7 }), 10, () => ({ session: one }))).toEqual({ learned: 7, session: 3 });
    expect(learn(wide({ session: null }), 1000, () => ({ session: one }))).toEqual({ learned: 1000 });
  });

  test("of a unit, in whatever sessions", () => {
    const of = (i: number) => ({ session: session(i), unit: "one" });
    expect(learn(wide({}), 1000, of)).toEqual({ learned: 400, unit: 600 });
  });

  test("of a network, in whatever sessions and for whatever units; not of those that are in none", () => {
    expect(learn(wide({}), 5000, (i) => ({ session: session(i, 7) }))).toEqual({ learned: 4000, network: 1000 });
    expect(learn(wide({}), 5000, (i) => ({ session: session(i, 7 + (i % 2)) }))).toEqual({ learned: 5000 });
    expect(learn(wide({}), 5000, (i) => ({ session: session(i, UNKNOWN) }))).toEqual({ learned: 5000 });
  });

  test("of all, and three times the busiest hour before", () => {
    const contributions = new Contributions({ all: 100 });
    const of = (hour: number) => (i: number) => ({ session: session(i), receivedAt: at + hour * HOUR });
    for (const [hour, learned] of [
      [0, 100],
      [1, 300],
      [2, 900],
      [8, 2700],
      // By now the counters of the first hours are gone, and what the busiest was is not.
      [9, 8100],
    ] as const)
      expect(learn(contributions, 10_000, of(hour))).toEqual({ learned, all: 10_000 - learned });
  });

  test("and the next hour as many again; hours may come mixed", () => {
    const one = session(1);
    const of = (i: number) => ({ session: one, receivedAt: at + (i % 3) * HOUR });
    expect(learn(wide({}), 900, of)).toEqual({ learned: 600, session: 300 });
  });
});

test("whoever goes round the hours of a day has no more of each than its bounds, as often as he comes back", () => {
  const contributions = wide({});
  const one = session(1);
  const round = (i: number) => ({ session: one, unit: "one", receivedAt: at + (i % 26) * HOUR });
  expect(learn(contributions, 26 * 200, round)).toEqual({ learned: 26 * 200 });
  expect(learn(contributions, 26 * 300, round)).toEqual({ learned: 0, session: 26 * 300 });
  // Beside many others, of which each has little, what he may have more is little, too.
  const crowded = new Contributions();
  let his = 0;
  for (let turn = 0; turn < 26 * 40; turn++) {
    const receivedAt = at + (turn % 26) * HOUR;
    learn(crowded, 50, (i) => ({ session: session(2 + 50 * turn + i), unit: `unit ${50 * turn + i}`, receivedAt }));
    his += learn(crowded, 50, (i) => ({ session: one, unit: `his ${50 * turn + i}`, receivedAt })).learned;
  }
  expect(his).toBeLessThanOrEqual(26 * (200 + 2));
});

test("many sessions that come at once leave to others what these need: N of them have at most N S / (1 + N S / H)", () => {
  const H = PER_HOUR.all;
  for (const [N, S] of [
    [100, PER_HOUR.session],
    [1000, PER_HOUR.session],
    [10_000, 20],
  ] as const) {
    const contributions = new Contributions({ session: S });
    const { learned } = learn(contributions, N * S, (i) => ({ session: session(i % N) }));
    const bound = (N * S) / (1 + (N * S) / H);
    // To one example of each.
    expect(learned).toBeGreaterThanOrEqual(bound - N);
    expect(learned).toBeLessThanOrEqual(bound + N);
    // Whoever comes now may still have some, up to what is left.
    const honest = learn(contributions, 1000, (i) => ({ session: session(1e6 + i) }));
    expect(honest).toEqual({ learned: 1000 });
  }
});

test("a session is bounded for as long as a door may have taken it, also when the log's time is the next day, or days apart", () => {
  const DAY = 24 * HOUR;
  const issued = Date.UTC(2026, 10, 29);
  const bounds = { session: 1, unit: 1, network: 1, all: 1 };
  const lastMoment = issued + (SESSION_DAYS + 1) * DAY - 1;
  expect(issuedTo(unsignedSession(0, issued, 7), lastMoment)).toBe(7);
  expect(issuedTo(unsignedSession(0, issued, 7), lastMoment + 1)).toBe(null);
  // At the door's last moment, the moment after, and by a log that a clock has put days ahead, or that is behind the door's clock.
  for (const receivedAt of [lastMoment, lastMoment + 1, lastMoment + 10 * DAY, lastMoment + 30 * DAY, issued - 3 * DAY])
    for (const to of [7, UNKNOWN]) {
      const contributions = new Contributions(bounds);
      const of = (i: number) => ({ session: unsignedSession(i, issued, to), receivedAt });
      expect(learn(contributions, 10, of), `${receivedAt - issued}`).toEqual({ learned: 1, all: 9 });
    }
});

test("what no stranger can have sent is not counted: other ids, and sessions of calls and of this machine", () => {
  const contributions = new Contributions({ session: 1, unit: 1, network: 1, all: 1 });
  for (const own of ["order-1001", "visit-7", "a".repeat(40), session(1, CALL), session(2, LOCAL)])
    expect(learn(contributions, 100, () => ({ session: own, unit: "all" }))).toEqual({ learned: 100 });
  expect(learn(contributions, 5, (i) => ({ session: session(i) }))).toEqual({ learned: 1, all: 4 });
});

test("goes on bit for bit from what it wrote, and reads nothing else", () => {
  const contributions = new Contributions({ session: 20, network: 300 });
  const of = (i: number) => ({
    session: session(i % 5000, 2 + (i % 40)),
    unit: `unit ${i % 700}`,
    receivedAt: at + Math.floor(i / 2000) * HOUR,
  });
  learn(contributions, 12_000, of);
  const restored = new Contributions({ session: 20, network: 300 });
  restored.read(contributions.state());
  expect(restored.state()).toEqual(contributions.state());
  const more = (i: number) => of(i + 9000);
  expect(learn(restored, 8000, more)).toEqual(learn(contributions, 8000, more));
  expect(restored.state()).toEqual(contributions.state());
  for (const bytes of [new Uint8Array(), contributions.state().slice(0, -1), new Uint8Array(50).fill(7)])
    expect(() => new Contributions().read(bytes)).toThrow();
});

test("counters are bounded: a count is never too high, and too low by at most n / counters", () => {
  const keys = new FrequentKeys(50);
  const exact = new Map<number, number>();
  const n = 20_000;
  for (let i = 0; i < n; i++) {
    // Every fourth is of one key, the rest are of thousands.
    const key = i % 4 === 0 ? 1 : 2 + ((i * 7919) % 5003);
    keys.add(key);
    exact.set(key, (exact.get(key) ?? 0) + 1);
    if (i % 997 === 0)
      for (const [each, count] of exact) {
        expect(keys.of(each)).toBeLessThanOrEqual(count);
        expect(keys.of(each)).toBeGreaterThanOrEqual(count - i / 50);
      }
  }
  expect(keys.of(1)).toBeGreaterThan(n / 4 - n / 50);
  const writer = new ByteWriter();
  keys.write(writer);
  expect(writer.length).toBeLessThanOrEqual(50 * 11 + 1);
});

test("more counters than there may be are not read, and all of them fit into a row", () => {
  const writer = new ByteWriter();
  const keys = new FrequentKeys(3);
  for (let i = 0; i < 3; i++) keys.add(i);
  keys.write(writer);
  expect(() => new FrequentKeys(2).read(new ByteReader(writer.finish(), "counters"))).toThrow("more than 2");
  const contributions = wide({});
  for (let hour = 0; hour < 40; hour++)
    // Some come once more than the rest, so that there is something left of them.
    learn(contributions, 16_384 + 1024, (i) => ({
      ...{ session: session(i % 16_384, 2 + (i % 8192)), unit: `unit ${i % 8192}` },
      receivedAt: at + hour * HOUR,
    }));
  expect(contributions.state().length).toBeLessThan(2_000_000);
  expect(contributions.state().length).toBeGreaterThan(1_000_000);
});
