import type { CountedSeries } from "./counts.ts";

/** What isolates say to the observer, and what it answers. There is one, named `observer`. */

/** By which directory an isolate goes, and what it has loaded. */
export type Serving = { directory: number; versions: { model: string; version: number; snapshot: number }[] };

/** What an isolate has counted since its report before. `number`: from 1; said again, it is the same report. */
export type IsolateReport = { isolate: string; number: number; series: CountedSeries[]; serving: Serving };

export type Observed = {
  series: CountedSeries[];
  /** Of isolates that reported a moment ago. */
  serving: Serving[];
  /** How many series were not added because there are too many. */
  leftOut: number;
  /** ms since the epoch. */
  startedAt: number;
  storageBytes: number;
};

export interface ObserverCalls extends Rpc.DurableObjectBranded {
  /** Adds what an isolate has counted, once; resolves when that is durable. */
  report(report: IsolateReport): void;
  observed(): Observed;
}
