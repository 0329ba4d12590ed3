import { snapshotNumber } from "../../../shared/contract/snapshot-number.ts";
import { DRIFT_KINDS, type DriftCounts, type DriftKind } from "../../../shared/evaluation/drift/drift-watch.ts";
import { BOUNDS } from "../../../shared/versions/contributions.ts";
import {
  BOUNDED,
  CAUGHT_UP,
  CLAMPED,
  DRIFT,
  DRIFT_TIME,
  EXAMPLES,
  EXCLUDED,
  type Family,
  FEEDBACK_TO_PUBLICATION,
  JOIN_DURATION,
  LAG_OFFSETS,
  LAG_SECONDS,
  LATE_FEEDBACK,
  LEARN_DURATION,
  MEAN_FEEDBACK,
  MISSED_FEEDBACK,
  MODEL_INFO,
  PROGRESSIVE_LOSS,
  PUBLISH_DURATION,
  SET_ASIDE,
  SNAPSHOT,
  UNLEARNED,
} from "../../observe/families.ts";
import type { PrometheusText } from "../../observe/prometheus.ts";
import type { TrainerTimes } from "../../training/learning-times.ts";
import type { TrainerStatus } from "../../training/messages.ts";
import type { NamedPartition } from "./log.ts";

type DriftValue = (counts: DriftCounts[DriftKind]) => number | null;

export function writeVersions(text: PrometheusText, trainers: TrainerStatus[], partitions: NamedPartition[]): void {
  // The stage is a series of its own: were it a label of the others, a promotion would end all counters of a version.
  text.family(
    MODEL_INFO,
    trainers.map(({ model, version, stage }) => [[model, version, stage], 1]),
  );
  const family = (
    of: Family<readonly ["model", "version"], "counter" | "gauge">,
    value: (status: TrainerStatus) => number | null,
  ) =>
    text.family(
      of,
      trainers.map((status) => [[status.model, status.version], value(status)]),
    );
  family(EXAMPLES, (s) => s.examples);
  family(SNAPSHOT, (s) => snapshotNumber(s.publication));
  family(PROGRESSIVE_LOSS, (s) => s.progressiveLoss);
  family(MEAN_FEEDBACK, (s) => s.meanFeedback);
  family(UNLEARNED, (s) => s.unlearnable);
  family(LATE_FEEDBACK, (s) => s.late);
  family(MISSED_FEEDBACK, (s) => s.missed);
  family(CLAMPED, (s) => s.clamped);
  family(EXCLUDED, (s) => s.excluded);
  text.family(
    BOUNDED,
    trainers.flatMap(({ model, version, bounded }) => BOUNDS.map((of) => [[model, version, of], bounded[of]] as const)),
  );
  const drift = (of: Family<readonly ["model", "version", "of"], "counter" | "gauge">, value: DriftValue) =>
    text.family(
      of,
      trainers.flatMap(({ model, version, drift }) =>
        DRIFT_KINDS.map((kind) => [[model, version, kind], value(drift[kind])] as const),
      ),
    );
  drift(DRIFT, ({ changes }) => changes);
  drift(DRIFT_TIME, ({ last }) => last && last / 1000);
  family(CAUGHT_UP, (s) => Number(s.caughtUp));
  family(SET_ASIDE, (s) => s.setAside);
  const lags = trainers.flatMap((status) => partitions.map((partition) => lagOf(status, partition)));
  text.family(
    LAG_OFFSETS,
    lags.map(({ labels, offsets }) => [labels, offsets]),
  );
  text.family(
    LAG_SECONDS,
    lags.map(({ labels, seconds }) => [labels, seconds]),
  );
  const timed = (of: Family<readonly ["model", "version"], "histogram">, stage: keyof TrainerTimes) =>
    text.histograms(
      of,
      trainers.map(({ model, version, times }) => [[model, version], times[stage]]),
    );
  timed(JOIN_DURATION, "join");
  timed(LEARN_DURATION, "learn");
  timed(PUBLISH_DURATION, "publish");
  timed(FEEDBACK_TO_PUBLICATION, "feedbackToPublication");
}

/** How far a version is behind the newest row of its model; rows of other models do not matter to it. `seconds`: null of one that has read nothing yet. */
function lagOf(
  { model, version, partitions }: TrainerStatus,
  { name, statistics: { newestOf, time } }: NamedPartition,
) {
  const position = partitions.find(({ partition }) => partition === name)?.position ?? null;
  const newest = Object.hasOwn(newestOf.models, model) ? newestOf.models[model]! : newestOf.before;
  const offsets = Math.max(0, newest - (position?.rows ?? 0));
  const behind = position && Math.max(0, time - position.time) / 1000;
  return { labels: [model, version, name] as const, offsets, seconds: offsets === 0 ? 0 : behind };
}
