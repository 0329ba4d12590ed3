import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deployed, fetchEdge } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { feed } from "../testing/training.ts";

/** The bucket is away, and isolates and objects go on with what they have. */
const away = new Error("the store is away");
const patience = { timeout: 60_000, interval: 250 };
beforeEach(() => {
  for (const level of ["error", "warn", "info"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

const metrics = async () => (await fetchEdge("/metrics")).text();

test("models and channels stay in the metrics though the directory cannot be read", async () => {
  const spec = rankModel();
  await deployed(spec);
  expect((await fetchEdge("/v1/directory")).status).toBe(200);
  const names = ["edgewise_model_examples_total", "edgewise_channel_sockets", "edgewise_model_lag_offsets"];
  const told = async () => {
    const text = await metrics();
    return names.filter((name) => text.split("\n").some((line) => line.startsWith(name) && line.includes(spec.name)));
  };
  expect(await told()).toEqual(names);
  vi.spyOn(env.ARTIFACTS, "get").mockRejectedValue(away);
  await expect
    .poll(async () => (await metrics()).includes('edgewise_part_up{part="directory"} 0'), patience)
    .toBe(true);
  expect(await told()).toEqual(names);
  const { parts } = await (await fetchEdge("/health")).json<{ parts: { part: string; problem: string | null }[] }>();
  expect(parts).toContainEqual({ part: "directory", problem: expect.stringContaining("the store is away") });
  expect(parts).toContainEqual({ part: `trainer ${spec.name}@1`, problem: null });
});

test("a trainer that cannot publish is named by health, with why, until it can", async () => {
  const spec = rankModel();
  await deployed(spec);
  vi.spyOn(env.ARTIFACTS, "put").mockRejectedValue(away);
  await feed(spec, "0", 0, 5);
  const problem = async () => {
    const { parts = [] } = await (await fetchEdge("/health")).json<{
      parts?: { part: string; problem: string | null }[];
    }>();
    return parts.find(({ part }) => part === `trainer ${spec.name}@1`)?.problem;
  };
  await expect.poll(problem, patience).toBe("cannot publish (the store is away)");
  vi.restoreAllMocks();
  vi.spyOn(console, "error").mockImplementation(() => {});
  await expect.poll(problem, patience).toBeNull();
});
