import { REFRESH_INTERVAL } from "../../edge/intake/limits.ts";
import { REPORT_INTERVAL } from "../../edge/observe/limits.ts";
import { POINTER_INTERVAL } from "../../edge/training/limits.ts";
import { ASSUMED, SIZES, TIMES } from "./measured.ts";
import { OBJECT_MEMORY_GB, PRICES } from "./platform.ts";
import type { Load, Outcome } from "./simulate.ts";

/** A month of 30 days, s. */
const MONTH = 30 * 24 * 3600;

export type Amounts = Record<keyof typeof PRICES, number>;
export type Bill = { amounts: Amounts; dollars: Record<keyof typeof PRICES, number>; total: number };

/** The base of the plan, dollars a month. */
const PLAN = 5;

/** What a month of an even load uses: of a model with one version, nobody deploying, and an archive that takes what partitions hold no longer. */
export function amountsOf(load: Load, outcome: Outcome): Amounts {
  const opens = load.pages / ASSUMED.visitSeconds;
  const requests = outcome.batches + opens * ASSUMED.requestsAnOpen;
  const share = Math.min(1, load.decisions / outcome.batches);
  const cpu =
    outcome.batches * (TIMES.worker.call + share * TIMES.worker.claims) +
    load.decisions * TIMES.worker.decision +
    opens * ASSUMED.requestsAnOpen * ASSUMED.smallCallCpu;
  const isolates = Math.max(ASSUMED.leastIsolates, Math.ceil(cpu / 1000 / ASSUMED.isolateShare));
  // A batch is one call of a partition; a slice one of the trainer; a notice one a channel.
  const calls =
    outcome.batches +
    outcome.trainerCalls +
    outcome.publications * load.channels +
    opens +
    (isolates * 1000) / REPORT_INTERVAL;
  // Partitions, trainer and channels are never idle for the 10 s after which an object sleeps; nor are registry and observer.
  const objects = load.partitions + 1 + load.channels + 2;
  const growth = load.decisions * MONTH;
  // Snapshot and delta, and pointers; and the archive's segments.
  const writes = outcome.publications * 2 + 1000 / POINTER_INTERVAL + load.decisions / SIZES.decisionsASegment;
  // The directory, the keys and the model's newest snapshot, each isolate for itself; and what pages open with.
  const reads = (isolates * ASSUMED.looks * 1000) / REFRESH_INTERVAL + opens * ASSUMED.readsAnOpen;
  return {
    workerRequests: requests * MONTH,
    workerCpu: cpu * MONTH,
    objectRequests: calls * MONTH,
    objectDuration: objects * OBJECT_MEMORY_GB * MONTH,
    rowsWritten: growth * SIZES.rowsADecision + SIZES.rowsASecond * MONTH,
    rowsRead: growth * ASSUMED.rowsRead,
    objectStorage: Math.min((growth * SIZES.logBytes) / 1e9, load.partitions * ASSUMED.partitionGigabytes),
    storeWrites: writes * MONTH,
    storeReads: reads * MONTH,
    storeStorage: (growth * SIZES.archivedBytes) / 1e9,
  };
}

/** What that costs by the price list. */
export function billOf(amounts: Amounts): Bill {
  const dollars = Object.fromEntries(
    Object.entries(PRICES).map(([name, { included, price }]) => [
      name,
      Math.max(0, amounts[name as keyof Amounts] - included) * price,
    ]),
  ) as Bill["dollars"];
  return { amounts, dollars, total: PLAN + Object.values(dollars).reduce((sum, each) => sum + each, 0) };
}
