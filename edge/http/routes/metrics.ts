import { hearObserver, hearParts } from "../../intake/hear-parts.ts";
import { METRICS_PATIENCE } from "../../intake/limits.ts";
import { servedNow } from "../../intake/served-models.ts";
import { SERIES_LEFT_OUT } from "../../observe/families.ts";
import { reportCounts } from "../../observe/isolate-reports.ts";
import { OWN_REPORT_WAIT } from "../../observe/limits.ts";
import { PrometheusText } from "../../observe/prometheus.ts";
import { within } from "../../storage/within.ts";
import { metricsRoute } from "../api/operations.ts";
import { writeIsolates } from "../metrics/isolates.ts";
import { writeLog } from "../metrics/log.ts";
import { writeDisk, writeParts } from "../metrics/parts.ts";
import { writeVersions } from "../metrics/versions.ts";
import { router } from "../router.ts";

/** Asks the parts, each no longer than it may take, and serves what they say. Every family is there, though it may have no samples. */
export const metrics = router().openapi(metricsRoute, async (c) => {
  const reported = reportCounts(c.env, servedNow());
  c.executionCtx.waitUntil(reported);
  const [{ directory, partitions, trainers, disk }, observer] = await Promise.all([
    hearParts(c.env, METRICS_PATIENCE),
    within(OWN_REPORT_WAIT, reported).then(() => hearObserver(c.env, METRICS_PATIENCE)),
  ]);
  const answered = partitions.flatMap(({ name, value }) => (value ? [{ name, statistics: value }] : []));
  const text = new PrometheusText();
  writeParts(text, [directory, ...partitions, ...trainers, observer, ...(disk ? [disk] : [])]);
  writeDisk(text, disk?.value ?? null);
  writeIsolates(text, observer.value);
  writeLog(text, answered);
  writeVersions(
    text,
    trainers.flatMap(({ value }) => value ?? []),
    answered,
  );
  text.family(SERIES_LEFT_OUT, [[[], text.leftOut + (observer.value?.leftOut ?? 0)]]);
  return c.text(text.toString(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
});
