import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { REPORT_INTERVAL } from "../edge/observe/limits.ts";
import { type ParsedFamily, parsePrometheus } from "../edge/testing/prometheus.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

/** What Prometheus scrapes of a real server: before traffic, after it, and over an end of workerd. */

vi.setConfig({ testTimeout: 300_000 });

type Metrics = Map<string, ParsedFamily>;
/** Every sample by its name and labels. */
type Samples = Map<string, { family: string; type: string; value: number }>;

const runbook = readFileSync(join(import.meta.dirname, "../docs/runbook.md"), "utf8");
/** Names and types of the runbook's table. */
const told = new Map(
  runbook
    .split("\n")
    .filter((line) => line.startsWith("| `edgewise_"))
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, name, type]): [string, string] => [name!.replaceAll("`", ""), type!]),
);

/**
 * What objects keep in memory, and count from 0 again when they start: their histograms. All else that is counted is durable, or added up in the observer,
 * where only what an isolate had not yet reported is lost.
 */
const IN_MEMORY = new Set([
  "edgewise_join_duration_seconds",
  "edgewise_learn_duration_seconds",
  "edgewise_publish_duration_seconds",
  "edgewise_feedback_to_publication_seconds",
  "edgewise_notice_duration_seconds",
]);

async function scrape(server: Server): Promise<Metrics> {
  const response = await fetch(`${server.url}/metrics`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  return parsePrometheus(await response.text());
}

const samplesOf = (metrics: Metrics): Samples =>
  new Map(
    [...metrics].flatMap(([family, { type, samples }]) =>
      samples.map(({ name, labels, value }) => [
        JSON.stringify([name, Object.entries(labels).sort()]),
        { family, type, value },
      ]),
    ),
  );

const sum = (metrics: Metrics, name: string, labels: Record<string, string> = {}): number =>
  metrics
    .get(name.replace(/_(bucket|sum|count)$/, ""))!
    .samples.filter((s) => s.name === name && Object.entries(labels).every(([label, is]) => s.labels[label] === is))
    .reduce((total, { value }) => total + value, 0);

/** Samples of counters and histograms that are less than they were, or gone. */
const fallen = (before: Metrics, after: Metrics): string[] => {
  const now = samplesOf(after);
  return [...samplesOf(before)].flatMap(([name, { family, type, value }]) =>
    type !== "gauge" && !((now.get(name)?.value ?? 0) >= value) && !IN_MEMORY.has(family)
      ? [`${name}: ${value}, ${now.get(name)?.value ?? "gone"}`]
      : [],
  );
};

const post = (server: Server, path: string, body: unknown): Promise<Response> =>
  fetch(server.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

/** Ranks and rewards, and a call and an item that are wrong. */
async function traffic(server: Server, name: string, count: number): Promise<void> {
  const actions = [
    { id: "a", features: { genre: "drama", year: 1994 } },
    { id: "b", features: { genre: "comedy", year: 2019 } },
  ];
  for (let n = 0; n < count; n++) {
    const id = `${name}-${n}`;
    const ranked = await post(server, "/v1/models/home-hero/rank", { id, unit: `u${n}`, actions });
    expect(ranked.status).toBe(201);
    await ranked.text();
    expect((await post(server, `/v1/decisions/${id}/feedback`, { value: n % 2 })).status).toBe(204);
  }
  expect((await post(server, "/v1/models/home-hero/rank", { unit: "u", actions: [] })).status).toBe(400);
  const batch = { format: 2, sentAt: Date.now(), decisions: [{ id: `${name}-wrong`, model: "home-hero" }] };
  expect((await post(server, "/v1/batch", batch)).status).toBe(200);
}

/** What isolates counted is reported behind an answer, at most so often. */
async function reported(server: Server): Promise<void> {
  await setTimeout(REPORT_INTERVAL + 500);
  await (await fetch(`${server.url}/v1/models`)).text();
  await setTimeout(1000);
}

test("counters never fall but as a restart is told, all families of the runbook are there, and values are what they say", async () => {
  const server = await Server.create();
  try {
    await server.start();
    await until("the demo's model", async () => ((await fetch(`${server.url}/v1/models/home-hero`)).ok ? true : null));
    const fresh = await scrape(server);
    expect(new Map([...fresh].map(([name, { type }]) => [name, type]))).toEqual(told);

    const page = new WebSocket(`${server.url.replace("http", "ws")}/v1/models/home-hero/live?version=1`);
    await new Promise((resolve) => page.addEventListener("message", resolve, { once: true }));
    await traffic(server, "first", 30);
    await until("what was rewarded to be published", async () =>
      sum(await scrape(server), "edgewise_feedback_to_publication_seconds_count", { model: "home-hero" }) >= 30
        ? true
        : null,
    );
    await reported(server);
    const busy = await scrape(server);
    expect(fallen(fresh, busy)).toEqual([]);
    const model = { model: "home-hero", version: "1" };
    expect([sum(busy, "edgewise_decisions_total"), sum(busy, "edgewise_feedback_total")]).toEqual([30, 30]);
    expect(sum(busy, "edgewise_dead_letters_total")).toBe(1);
    expect(sum(busy, "edgewise_items_total", { list: "decisions", outcome: "invalid" })).toBe(1);
    expect(sum(busy, "edgewise_model_examples_total", model)).toBe(30);
    expect(sum(busy, "edgewise_model_mean_feedback", model)).toBe(0.5);
    const rank = { method: "POST", route: "/v1/models/:model/rank" };
    expect(sum(busy, "edgewise_requests_total", { ...rank, status: "201" })).toBe(30);
    expect(sum(busy, "edgewise_requests_total", { ...rank, status: "400" })).toBe(1);
    expect(sum(busy, "edgewise_channel_sockets", { channel: "home-hero/0" })).toBe(1);
    expect(sum(busy, "edgewise_model_lag_offsets", model)).toBe(0);

    // Units: seconds since 1970, seconds, bytes.
    const now = Date.now() / 1000;
    for (const { value } of busy.get("edgewise_part_start_time_seconds")!.samples) {
      expect(value).toBeLessThanOrEqual(now + 1);
      expect(value).toBeGreaterThan(now - 600);
    }
    const mean = (name: string) => sum(busy, `${name}_sum`) / sum(busy, `${name}_count`);
    expect(mean("edgewise_feedback_to_publication_seconds")).toBeGreaterThan(0.02);
    expect(mean("edgewise_feedback_to_publication_seconds")).toBeLessThan(60);
    expect(mean("edgewise_acknowledge_duration_seconds")).toBeLessThan(10);
    expect(mean("edgewise_request_duration_seconds")).toBeLessThan(10);
    const partitions = busy
      .get("edgewise_part_storage_bytes")!
      .samples.filter(({ labels }) => labels.part!.startsWith("partition"));
    expect(partitions.length).toBeGreaterThan(0);
    // A SQLite file of some tables, in bytes.
    for (const { value } of partitions) expect(value).toBeGreaterThan(10_000);
    expect(sum(busy, "edgewise_disk_size_bytes")).toBeGreaterThan(sum(busy, "edgewise_disk_free_bytes"));
    expect(sum(busy, "edgewise_disk_free_bytes")).toBeGreaterThan(1e6);
    for (const { samples, type } of busy.values())
      if (type === "histogram")
        for (const { name, labels } of samples.filter(({ name }) => name.endsWith("_count")))
          expect(sum(busy, name.replace(/_count$/, "_bucket"), { ...labels, le: "+Inf" })).toBe(
            sum(busy, name, labels),
          );

    const before = server.workerd!;
    process.kill(before, "SIGKILL");
    await until("the next workerd", () => (server.workerd !== null && server.workerd !== before ? true : null));
    await until("an answer", async () => {
      const response = await fetch(`${server.url}/health`).catch(() => null);
      return response?.ok ? true : null;
    });
    // Trainers and channels start when somebody asks them.
    const again = await until("all parts", async () => {
      const metrics = await scrape(server);
      return metrics.get("edgewise_part_up")!.samples.every(({ value }) => value === 1) ? metrics : null;
    });
    expect([...again.keys()].sort()).toEqual([...told.keys()].sort());
    expect(fallen(busy, again)).toEqual([]);
    expect(sum(again, "edgewise_workerd_restarts_total")).toBe(1);
    // What did fall began anew: its part started after the last scrape, as Prometheus has it, and counts less than before.
    for (const family of IN_MEMORY)
      for (const sample of again.get(family)!.samples.filter(({ name }) => name.endsWith("_count")))
        expect(sample.value, family).toBeLessThanOrEqual(sum(busy, sample.name, sample.labels));
    const starts = (metrics: Metrics) =>
      new Map(
        metrics.get("edgewise_part_start_time_seconds")!.samples.map(({ labels, value }) => [labels.part, value]),
      );
    const startedBefore = starts(busy);
    for (const [part, startedAt] of starts(again))
      expect(startedAt, part).toBeGreaterThan(startedBefore.get(part) ?? 0);

    await traffic(server, "second", 10);
    await until("what was rewarded to be published", async () =>
      sum(await scrape(server), "edgewise_model_examples_total", { model: "home-hero" }) === 40 ? true : null,
    );
    await reported(server);
    const after = await scrape(server);
    expect(fallen(again, after)).toEqual([]);
    expect([sum(after, "edgewise_decisions_total"), sum(after, "edgewise_feedback_total")]).toEqual([40, 40]);
    expect(sum(after, "edgewise_requests_total", { ...rank, status: "201" })).toBe(40);
    page.close();
  } finally {
    await server.remove();
  }
});
