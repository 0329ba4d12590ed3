import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, rankRecord } from "../testing/records.ts";
import { rowsAfter } from "./live-part.ts";
import { Log } from "./log.ts";
import type { IncomingFeedback } from "./messages.ts";
import type { Partition } from "./partition.ts";
import { allPartitions } from "./partitions.ts";
import { Segments } from "./segments.ts";

afterEach(() => vi.restoreAllMocks());

type Stub = ReturnType<typeof env.PARTITION.getByName>;

/** Puts all rows but the newest into files of two rows each. */
const close = (stub: Stub): Promise<void> =>
  runInDurableObject(stub, async (instance: Partition, { storage }) => {
    for (;;) {
      const log = new Log(storage.sql);
      const { rows } = rowsAfter(storage.sql, log, {
        after: log.archived,
        before: log.newest,
        rows: 2,
        characters: 1e9,
      });
      if (rows.length === 0) return;
      await instance.archive.close(rows);
    }
  });

const filesOf = async (partition: string): Promise<string[]> => {
  const { objects } = await env.ARTIFACTS.list({ prefix: `log/${partition}/` });
  return objects
    .map(({ key }) => key)
    .filter((key) => key.endsWith(".parquet"))
    .sort();
};

const at = Date.now() - 60_000;
const feedback = (id: string): IncomingFeedback => ({ id, value: 1, final: false, claimedAt: at, at });
const decision = (id: string) => incoming(rankRecord("m", id, at));

/** A partition whose first file has `a.1` and `a.2`, and whose second `b.1` and `b.2`. */
async function archived(name: string): Promise<{ stub: Stub; file: string }> {
  const stub = env.PARTITION.getByName(name);
  await stub.append(appendOf({ decisions: ["a.1", "a.2", "b.1", "b.2", "live.1"].map(decision) }));
  await close(stub);
  return { stub, file: (await filesOf(name))[0]! };
}

/** A batch with something for the first file, for the second, for the table, and for none. */
const mixed = (n: number) =>
  appendOf({
    decisions: [decision(`new.${n}`)],
    feedback: [feedback("a.1"), feedback("b.1"), feedback("live.1")],
    activations: [{ id: "a.2", claimedAt: at, at }],
    keepRejected: true,
  });
const statuses = ({ decisions, feedback, activations }: Awaited<ReturnType<Stub["append"]>>) =>
  [decisions, feedback, activations].map((list) => list.map(({ status }) => status));
const lost = async (stub: Stub) => (await stub.statistics()).archive.lost;

test.each([
  ["is gone", "is not in the store", (file: string) => env.ARTIFACTS.delete(file)],
  ["is another one", "is not what was written", (file: string) => env.ARTIFACTS.put(file, "PAR1 of somebody else")],
])(
  "a file that %s takes with it what is for its decisions, as dead letters, and nothing else",
  async (_, problem, spoil) => {
    const name = `lost-${problem.replaceAll(" ", "-")}`;
    const { stub, file } = await archived(name);
    const bytes = await (await env.ARTIFACTS.get(file))!.arrayBuffer();
    await spoil(file);
    const appended = await stub.append(mixed(1));
    expect(statuses(appended)).toEqual([["accepted"], ["lost", "accepted", "accepted"], ["lost"]]);
    const reason = `is for a decision in ${file}, a file of the archive that ${problem}`;
    expect(appended.feedback[0]).toEqual({ status: "lost", problem: reason });
    const { letters } = await stub.letters({ after: 0, limit: 10, reason: null });
    expect(
      letters.map(({ list, id, reason, body }) => [list, id, reason, (JSON.parse(body) as { id: string }).id]),
    ).toEqual([
      ["feedback", "a.1", reason, "a.1"],
      ["activations", "a.2", reason, "a.2"],
    ]);
    expect(await lost(stub)).toEqual({ files: 1, named: [`${file} ${problem}`] });
    // A letter that is driven again while it is lost stays one, beside others; a call is told.
    const again = appendOf({ feedback: [feedback("a.1"), feedback("b.2")], keepRejected: false });
    expect(statuses(await stub.append(again))).toEqual([[], ["lost", "accepted"], []]);
    expect((await stub.letters({ after: 0, limit: 10, reason: null })).letters).toHaveLength(2);
    await runInDurableObject(stub, async (instance: Partition) => {
      await expect(instance.decision("a.1")).rejects.toThrow(problem);
    });
    // Somebody brings it back: the partition looks now and then.
    await env.ARTIFACTS.put(file, bytes);
    await runInDurableObject(stub, (instance: Partition) => instance.archive.work());
    expect(await lost(stub)).toEqual({ files: 0, named: [] });
    expect(statuses(await stub.append(again))).toEqual([[], ["accepted", "duplicate"], []]);
  },
);

test("while the store does not answer, only what is for what is archived comes again", async () => {
  const { stub } = await archived("store-away");
  const reads = vi.spyOn(Segments.prototype, "read").mockRejectedValue(new Error("get: internal error (10001)"));
  const appended = await stub.append(mixed(1));
  expect(statuses(appended)).toEqual([["accepted"], ["later", "later", "accepted"], ["later"]]);
  expect((await stub.letters({ after: 0, limit: 10, reason: null })).letters).toEqual([]);
  expect(await lost(stub)).toEqual({ files: 0, named: [] });
  // Of what is for the archive alone nothing can be taken.
  await runInDurableObject(stub, async (instance: Partition) => {
    await expect(instance.append(appendOf({ feedback: [feedback("a.1")] }))).rejects.toThrow("(10001)");
  });
  reads.mockRestore();
  expect(statuses(await stub.append(mixed(1)))).toEqual([
    ["duplicate"],
    ["accepted", "accepted", "duplicate"],
    ["accepted"],
  ]);
});

test("files that are gone are noticed when the partition first archives something, without anybody who needs them", async () => {
  const { stub, file } = await archived("lost-unasked");
  await env.ARTIFACTS.delete(file);
  await runInDurableObject(stub, (instance: Partition) => instance.archive.removeStrays(false));
  expect(await lost(stub)).toEqual({ files: 1, named: [`${file} is not in the store`] });
});

test("a batch is answered item by item, health names the file, and metrics count it", async () => {
  const spec = rankModel();
  await deployed(spec);
  const rank = await send("POST", `/v1/models/${spec.name}/rank`, { unit: "u", actions: [{ id: "a" }] });
  const { id } = await rank.json<{ id: string }>();
  const partitions = allPartitions(env);
  const has = await Promise.all(partitions.map(async ({ stub }) => (await stub.decision(id)) !== null));
  const { name } = partitions[has.indexOf(true)]!;
  const holder = env.PARTITION.getByName(name);
  await holder.append(appendOf({ decisions: [decision("behind.1")] }));
  await close(holder);
  for (const file of await filesOf(name)) await env.ARTIFACTS.delete(file);
  const batch = await send("POST", "/v1/batch", {
    sentAt: Date.now(),
    feedback: [
      { id, value: 1 },
      { id: "nobody.1", value: 1 },
    ],
  });
  const { accepted, rejected } = await batch.json<{ accepted: number; rejected: { id: string; problem: string }[] }>();
  expect([batch.ok, accepted, rejected.map(({ id }) => id)]).toEqual([true, 1, [id]]);
  expect(rejected[0]!.problem).toContain("a file of the archive that is not in the store");
  const single = await send("POST", `/v1/decisions/${id}/feedback`, { value: 1 });
  expect(single.status).toBe(503);
  expect((await single.json<{ detail: string }>()).detail).toContain("is not in the store");
  const health = await fetchEdge("/health");
  expect(health.status).toBe(503);
  expect(await health.text()).toContain(`archive of partition ${name}: log/${name}/`);
  expect(await (await fetchEdge("/metrics")).text()).toMatch(
    new RegExp(`edgewise_archive_lost_files\\{partition="${name}"\\} [1-9]`),
  );
});
