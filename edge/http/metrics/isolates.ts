import type { CountedSeries } from "../../observe/counts.ts";
import {
  ACKNOWLEDGE_DURATION,
  CALL_BYTES_IN_PROGRESS,
  CALLS_IN_PROGRESS,
  type Family,
  ISOLATES,
  ISOLATES_SERVING,
  ITEMS,
  REFUSED,
  REQUEST_DURATION,
  REQUESTS,
  SCORE_DURATION,
  SERVED_SNAPSHOT_NEWEST,
  SERVED_SNAPSHOT_OLDEST,
} from "../../observe/families.ts";
import type { Observed, Serving } from "../../observe/messages.ts";
import type { PrometheusText } from "../../observe/prometheus.ts";
import { inProgress } from "../middleware/admit.ts";

/** What isolates count is added up by the observer; what they have in hand at the moment, each can only say of itself. */
export function writeIsolates(text: PrometheusText, observed: Observed | null): void {
  const byFamily = Map.groupBy(observed?.series ?? [], ({ family }) => family);
  // Of another release a series may have other labels or buckets.
  const of = ({ name, labels, bounds }: Family): CountedSeries[] =>
    (byFamily.get(name) ?? []).filter(
      ({ values, histogram }) =>
        values.length === labels.length && (histogram?.counts.length ?? 1) === (bounds.length || 0) + 1,
    );
  for (const family of [REQUESTS, ITEMS, REFUSED])
    text.family<readonly string[]>(
      family,
      of(family).map(({ values, n }) => [values, n]),
    );
  for (const family of [REQUEST_DURATION, SCORE_DURATION, ACKNOWLEDGE_DURATION])
    text.histograms<readonly string[]>(
      family,
      of(family).map(({ values, histogram }) => [values, histogram!]),
    );
  writeProgress(text);
  writeServing(text, observed?.serving ?? []);
}

function writeProgress(text: PrometheusText): void {
  const stages = Object.entries(inProgress());
  text.family(
    CALLS_IN_PROGRESS,
    stages.map(([stage, { calls }]) => [[stage], calls]),
  );
  text.family(
    CALL_BYTES_IN_PROGRESS,
    stages.map(([stage, { bytes }]) => [[stage], bytes]),
  );
}

function writeServing(text: PrometheusText, serving: Serving[]): void {
  text.family(ISOLATES, [[[], serving.length]]);
  const loaded = serving.flatMap(({ directory, versions }) => versions.map((version) => ({ directory, ...version })));
  const byDirectory = Map.groupBy(loaded, ({ model, version, directory }) => `${model}@${version} ${directory}`);
  text.family(
    ISOLATES_SERVING,
    [...byDirectory.values()].map((same) => [[same[0]!.model, same[0]!.version, same[0]!.directory], same.length]),
  );
  const byVersion = [...Map.groupBy(loaded, ({ model, version }) => `${model}@${version}`).values()];
  const snapshots = (pick: (...numbers: number[]) => number) =>
    byVersion.map(
      (same) => [[same[0]!.model, same[0]!.version], pick(...same.map(({ snapshot }) => snapshot))] as const,
    );
  text.family(SERVED_SNAPSHOT_OLDEST, snapshots(Math.min));
  text.family(SERVED_SNAPSHOT_NEWEST, snapshots(Math.max));
}
