import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import type { Env } from "../env.ts";
import { Partition } from "../log/partition.ts";
import { deployed, fetchEdge } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { feed, Trained } from "../testing/training.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 30_000 };
const DAY = 24 * 3_600_000;

/** Has the first rows of a partition be of long ago, and go since the retention of their model is over. */
const expire = (name: string, model: string, rows: number): Promise<void> =>
  runInDurableObject(env.PARTITION.getByName(name), async (_, state) => {
    const { sql } = state.storage;
    sql.exec("UPDATE log SET received_at = received_at - ? WHERE offset <= ?", 60 * DAY, rows);
    new Partition(
      state as unknown as DurableObjectState<Record<string, never>>,
      { ...env, RETENTION_DAYS: `${model}=30` } as unknown as Env,
    );
    await state.blockConcurrencyWhile(async () => {});
    await expect
      .poll(() => sql.exec<{ ended: number | null }>("SELECT ended FROM expiring").one().ended, patience)
      .not.toBeNull();
  });

test("what was learned stays when its records go, until it is learned again: then it is what the log has, which is said", async () => {
  const spec = rankModel();
  await deployed(spec);
  const trained = new Trained(spec);
  await feed(spec, "0", 0, 20);
  await feed(spec, "0", 20, 10);
  await feed(spec, "1", 0, 5);
  await expect.poll(trained.published, patience).toBe(35);
  const before = (await trained.snapshot()).weights;
  await expire("0", spec.name, 40);

  // The version goes on with what it knows.
  await trained.evict();
  expect(await trained.examples()).toBe(35);
  expect((await trained.snapshot()).weights).toEqual(before);
  await feed(spec, "0", 30, 5);
  await expect.poll(trained.examples, patience).toBe(40);
  // It cannot be learned again to these bits, which is told with the reason.
  const path = `/v1/models/${spec.name}/versions/1/replay`;
  await fetchEdge(path, { method: "POST" });
  const replay = async () => (await (await fetchEdge(path)).json()) as ReplayStatus;
  await expect.poll(async () => (await replay()).state, patience).not.toBe("running");
  expect((await replay()).problem).toContain("of 20 decisions the retention is over");

  const warn = vi.spyOn(console, "warn");
  await trained.garble();
  await expect.poll(trained.published, patience).toBe(20);
  const { learner } = await trained.rebuilt();
  expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  const lines = warn.mock.calls.map(([line]) => String(line)).filter((line) => line.includes("its retention is over"));
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      message: "the beginning of a log is gone, its retention is over: what is left is learned",
      ...{ version: `${spec.name}@1`, partition: "0", decisions: 20 },
    }),
  ]);
  await feed(spec, "1", 5, 5);
  await expect.poll(trained.published, patience).toBe(25);
});
