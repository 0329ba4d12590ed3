import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { parsePrometheus } from "../testing/prometheus.ts";
import { Log } from "./log.ts";
import type { Partition } from "./partition.ts";
import { partitionOf } from "./route.ts";

const spec = rankModel();
beforeAll(() => deployed(spec));

const rank = (id: string): Promise<Response> =>
  send("POST", `/v1/models/${spec.name}/rank`, { id, unit: "v", actions: [{ id: "a", features: { genre: "drama" } }] });

const broken = async (part: string): Promise<number | undefined> =>
  parsePrometheus(await (await fetchEdge("/metrics")).text())
    .get("edgewise_invariants_broken_total")!
    .samples.find(({ labels }) => labels.part === part)?.value;

test("a partition whose newest row is gone refuses to go on, says so, and has lost nothing else when it starts again", async () => {
  const name = partitionOf("torn.0", 4);
  const stub = env.PARTITION.getByName(name);
  const rows = () =>
    runInDurableObject(stub, (_: Partition, { storage }) =>
      storage.sql.exec<{ id: string }>("SELECT id FROM log WHERE kind = 'decision' ORDER BY offset").toArray(),
    );
  for (const n of [0, 1]) expect((await rank(`torn.${n}`)).status).toBe(201);
  await runInDurableObject(stub, (_: Partition, { storage }) =>
    storage.sql.exec("DELETE FROM log WHERE id = 'torn.1'").toArray(),
  );

  const refused = await rank("torn.2");
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  await refused.body?.cancel();
  expect(await rows()).toEqual([{ id: "torn.0" }]);
  expect(await broken(`partition ${name}`)).toBe(1);
  await evictDurableObject(stub);
  expect((await rank("torn.2")).status).toBe(201);
  expect(await rows()).toEqual([{ id: "torn.0" }, { id: "torn.2" }]);
  expect(await broken(`partition ${name}`)).toBe(0);
});

test("a decision that would be acknowledged as new without being in the log is not", async () => {
  const insert = vi.spyOn(Log.prototype, "appendDecision").mockReturnValue(true);
  const refused = await rank("unwritten.0");
  insert.mockRestore();
  expect(refused.status).toBe(503);
  await refused.body?.cancel();
  expect((await rank("unwritten.0")).status).toBe(201);
});
