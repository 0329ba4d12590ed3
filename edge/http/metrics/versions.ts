import { snapshotNumber } from "../../../shared/contract/publication.ts";
import {
  CAUGHT_UP,
  CLAMPED,
  EXAMPLES,
  EXCLUDED,
  type Family,
  LAG_OFFSETS,
  LATE_FEEDBACK,
  MEAN_FEEDBACK,
  MODEL_INFO,
  PROGRESSIVE_LOSS,
  SNAPSHOT,
  UNLEARNED,
} from "../../observe/families.ts";
import type { PrometheusText } from "../../observe/prometheus.ts";
import type { TrainerStatus } from "../../training/messages.ts";
import type { NamedPartition } from "./log.ts";

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
  family(CLAMPED, (s) => s.clamped);
  family(EXCLUDED, (s) => s.excluded);
  family(CAUGHT_UP, (s) => Number(s.caughtUp));
  text.family(
    LAG_OFFSETS,
    trainers.flatMap((status) =>
      partitions.map(({ name, statistics }) => {
        const learned = status.partitions.find(({ partition }) => partition === name)?.position?.rows ?? 0;
        return [[status.model, status.version, name], Math.max(0, statistics.newest - learned)] as const;
      }),
    ),
  );
}
