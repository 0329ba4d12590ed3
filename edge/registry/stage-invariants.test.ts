import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { readDirectory } from "../storage/directory.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { parsePrometheus } from "../testing/prometheus.ts";
import type { Registry } from "./registry.ts";
import { VersionTable } from "./version-table.ts";

test("a registry commits nothing that leaves a model with two live versions, or none, and says so", async () => {
  const spec = rankModel();
  await deployed(spec);
  const other = { ...spec, reward: { ...spec.reward, wait: "2s" } };
  const response = await send("POST", `/v1/models/${spec.name}/versions`, { spec: other, stage: "shadow" });
  expect(response.status).toBe(201);
  await response.body?.cancel();
  const stages = () =>
    runInDurableObject(env.REGISTRY.getByName("registry"), (_: Registry, { storage }) =>
      storage.sql
        .exec<{ stage: string }>("SELECT stage FROM versions WHERE model = ? ORDER BY version", spec.name)
        .toArray()
        .map(({ stage }) => stage),
    );
  const before = await stages();
  const directory = (await readDirectory(env))!.number;

  const original = VersionTable.prototype.save;
  for (const wrong of ["live", "retired"] as const) {
    const save = vi.spyOn(VersionTable.prototype, "save").mockImplementation(function (this: VersionTable, version) {
      original.call(this, { ...version, stage: wrong, share: null });
    });
    const refused = await send("PATCH", `/v1/models/${spec.name}/versions/2`, { stage: "retired" });
    save.mockRestore();
    expect([wrong, refused.status]).toEqual([wrong, 503]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await refused.body?.cancel();
    expect(await stages()).toEqual(before);
  }
  expect((await readDirectory(env))!.number).toBe(directory);
  const metrics = parsePrometheus(await (await fetchEdge("/metrics")).text());
  const samples = metrics.get("edgewise_invariants_broken_total")!.samples;
  expect(samples.find(({ labels }) => labels.part === "registry")?.value).toBe(2);
  const done = await send("PATCH", `/v1/models/${spec.name}/versions/2`, { stage: "retired" });
  expect(done.status).toBe(200);
  await done.body?.cancel();
});
