import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { partitionOf } from "../log/route.ts";
import { readDirectory } from "../storage/directory.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { rankRecord } from "../testing/records.ts";
import { LoggedProperties } from "./logged-properties.ts";

const context = { device: "phone", email: "a@b.c", geo: { city: "Bonn", country: "de" } };
const features = { genre: "war", title: "X", stock: 3 };
const actions = [
  { id: "a", features },
  { id: "b", features: {} },
];

type Logged = { context: object; actions: { features: object }[] };
const inLog = async (id: string): Promise<Logged> =>
  JSON.parse((await env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS))).decision(id))!) as Logged;
const rank = (model: ModelSpec, id: string) =>
  send("POST", `/v1/models/${model.name}/rank`, { id, unit: "v", context, actions });
const batch = async (...decisions: object[]): Promise<BatchResponse> =>
  (await send("POST", "/v1/batch", { format: 2, sentAt: Date.now(), decisions })).json();
const claim = (model: ModelSpec, id: string, at: number) => ({
  ...rankRecord(model.name, id, at),
  context,
  actions: [
    { id: "a", features },
    { id: "b", features: { genre: "crime" } },
  ],
});

test("what no feature reads is neither logged of calls nor of what pages send", async () => {
  const model = rankModel();
  await deployed(model);
  expect((await rank(model, "read.1")).status).toBe(201);
  expect(await batch(claim(model, "read.2", Date.now()))).toMatchObject({ accepted: 1 });
  for (const id of ["read.1", "read.2"]) {
    const { context, actions } = await inLog(id);
    expect(context).toEqual({ device: "phone" });
    expect(actions[0]).toEqual({ id: "a", features: { genre: "war" } });
  }
});

test("what a spec keeps is logged", async () => {
  const model = rankModel({}, { keep: { context: ["geo.city"], action: "all" } });
  await deployed(model);
  expect((await rank(model, "keep.1")).status).toBe(201);
  expect(await inLog("keep.1")).toMatchObject({ context: { device: "phone", geo: { city: "Bonn" } }, actions });
});

test("what a shadow reads is logged from its deployment on, which says what was not; repeats from before stay repeats", async () => {
  const model = rankModel();
  await deployed(model);
  const at = Date.now();
  const sent = claim(model, "shadow.1", at);
  expect(await batch(sent)).toMatchObject({ accepted: 1 });
  const first = await (await rank(model, "shadow.2")).json();

  const { context: own, action } = model.features;
  const fields = { context: { ...own, city: { op: "field", path: "geo.city" } }, action };
  const spec = { ...model, features: { ...model.features, ...fields } };
  const path = `/v1/models/${model.name}/versions`;
  const version = (await (await send("POST", path, { spec, stage: "shadow" })).json()) as { warnings: string[] };
  expect(version.warnings).toEqual([
    "context.geo.city was not logged until now, because no version read it: version 2 learns it from now on",
  ]);
  await expect
    .poll(
      async () => {
        await rank(model, "shadow.3");
        const id = `shadow.${Math.random()}`;
        await rank(model, id);
        return (await inLog(id)).context;
      },
      { timeout: 20_000 },
    )
    .toEqual({ device: "phone", geo: { city: "Bonn" } });

  expect(await batch(sent)).toMatchObject({ accepted: 0, duplicates: 1, rejected: [] });
  expect(await (await rank(model, "shadow.2")).json()).toEqual(first);
  // What is read and differs is another decision all the same.
  const other = { ...sent, context: { ...context, device: "tv" } };
  expect(await batch(other)).toMatchObject({ duplicates: 0, rejected: [{ id: "shadow.1" }] });
  const again = await (await send("POST", path, { spec, stage: "shadow" })).json();
  expect(again).toMatchObject({ version: 2, created: false });
});

test("while specs cannot be read, all of it is logged, and so it is of a version that is no longer in the directory", async () => {
  const model = rankModel();
  await deployed(model);
  await fetchEdge(`/v1/models/${model.name}`);
  const directory = (await readDirectory(env))!;
  const record = claim(model, "whole.1", Date.now());
  const reads = await LoggedProperties.of(env, directory, [model.name, null, "nobody", "__proto__"]);
  expect(reads.only(record, record).context).toEqual({ device: "phone" });
  expect(reads.only(record, { ...record, version: 7 })).toBe(record);
  expect(reads.only(record, { ...record, version: 0 }).context).toEqual({ device: "phone" });
  const failing = { ...env, ARTIFACTS: { get: () => Promise.reject(new Error("away")) } as unknown as R2Bucket };
  const { versions, task } = directory.models[model.name]!;
  // Of a spec that this isolate has not read yet.
  const spec = { ...versions[0]!.spec, sha256: "0".repeat(64) };
  const unread = { models: { [model.name]: { task, versions: [{ ...versions[0]!, spec }] } } };
  expect((await LoggedProperties.of(failing, unread, [model.name])).only(record, record)).toBe(record);
});
