import { snapshotNumber } from "../../../shared/contract/publication.ts";
import type { PartitionStatistics } from "../../log/messages.ts";
import { allPartitions } from "../../log/partitions.ts";
import { PrometheusText } from "../../observe/prometheus.ts";
import { requestCounts, requestLatencies } from "../../observe/requests.ts";
import { deployedModels, deploymentOf } from "../../registry/deployments.ts";
import { statusOf } from "../../training/learners.ts";
import type { TrainerStatus } from "../../training/messages.ts";
import { metricsRoute } from "../api/operations.ts";
import { router } from "../router.ts";

export const metrics = router().openapi(metricsRoute, async (c) => {
  const [partitions, models] = await Promise.all([
    Promise.all(allPartitions(c.env).map(async ({ name, stub }) => ({ name, statistics: await stub.statistics() }))),
    Promise.all(deployedModels().map(async (name) => ({ name, status: await statusOf(c.env, deploymentOf(name)!) }))),
  ]);
  const text = new PrometheusText();
  writeRequests(text);
  writePartitions(text, partitions);
  writeModels(text, models, partitions);
  return c.text(text.toString(), 200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
});

type NamedPartition = { name: string; statistics: PartitionStatistics };
type NamedModel = { name: string; status: TrainerStatus };

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
  family("edgewise_examples_total", "counter", "Decisions joined with their feedback.", (s) => s.examples);
  family("edgewise_duplicates_total", "counter", "Repeats of what was in the log already.", (s) => s.duplicates);
  family("edgewise_late_feedback_total", "counter", "Feedback that came after its wait was over.", (s) => s.late);
  family("edgewise_dead_letters_total", "counter", "Items that could not be used.", (s) => s.deadLetters);
  family("edgewise_pending_joins", "gauge", "Decisions that wait for feedback.", (s) => s.pending);
}

function writeModels(text: PrometheusText, models: NamedModel[], partitions: NamedPartition[]): void {
  const family = (name: string, kind: "counter" | "gauge", help: string, value: (model: NamedModel) => number | null) =>
    text.family(
      name,
      kind,
      help,
      models.map((model) => ({ labels: { model: model.name, version: model.status.version }, value: value(model) })),
    );
  family("edgewise_model_examples_total", "counter", "Examples learned and committed.", (m) => m.status.examples);
  family("edgewise_model_snapshot", "gauge", "Number of the newest snapshot.", (m) =>
    snapshotNumber(m.status.publication),
  );
  family("edgewise_model_progressive_loss", "gauge", "Mean loss before learning.", (m) => m.status.progressiveLoss);
  family(
    "edgewise_model_unlearned_total",
    "counter",
    "Examples that could not be learned.",
    (m) => m.status.unlearnable,
  );
  text.family(
    "edgewise_model_lag_offsets",
    "gauge",
    "How far behind the newest row of a partition the committed model is, in offsets.",
    models.flatMap(({ name, status }) => partitions.map((p) => lag(name, status, p))),
  );
}

function lag(model: string, status: TrainerStatus, { name, statistics }: NamedPartition) {
  const learned = status.partitions.find((p) => p.partition === name)?.position?.rows ?? 0;
  return { labels: { model, partition: name }, value: Math.max(0, statistics.newest - learned) };
}
