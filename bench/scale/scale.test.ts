import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seededRandom } from "../../conformance/random.ts";
import { type Amounts, billOf } from "./bill.ts";
import { Events, Thread } from "./events.ts";
import { TIMES } from "./measured.ts";
import { LIMITS, PRICES, READ_ON } from "./platform.ts";
import { simulate } from "./simulate.ts";

const doc = readFileSync(join(import.meta.dirname, "../../docs/scale.md"), "utf8");
const NOTHING = Object.fromEntries(Object.keys(PRICES).map((name) => [name, 0])) as Amounts;

test("a thread that work comes to at random keeps it waiting as Pollaczek and Khinchine say", () => {
  const random = seededRandom(1);
  for (const share of [0.3, 0.7]) {
    const events = new Events();
    const thread = new Thread(events);
    const ms = 2;
    const waits: number[] = [];
    const comes = () => {
      const at = events.now;
      thread.work(ms, () => waits.push(events.now - at - ms));
      events.after((-ms / share) * Math.log(1 - random()), comes);
    };
    comes();
    events.runUntil(400_000);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    // Of service that always takes the same: https://en.wikipedia.org/wiki/Pollaczek-Khinchine_formula
    expect(Math.abs(mean / ((share * ms) / (2 * (1 - share))) - 1), `${share}`).toBeLessThan(0.05);
    expect(Math.abs(thread.busy / 400_000 - share)).toBeLessThan(0.02);
  }
});

test("events of one time happen in the order in which they were said", () => {
  const events = new Events();
  const happened: number[] = [];
  for (let n = 0; n < 50; n++) events.after(n % 5, () => happened.push(n));
  events.runUntil(10);
  expect(happened).toEqual(Array.from({ length: 50 }, (_, i) => (i % 10) * 5 + Math.floor(i / 10)));
});

test("bills are those of the platform's own examples", () => {
  // https://developers.cloudflare.com/workers/platform/pricing/, example 1.
  expect(billOf({ ...NOTHING, workerRequests: 15e6, workerCpu: 105e6 }).total).toBeCloseTo(8, 6);
  // https://developers.cloudflare.com/durable-objects/platform/pricing/, example 3, which rounds up to whole millions.
  const { dollars } = billOf({ ...NOTHING, objectRequests: 12_960_100, objectDuration: 33_177_600 });
  expect([dollars.objectRequests, dollars.objectDuration].map((each) => Math.round(each))).toEqual([2, 410]);
  expect(billOf(NOTHING).total).toBe(5);
});

test("one seed is one outcome, what comes is done, and more than can be done grows", () => {
  const load = { decisions: 50, pages: 100, partitions: 4, channels: 1, threads: "own" } as const;
  const span = { warm: 5, counted: 20 };
  const calm = simulate(load, TIMES, span, seededRandom(7));
  expect(simulate(load, TIMES, span, seededRandom(7))).toEqual(calm);
  expect(calm.grows).toBe(false);
  expect(calm.batches * calm.batchItems).toBeGreaterThan(85);
  expect(calm.batches * calm.batchItems).toBeLessThan(115);
  expect(Math.abs(calm.busy.trainer / ((50 * TIMES.trainer.learn) / 1000) - 1)).toBeLessThan(0.2);
  // A publication waits a second at most, and is there after its write.
  expect(calm.published.p99).toBeLessThan(1000 + TIMES.platform.store + 500);
  expect(simulate({ ...load, decisions: 2000, pages: 20_000 }, TIMES, span, seededRandom(7)).grows).toBe(true);
});

test("docs/scale.md has every limit and price, with where and when it was read", () => {
  expect(doc).toContain(READ_ON);
  for (const { value, at } of Object.values(LIMITS)) {
    const row = doc
      .split("\n")
      .find((line) => line.startsWith("|") && line.includes(at) && line.includes(value.toLocaleString("en")));
    expect(row, `${value} at ${at}`).toBeDefined();
  }
  for (const { unit, at } of Object.values(PRICES)) {
    const row = doc.split("\n").find((line) => line.startsWith("|") && line.includes(unit) && line.includes(at));
    expect(row, unit).toBeDefined();
  }
});
