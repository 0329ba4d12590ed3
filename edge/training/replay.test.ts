import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { Contributions } from "../../shared/versions/contributions.ts";
import { learnExample } from "../../shared/versions/learn-example.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { feed, Trained } from "../testing/training.ts";

const patience = { timeout: 30_000 };

const replay = async (method: string, { name }: ModelSpec, version = 1) => {
  const response = await fetchEdge(`/v1/models/${name}/versions/${version}/replay`, { method });
  return { status: response.status, body: (await response.json()) as ReplayStatus };
};

/** Learns a version's log again, until that has ended. */
async function replayed(spec: ModelSpec, version = 1): Promise<ReplayStatus> {
  expect(await replay("POST", spec, version)).toMatchObject({ status: 200 });
  await expect.poll(async () => (await replay("GET", spec, version)).body.state, patience).not.toBe("running");
  return (await replay("GET", spec, version)).body;
}

test("a version's own spec gives the bits that it has, while it goes on learning", async () => {
  const spec = rankModel({});
  await deployed(spec);
  const trained = new Trained(spec);
  expect((await replay("GET", spec)).status).toBe(404);
  for (let round = 0; round < 6; round++) for (const name of ["0", "1", "2", "3"]) await feed(spec, name, round * 9, 9);
  await expect.poll(trained.examples, patience).toBe(216);
  await replay("POST", spec);
  // What comes meanwhile changes nothing: it is compared with what there was when it began.
  await feed(spec, "2", 100, 30);
  const status = await replayed(spec);
  expect(status).toMatchObject({ state: "equal", problem: null });
  expect(status.examples).toBe(status.of);
  expect(status.snapshot.replayed).toMatch(/^[0-9a-f]{64}$/);
  expect(status.snapshot.replayed).toBe(status.snapshot.learned);
  await expect.poll(trained.examples, patience).toBe(246);
  // Also of what it has learned since, and has in its memory alone.
  expect(await replayed(spec)).toMatchObject({ state: "equal", examples: 246 });
  expect((await replay("POST", spec, 7)).status).toBe(404);
});

test("is refused while the version learns its log again itself", async () => {
  const spec = rankModel();
  await deployed(spec);
  const trained = new Trained(spec);
  for (let round = 0; round < 6; round++) await feed(spec, "0", round * 100, 100);
  await expect.poll(trained.examples, patience).toBe(600);
  expect((await send("POST", `/v1/models/${spec.name}/exclusions`, { session: "nobody" })).status).toBe(201);
  const refused = (await replay("POST", spec)) as unknown as { status: number; body: { detail: string } };
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toContain("is learning its log again itself");
  await expect.poll(async () => (await replay("POST", spec)).status, patience).toBe(200);
});

test("what the log does not give any more is told, with where", async () => {
  const spec = rankModel();
  await deployed(spec);
  const trained = new Trained(spec);
  await feed(spec, "1", 0, 40);
  await expect.poll(trained.examples, patience).toBe(40);
  const change = (sql: string) =>
    runInDurableObject(env.PARTITION.getByName("1"), (_, { storage }) => {
      storage.sql.exec(sql);
    });
  await change(
    `UPDATE log SET value = 17 WHERE kind = 'feedback' AND offset = (SELECT min(offset) FROM log WHERE kind = 'feedback' AND model = '${spec.name}')`,
  );
  expect(await replayed(spec)).toMatchObject({
    state: "different",
    problem: expect.stringMatching(/^after 40 examples the learner's state differs from byte \d+ of \d+ on$/),
  });
  await change("UPDATE log SET value = 18 WHERE offset = (SELECT max(offset) FROM log)");
  expect(await replayed(spec)).toMatchObject({
    state: "failed",
    problem: "partition 1 has not got any more what was learned of it",
  });
});

test("a spec with a part of the log is a version of its own, that learns this part and says so", async () => {
  const spec = rankModel();
  await deployed(spec);
  const trained = new Trained(spec);
  await feed(spec, "0", 0, 10);
  await expect.poll(trained.examples, patience).toBe(10);
  await scheduler.wait(20);
  const since = Date.now();
  await feed(spec, "0", 10, 7);
  await scheduler.wait(20);
  const until = Date.now();
  await scheduler.wait(20);
  await feed(spec, "0", 17, 5);
  const versions = `/v1/models/${spec.name}/versions`;
  const made = await send("POST", versions, { spec: { ...spec, log: { since, until } }, stage: "shadow" });
  expect(made.status).toBe(201);
  const part = new Trained({ ...spec, log: { since, until } }, 2);
  await expect.poll(part.published, patience).toBe(7);
  const byHand = new ModelLearner(part.spec);
  for (const example of (await part.read("0", null, null)).slice(10, 17))
    learnExample(byHand, new Contributions(part.spec.perHour), example);
  const { number, ...rest } = await part.snapshot();
  const { number: _, ...expected } = byHand.snapshot(2, number);
  expect(rest).toEqual(expected);
  expect(await replayed(spec, 2)).toMatchObject({ state: "equal", examples: 7 });
  const listed = (await (await fetchEdge(versions)).json()) as { versions: { training: { log: unknown } }[] };
  expect(listed.versions.map(({ training }) => training.log)).toEqual([null, { since, until }]);
  const nonsense = await send("POST", versions, { spec: { ...spec, log: { since: until, until: since } } });
  expect(nonsense.status).toBe(400);
  expect(await nonsense.text()).toContain("must be later than since");
});
