import { hearDirectory, hearOthers, hearParts } from "../../intake/hear-parts.ts";
import { METRICS_PATIENCE } from "../../intake/limits.ts";
import { servedNow } from "../../intake/served-models.ts";
import { SERIES_LEFT_OUT } from "../../observe/families.ts";
import { reportCounts } from "../../observe/isolate-reports.ts";
import { OWN_REPORT_WAIT } from "../../observe/limits.ts";
import { PrometheusText } from "../../observe/prometheus.ts";
import { within } from "../../storage/within.ts";
import { metricsRoute } from "../api/operations.ts";
import { writeChannels } from "../metrics/channels.ts";
import { writeIsolates } from "../metrics/isolates.ts";
import { writeLog } from "../metrics/log.ts";
import { writeMachine, writeParts, writeRegistry } from "../metrics/parts.ts";
import { writeVersions } from "../metrics/versions.ts";
import { router } from "../router.ts";

/** Asks the parts, each no longer than it may take, and serves what they say. Every family is there, though it may have no samples. */
export const metrics = router().openapi(metricsRoute, async (c) => {
  const reported = reportCounts(c.env, servedNow());
  c.executionCtx.waitUntil(reported);
  const listed = hearDirectory(c.env, METRICS_PATIENCE);
  const [{ directory, keys, partitions, trainers, disk }, { registry, channels, observer }] = await Promise.all([
    hearParts(c.env, METRICS_PATIENCE, listed),
    hearOthers(c.env, METRICS_PATIENCE, listed, within(OWN_REPORT_WAIT, reported)),
  ]);
  const text = new PrometheusText();
  writeParts(
    text,
    [directory, keys, ...(disk ? [disk] : [])],
    [...partitions, ...trainers, registry, ...channels, observer],
  );
  writeMachine(text, disk?.value ?? null);
  writeIsolates(text, observer.value);
  const answered = said(partitions);
  writeLog(text, answered);
  writeVersions(
    text,
    trainers.flatMap(({ value }) => value ?? []),
    answered,
  );
  writeChannels(text, said(channels));
  writeRegistry(text, registry.value);
  text.family(SERIES_LEFT_OUT, [[[], text.leftOut + (observer.value?.leftOut ?? 0)]]);
  return c.text(text.toString(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
});

/** What parts have said that did. */
const said = <T>(parts: { name: string; value: T | null }[]): { name: string; statistics: T }[] =>
  parts.flatMap(({ name, value }) => (value ? [{ name, statistics: value }] : []));
