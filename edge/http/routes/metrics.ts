import { snapshotNumber } from "../../../shared/contract/publication.ts";
import { hearParts } from "../../intake/hear-parts.ts";
import { METRICS_PATIENCE } from "../../intake/limits.ts";
import type { PartitionStatistics } from "../../log/messages.ts";
import { PrometheusText } from "../../observe/prometheus.ts";
import type { StateDisk } from "../../storage/state-disk.ts";
import type { TrainerStatus } from "../../training/messages.ts";
import { metricsRoute } from "../api/operations.ts";
import { inProgress } from "../middleware/admit.ts";
import { requestCounts, requestLatencies } from "../middleware/request-metrics.ts";
import { router } from "../router.ts";

export const metrics = router().openapi(metricsRoute, async (c) => {
  const { directory, partitions, trainers, disk } = await hearParts(c.env, METRICS_PATIENCE);
  const text = new PrometheusText();
  writeRequests(text);
  writeProgress(text);
  text.family(
    "edgewise_part_up",
    "gauge",
    "1 when a part of the edge answers and works; what one that is 0 would say may be missing below. /health says what is wrong.",
    [directory, ...partitions, ...trainers, ...(disk ? [disk] : [])].map(({ part, problem }) => ({
      labels: { part },
      value: problem === null ? 1 : 0,
    })),
  );
  if (disk?.value) writeDisk(text, disk.value);
  const answered = partitions.flatMap(({ name, value }) => (value ? [{ name, statistics: value }] : []));
  writePartitions(text, answered);
  writeVersions(
    text,
    trainers.flatMap(({ value }) => value ?? []),
    answered,
  );
  return c.text(text.toString(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
});

function writeProgress(text: PrometheusText): void {
  const stages = Object.entries(inProgress());
  const samples = (value: "calls" | "bytes") =>
    stages.map(([stage, inside]) => ({ labels: { stage }, value: inside[value] }));
  text.family(
    "edgewise_calls_in_progress",
    "gauge",
    "Calls whose body is on its way, and that are worked on, in this isolate.",
    samples("calls"),
  );
  text.family("edgewise_call_bytes_in_progress", "gauge", "Bytes of their bodies.", samples("bytes"));
}

function writeDisk(text: PrometheusText, { freeBytes, totalBytes }: StateDisk): void {
  for (const [name, help, value] of [
    ["edgewise_disk_free_bytes", "Room left on the disk that the state is on.", freeBytes],
    ["edgewise_disk_size_bytes", "Size of that disk.", totalBytes],
  ] as const)
    text.family(name, "gauge", help, [{ labels: {}, value }]);
}

type NamedPartition = { name: string; statistics: PartitionStatistics };

function writeRequests(text: PrometheusText): void {
  text.family(
    "edgewise_requests_total",
    "counter",
    "Requests answered by this isolate.",
    [...requestCounts()].map(({ n, ...labels }) => ({ labels, value: n })),
  );
  text.histograms(
    "edgewise_request_duration_seconds",
    "Time to answer, in this isolate.",
    [...requestLatencies()].map(({ histogram, ...labels }) => ({ labels, histogram })),
  );
}

function writePartitions(text: PrometheusText, partitions: NamedPartition[]): void {
  const family = (
    name: string,
    kind: "counter" | "gauge",
    help: string,
    value: (statistics: PartitionStatistics) => number,
  ) =>
    text.family(
      name,
      kind,
      help,
      partitions.map((p) => ({ labels: { partition: p.name }, value: value(p.statistics) })),
    );
  family("edgewise_decisions_total", "counter", "Decisions in the log.", (s) => s.decisions);
  family("edgewise_feedback_total", "counter", "Feedback in the log.", (s) => s.feedback);
  family("edgewise_activations_total", "counter", "Activations in the log.", (s) => s.activations);
  family("edgewise_duplicates_total", "counter", "Repeats of what was in the log already.", (s) => s.duplicates);
  family("edgewise_dead_letters_total", "counter", "Items that could not be used.", (s) => s.deadLetters);
  family("edgewise_log_rows", "gauge", "Offset of the newest row of the log.", (s) => s.newest);
}

function writeVersions(text: PrometheusText, trainers: TrainerStatus[], partitions: NamedPartition[]): void {
  const family = (
    name: string,
    kind: "counter" | "gauge",
    help: string,
    value: (status: TrainerStatus) => number | null,
  ) =>
    text.family(
      name,
      kind,
      help,
      trainers.map((status) => ({ labels: labelsOf(status), value: value(status) })),
    );
  family("edgewise_model_examples_total", "counter", "Examples learned and committed.", (s) => s.examples);
  family("edgewise_model_snapshot", "gauge", "Number of the newest snapshot.", (s) => snapshotNumber(s.publication));
  family("edgewise_model_progressive_loss", "gauge", "Mean loss before learning.", (s) => s.progressiveLoss);
  family("edgewise_model_unlearned_total", "counter", "Examples that could not be learned.", (s) => s.unlearnable);
  family("edgewise_late_feedback_total", "counter", "Feedback that came after its wait was over.", (s) => s.late);
  family(
    "edgewise_model_clamped_total",
    "counter",
    "Rewards outside the spec's range, learned as the nearer end of it.",
    (s) => s.clamped,
  );
  family(
    "edgewise_model_excluded_total",
    "counter",
    "Examples that were passed over because they are excluded.",
    (s) => s.excluded,
  );
  family("edgewise_model_caught_up", "gauge", "1 when it has been at the end of every partition.", (s) =>
    Number(s.caughtUp),
  );
  text.family(
    "edgewise_model_lag_offsets",
    "gauge",
    "How far behind the newest row of a partition the committed version is, in offsets.",
    trainers.flatMap((status) => partitions.map((partition) => lag(status, partition))),
  );
}

const labelsOf = ({ model, version, stage }: TrainerStatus) => ({ model, version, stage });

function lag(status: TrainerStatus, { name, statistics }: NamedPartition) {
  const learned = status.partitions.find((p) => p.partition === name)?.position?.rows ?? 0;
  return { labels: { ...labelsOf(status), partition: name }, value: Math.max(0, statistics.newest - learned) };
}
