import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { CountedSeries } from "./counts.ts";
import { REQUEST_DURATION, REQUESTS } from "./families.ts";
import type { IsolateReport } from "./messages.ts";
import type { Observer } from "./observer.ts";

const nothing = { directory: 0, versions: [] };
const observer = (name: string) => env.OBSERVER.getByName(name);

const requests = (n: number, status = "200"): CountedSeries => ({
  ...{ family: REQUESTS.name, values: ["GET", "/health", status] },
  n,
  histogram: null,
});
const report = (isolate: string, number: number, series: CountedSeries[]): IsolateReport => ({
  ...{ isolate, number, series },
  serving: nothing,
});
const sumOf = async (name: string) => (await observer(name).observed()).series.map(({ n }) => n);

test("adds up what isolates report, each report once, also over the object's end", async () => {
  await observer("a").report(report("one", 1, [requests(3)]));
  await observer("a").report(report("one", 1, [requests(3)]));
  await observer("a").report(report("two", 1, [requests(4)]));
  expect(await sumOf("a")).toEqual([7]);
  await evictDurableObject(observer("a"));
  // The answer was lost with the object, and the isolate tells it again.
  await observer("a").report(report("two", 1, [requests(4)]));
  await observer("a").report(report("two", 2, [requests(1)]));
  expect(await sumOf("a")).toEqual([8]);
});

test("a report that cannot be written counts nothing, and once when it is told again", async () => {
  await observer("b").report(report("one", 1, [requests(1)]));
  await runInDurableObject(observer("b"), (instance: Observer, { storage: { sql } }) => {
    sql.exec("ALTER TABLE totals RENAME TO away");
    expect(() => instance.report(report("one", 2, [requests(5)]))).toThrow("totals");
    sql.exec("ALTER TABLE away RENAME TO totals");
  });
  expect(await sumOf("b")).toEqual([1]);
  await observer("b").report(report("one", 2, [requests(5)]));
  expect(await sumOf("b")).toEqual([6]);
});

test("adds histograms bucket by bucket; another release's buckets begin anew", async () => {
  const timed = (counts: number[], sum: number): CountedSeries => ({
    ...{ family: REQUEST_DURATION.name, values: ["GET", "/health"], n: 0 },
    histogram: { counts, sum },
  });
  await observer("c").report(report("one", 1, [timed([1, 0, 2], 0.5)]));
  await observer("c").report(report("two", 1, [timed([0, 1, 1], 0.25)]));
  expect((await observer("c").observed()).series[0]!.histogram).toEqual({ counts: [1, 1, 3], sum: 0.75 });
  await observer("c").report(report("three", 1, [timed([1, 1], 1)]));
  expect((await observer("c").observed()).series[0]!.histogram).toEqual({ counts: [1, 1], sum: 1 });
});

test("series are bounded, and what has no room is told", async () => {
  const many = Array.from({ length: 4000 }, (_, i) => requests(1, String(i)));
  await observer("d").report(report("one", 1, many));
  const { series, leftOut } = await observer("d").observed();
  expect([series.length, leftOut]).toEqual([3000, 1000]);
});
