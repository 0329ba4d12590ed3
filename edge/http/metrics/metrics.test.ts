import { beforeAll, expect, test, vi } from "vitest";
import runbook from "../../../docs/runbook.md?raw";
import * as catalogue from "../../observe/families.ts";
import { deployed, fetchEdge, send } from "../../testing/edge.ts";
import { rankModel } from "../../testing/models.ts";
import { type ParsedFamily, parsePrometheus } from "../../testing/prometheus.ts";
import { rankRecord } from "../../testing/records.ts";
import { Trainer } from "../../training/trainer.ts";
import { countSessions } from "../middleware/rates.ts";

// A publication may be a while in coming on a busy machine.

const spec = rankModel();
const rankPath = `/v1/models/${spec.name}/rank`;
let families: Map<string, ParsedFamily>;

const metrics = async () => parsePrometheus(await (await fetchEdge("/metrics")).text());

/** Values of a family's samples that have these labels. */
const values = (name: string, labels: Record<string, string>): number[] =>
  families
    .get(name.replace(/_(bucket|sum|count)$/, ""))!
    .samples.filter(
      (s) => s.name === name && Object.entries(labels).every(([label, value]) => s.labels[label] === value),
    )
    .map(({ value }) => value);

beforeAll(async () => {
  await deployed(spec);
  for (let n = 0; n < 3; n++) {
    const actions = [{ id: "a", features: { genre: "drama" } }, { id: "b" }];
    const response = await send("POST", rankPath, { unit: "v", actions });
    expect(response.status).toBe(201);
    await response.body?.cancel();
  }
  families = await metrics();
});

test("are in Prometheus' format, all of the catalogue and nothing else, with the labels that it says", () => {
  const all: catalogue.Family[] = Object.values(catalogue);
  expect([...families].map(([name, { type }]) => [name, type]).sort()).toEqual(
    all.map(({ name, type }) => [name, type]).sort(),
  );
  for (const { name, labels, help } of all) {
    const served = families.get(name)!;
    expect(served.help).toBe(help);
    for (const sample of served.samples)
      expect([name, Object.keys(sample.labels).filter((label) => label !== "le")]).toEqual([name, [...labels]]);
  }
});

test("have names and units as Prometheus has them", () => {
  for (const { name, type } of Object.values(catalogue) as catalogue.Family[]) {
    expect(name).toMatch(/^edgewise_[a-z]+(_[a-z]+)*$/);
    expect([name, name.endsWith("_total")]).toEqual([name, type === "counter"]);
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|kib|mb)(_|$)/);
  }
});

test("are told of in the runbook, each with its type and labels, and none that is not there", () => {
  const lines = runbook.split("\n").filter((line) => line.startsWith("| `edgewise_"));
  const told = lines.map((line) => line.split("|").map((cell) => cell.trim()));
  for (const [, name, , , says, doing] of told) expect([name, says, doing]).not.toContain("");
  const served = (Object.values(catalogue) as catalogue.Family[]).map(({ name, type, labels }) =>
    [`\`${name}\``, type, labels.map((label) => `\`${label}\``).join(", ")].join(" "),
  );
  expect(told.map(([, name, type, labels]) => [name, type, labels].join(" ")).sort()).toEqual(served.sort());
});

test("count requests by route and status, and how long decisions and appends took", async () => {
  const route = { method: "POST", route: "/v1/models/:model/rank" };
  expect(values("edgewise_requests_total", { ...route, status: "201" })).toEqual([3]);
  expect(values("edgewise_request_duration_seconds_count", route)).toEqual([3]);
  expect(values("edgewise_score_duration_seconds_count", { model: spec.name })).toEqual([3]);
  const acknowledged = values("edgewise_acknowledge_duration_seconds_count", {});
  expect(acknowledged.reduce((a, b) => a + b, 0)).toBe(3);
  // What cannot be counted by its name is one series, however many there are.
  for (let n = 0; n < 3; n++) await (await fetchEdge(`/nothing-${n}/${n}`)).body?.cancel();
  families = await metrics();
  expect(values("edgewise_requests_total", { route: "other", status: "404" })).toEqual([3]);
  expect(values("edgewise_requests_total", { ...route, status: "201" })).toEqual([3]);
});

test("say which version, snapshot and directory isolates serve", () => {
  const version = { model: spec.name, version: "1" };
  expect(values("edgewise_isolates", {})).toEqual([1]);
  expect(values("edgewise_isolates_serving", { ...version, directory: "1" })).toEqual([1]);
  expect(values("edgewise_served_snapshot_oldest", version)).toEqual([0]);
  expect(values("edgewise_model_info", { ...version, stage: "live" })).toEqual([1]);
});

test("time the way of feedback to publication and pages, and say how far behind versions are", async () => {
  const version = { model: spec.name, version: "1" };
  const socket = (await fetchEdge(`/v1/models/${spec.name}/live`, { headers: { upgrade: "websocket" } })).webSocket!;
  socket.accept();
  // Of the first snapshot, if that was told of in time.
  await scheduler.wait(300);
  families = await metrics();
  const [before = 0] = values("edgewise_notice_duration_seconds_count", { channel: `${spec.name}/0` });
  const decide = await send("POST", rankPath, { unit: "v", actions: [{ id: "a" }, { id: "b" }] });
  const { id } = await decide.json<{ id: string }>();
  const given = await send("POST", `/v1/decisions/${id}/feedback`, { value: 1 });
  expect(given.status).toBe(204);
  const channel = { channel: `${spec.name}/0` };
  const notices = () => values("edgewise_notice_duration_seconds_count", channel)[0]!;
  await vi.waitFor(
    async () => {
      families = await metrics();
      expect(values("edgewise_feedback_to_publication_seconds_count", version)).toEqual([1]);
      expect(notices()).toBeGreaterThan(before);
      expect(values("edgewise_model_lag_seconds", version)).toEqual([0, 0, 0, 0]);
    },
    { timeout: 20_000, interval: 200 },
  );
  for (const stage of ["join_duration", "learn_duration", "feedback_to_publication"])
    expect([stage, values(`edgewise_${stage}_seconds_count`, version)]).toEqual([stage, [1]]);
  const [published] = values("edgewise_publish_duration_seconds_count", version);
  expect(published).toBeGreaterThanOrEqual(1);
  expect(values("edgewise_model_examples_total", version)).toEqual([1]);
  expect(values("edgewise_model_mean_feedback", version)).toEqual([1]);
  expect(values("edgewise_model_drift_total", version)).toEqual([0, 0, 0, 0]);
  expect(values("edgewise_model_drift_time_seconds", version)).toEqual([]);
  expect(values("edgewise_channel_sockets", channel)).toEqual([1]);
  for (const part of ["partition 0", `trainer ${spec.name}@1`, `channel ${spec.name}/0`, "registry", "observer"]) {
    expect([part, values("edgewise_part_up", { part })]).toEqual([part, [1]]);
    expect(values("edgewise_part_storage_bytes", { part })[0]).toBeGreaterThan(4096);
    expect(values("edgewise_part_start_time_seconds", { part })[0]).toBeGreaterThan(1e9);
  }
  socket.close();
});

test("count a version as behind by rows of its own model only", async () => {
  const other = rankModel();
  await deployed(other);
  for (let n = 0; n < 8; n++) {
    const response = await send("POST", rankPath, { unit: "v", actions: [{ id: "a" }] });
    await response.body?.cancel();
  }
  families = await metrics();
  expect(values("edgewise_model_lag_offsets", { model: other.name })).toEqual([0, 0, 0, 0]);
  const rows = values("edgewise_log_rows", {}).reduce((a, b) => a + b, 0);
  expect(rows).toBeGreaterThan(8);
});

test("say how far behind a version is that does not get on", async () => {
  const version = { model: spec.name, version: "1" };
  const held = Promise.withResolvers<void>();
  const advance = vi.spyOn(Trainer.prototype, "advance").mockImplementation(() => held.promise);
  await scheduler.wait(1500);
  for (let n = 0; n < 8; n++) {
    const response = await send("POST", rankPath, { unit: "v", actions: [{ id: "a" }] });
    await response.body?.cancel();
  }
  await scheduler.wait(50);
  families = await metrics();
  const sum = (name: string) => values(name, version).reduce((a, b) => a + b, 0);
  expect(sum("edgewise_model_lag_offsets")).toBeGreaterThanOrEqual(8);
  expect(sum("edgewise_model_lag_seconds")).toBeGreaterThan(0);
  advance.mockRestore();
  held.resolve();
});

test("count items of batches by what became of them, and calls that are sent away by why", async () => {
  const at = Date.now();
  const good = rankRecord(spec.name, "item-1", at);
  const forged = { ...rankRecord(spec.name, "item-2", at), snapshot: 99 };
  const decisions = [good, good, forged, { id: 7 }];
  const feedback = [{ id: "item-1", value: 1, at }];
  await (await send("POST", "/v1/batch", { format: 2, sentAt: at, decisions, feedback })).body?.cancel();
  // More than a session may have at once.
  for (let n = 0; n < 2; n++)
    try {
      countSessions(Array(5000).fill("much.1"));
    } catch {}
  families = await metrics();
  const items = (list: string, outcome: string) => values("edgewise_items_total", { list, outcome });
  for (const outcome of ["accepted", "duplicate", "quarantined", "invalid"])
    expect([outcome, items("decisions", outcome)]).toEqual([outcome, [1]]);
  expect(items("feedback", "accepted")).toEqual([1]);
  expect(values("edgewise_refused_total", { reason: "session" })).toEqual([1]);
});
