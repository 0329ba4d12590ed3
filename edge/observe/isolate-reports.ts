import type { Env } from "../env.ts";
import { type CountedSeries, Counts } from "./counts.ts";
import { REPORT_INTERVAL, REPORT_LINE_INTERVAL, REPORT_PATIENCE } from "./limits.ts";
import type { IsolateReport, Serving } from "./messages.ts";
import { errorFields, writeOutput } from "./output.ts";

/** What this isolate counts. */
export const counts = new Counts();

/** This isolate's name in its reports; drawn at its first report, since no randomness is to be had before a request. */
let isolate: string | null = null;
let number = 0;
/** The report that the observer may not have: it is sent again as it was, and taken once. */
let pending: { number: number; series: CountedSeries[] } | null = null;
let reportedAt = 0;
/** Who is about it, and since when: a request that ends takes its report with it. */
let sending: { at: number } | null = null;
let saidAt = 0;

const isUnderWay = (now: number): boolean => sending !== null && Math.abs(now - sending.at) < REPORT_PATIENCE;

/** Whether this isolate is to report what it has counted. A clock that was put back makes no pause. */
export const isReportDue = (now: number): boolean => Math.abs(now - reportedAt) >= REPORT_INTERVAL && !isUnderWay(now);

/** Reports what this isolate has counted, unless another request is about it. Never throws: what could not be told is told next time. */
export async function reportCounts(env: Env, serving: Serving): Promise<void> {
  const now = Date.now();
  if (isUnderWay(now)) return;
  const own = { at: now };
  sending = own;
  reportedAt = now;
  isolate ??= crypto.randomUUID();
  try {
    if (pending) await send(env, { isolate, ...pending, serving });
    // It took so long that another request went on with it.
    if (sending !== own) return;
    pending = { number: ++number, series: counts.take() };
    await send(env, { isolate, ...pending, serving });
  } catch (error) {
    if (Math.abs(now - saidAt) < REPORT_LINE_INTERVAL) return;
    saidAt = now;
    writeOutput("warn", "what this isolate has counted is not taken, and is told again", errorFields(error));
  } finally {
    if (sending === own) sending = null;
  }
}

async function send(env: Env, report: IsolateReport): Promise<void> {
  await env.OBSERVER.getByName("observer").report(report);
  if (pending?.number === report.number) pending = null;
}
