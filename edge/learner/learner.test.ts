import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { decodeSnapshot } from "../../shared/artifact/snapshot.ts";
import { adaptive } from "../../shared/spec/define.ts";
import type { ModelSpec } from "../../shared/spec/model.ts";
import { deleteArtifacts, getArtifact } from "../artifacts.ts";
import { deploy } from "../deployments.ts";
import { KEPT_SNAPSHOTS } from "../limits.ts";
import { Partition } from "../partition/partition.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { Checkpoint } from "./checkpoint.ts";
import { Learner } from "./learner.ts";
import { rebuild } from "./rebuild.ts";

// For a busy machine; nothing here waits that long otherwise.
vi.setConfig({ testTimeout: 30_000 });

const learnerOf = (spec: ModelSpec) => env.LEARNER.getByName(spec.name);
const partition = (name: string) => env.PARTITION.getByName(name);

/** Puts `n` finished examples of a model into a partition; `from` numbers them. */
async function feed(spec: ModelSpec, name: string, from: number, n: number): Promise<void> {
  const now = Date.now();
  const numbers = Array.from({ length: n }, (_, i) => from + i);
  const id = (i: number) => `${spec.name}-${name}.${i}`;
  await partition(name).append(
    appendOf(now, {
      decisions: numbers.map((i) => incoming(rankRecord(spec.name, id(i), now, i % 3 ? "phone" : "desktop"))),
      feedback: numbers.map((i) => incomingFeedback({ id: id(i), value: (i * 7) % 5, at: now })),
    }),
  );
}

const examplesLearned = (spec: ModelSpec) => async () => (await learnerOf(spec).status()).examples;

async function snapshotOf(spec: ModelSpec) {
  const { snapshot } = await learnerOf(spec).status();
  const artifact = await getArtifact(env.ARTIFACTS, snapshot.sha256);
  return decodeSnapshot(new Uint8Array(await artifact!.arrayBuffer()));
}

/** The weights of a learner that learns a model's whole log in the order of the journal. */
async function rebuilt(spec: ModelSpec) {
  const journal = await runInDurableObject(learnerOf(spec), (_: Learner, { storage }) =>
    new Checkpoint(storage).journal(1),
  );
  const learner = await rebuild(spec, journal, async (name, after, limit) =>
    partition(name).pull(spec.name, after, limit),
  );
  return { learner, journal };
}

describe("a learner", () => {
  test("publishes snapshot 0 of a model that has learned nothing", async () => {
    const spec = rankModel();
    const status = await learnerOf(spec).status();
    expect(status).toMatchObject({ version: 1, examples: 0, progressiveLoss: null, graph: null });
    expect(status.snapshot).toMatchObject({ number: 0, newestFeedbackAt: null });
    const snapshot = await snapshotOf(spec);
    expect(snapshot).toMatchObject({ model: spec.name, version: 1, number: 0, examples: 0 });
    expect(snapshot.weights.every((weight) => weight === 0)).toBe(true);
  });

  test("is told by the partitions, learns, and publishes", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 30);
    await feed(spec, "1", 0, 20);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(50);
    const snapshot = await snapshotOf(spec);
    expect(snapshot.number).toBeGreaterThan(0);
    expect(snapshot.weights.some((weight) => weight !== 0)).toBe(true);
    expect((await learnerOf(spec).status()).snapshot.newestFeedbackAt).toBeGreaterThan(0);
  });

  test("neither loses nor repeats anything when it ends between learning and checkpoint, again and again", async () => {
    const spec = rankModel();
    let fed = 0;
    for (let round = 0; round < 5; round++) {
      await feed(spec, "2", fed, 15);
      await feed(spec, "3", fed, 15);
      fed += 15;
      await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(2 * fed);
      // Learned in memory, and gone within the pause before the next publication.
      await feed(spec, "2", fed, 5);
      await feed(spec, "3", fed, 5);
      fed += 5;
      await learnerOf(spec).advance("2");
      if (round % 2) await evictDurableObject(learnerOf(spec));
      else await abortAllDurableObjects();
    }
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(2 * fed);
    const { learner, journal } = await rebuilt(spec);
    expect(learner.examples).toBe(2 * fed);
    expect((await snapshotOf(spec)).weights).toEqual(learner.snapshot(1, 0).weights);
    const learned = journal.filter(({ partition }) => partition === "2");
    for (const [i, { after }] of learned.entries()) expect(after).toBe(i === 0 ? 0 : learned[i - 1]!.upto);
  });

  test("hears of every example, though it failed when it was told, and the partition ended before it could tell", async () => {
    const spec = rankModel();
    const advance = vi.spyOn(Learner.prototype, "advance").mockRejectedValueOnce(new Error("not now"));
    await feed(spec, "0", 0, 3);
    await expect.poll(() => advance.mock.calls.length, { timeout: 10_000 }).toBeGreaterThan(1);
    advance.mockRestore();
    await feed(spec, "1", 0, 4);
    await evictDurableObject(partition("1"));
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(7);
  });

  test("that fails is left alone for longer and longer, however busy the others are", async () => {
    const [broken, busy] = [rankModel(), rankModel()];
    const original = Learner.prototype.advance;
    let tried = 0;
    const advance = vi.spyOn(Learner.prototype, "advance").mockImplementation(function (this: Learner, ...of) {
      if (this !== brokenLearner) return original.apply(this, of);
      tried++;
      return Promise.reject(new Error("not now"));
    });
    const brokenLearner = await runInDurableObject(learnerOf(broken), (instance: Learner) => instance);
    await feed(broken, "3", 0, 1);
    const rounds = 10;
    for (let i = 0; i < rounds; i++) {
      await feed(busy, "3", i, 1);
      await expect.poll(examplesLearned(busy), { timeout: 10_000, interval: 5 }).toBe(i + 1);
    }
    advance.mockRestore();
    // Each round the partition had something to tell the busy one.
    expect(tried).toBeGreaterThan(0);
    expect(tried).toBeLessThan(rounds);
    await expect.poll(examplesLearned(broken), { timeout: 30_000 }).toBe(1);
  });

  test("stays sound whatever numbers it is fed", async () => {
    const spec = rankModel();
    const now = Date.now();
    const extremes = [3e38, -3e38, 1e308, 1e-308, 5e-324, 0, -0];
    const records = extremes.flatMap((x, i) =>
      [1e9, -1e9, 0].map((value, j) => {
        const record = rankRecord(spec.name, `${spec.name}.${i}-${j}`, now);
        const actions = record.actions.map((action) => ({ ...action, features: { genre: x } }));
        return { record: { ...record, actions, probabilities: [1e-9, 1 - 1e-9], context: { device: x } }, value };
      }),
    );
    await partition("0").append(
      appendOf(now, {
        decisions: records.map(({ record }) => incoming(record)),
        feedback: records.map(({ record, value }) => incomingFeedback({ id: record.id, value, at: now })),
      }),
    );
    const handled = async () => {
      const { examples, deadLetters } = await learnerOf(spec).status();
      return examples + deadLetters;
    };
    await expect.poll(handled, { timeout: 10_000 }).toBe(records.length);
    await evictDurableObject(learnerOf(spec));
    expect(await handled()).toBe(records.length);
    expect((await snapshotOf(spec)).weights.every(Number.isFinite)).toBe(true);
    await feed(spec, "1", 0, 5);
    await expect.poll(handled, { timeout: 10_000 }).toBe(records.length + 5);
  });

  test("rebuilds from the log when its stored state cannot be read, to the same bits", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 40);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(40);
    const before = await snapshotOf(spec);
    await runInDurableObject(learnerOf(spec), (_: Learner, { storage }) => {
      storage.sql.exec("UPDATE state SET bytes = x'00'");
    });
    await evictDurableObject(learnerOf(spec));
    await feed(spec, "0", 40, 1);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(41);
    const { learner } = await rebuilt(spec);
    const after = await snapshotOf(spec);
    expect(after.weights).toEqual(learner.snapshot(1, 0).weights);
    expect(after.weights).not.toEqual(before.weights);
  });

  test("passes over an example that it cannot learn, and says so", async () => {
    const spec = rankModel();
    const now = Date.now();
    const broken = { ...incoming(rankRecord(spec.name, "broken.1", now)), body: "{not json" };
    await partition("1").append(
      appendOf(now, { decisions: [broken], feedback: [incomingFeedback({ id: "broken.1", value: 1, at: now })] }),
    );
    await feed(spec, "1", 0, 3);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(3);
    expect((await learnerOf(spec).status()).deadLetters).toBe(1);
  });

  test("starts another version, from the beginning of the log, when the spec is another", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 10);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(10);
    const before = await learnerOf(spec).status();
    deploy({ spec: { ...spec, learner: adaptive({ bits: 10, learningRate: 0.1 }) }, graph: null });
    await evictDurableObject(learnerOf(spec));
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(10);
    const after = await learnerOf(spec).status();
    expect(after.version).toBe(2);
    expect(await getArtifact(env.ARTIFACTS, before.snapshot.sha256)).not.toBeNull();
    expect((await snapshotOf(spec)).version).toBe(2);
  });

  test("publishes again what the artifact store has lost", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 5);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(5);
    const before = await snapshotOf(spec);
    await deleteArtifacts(env.ARTIFACTS, [(await learnerOf(spec).status()).snapshot.sha256]);
    await evictDurableObject(learnerOf(spec));
    const after = await snapshotOf(spec);
    expect(after).toEqual({ ...before, number: before.number + 1 });
  });

  test("goes on with the other partitions when one fails, and with that one when it answers again", async () => {
    const spec = rankModel();
    await learnerOf(spec).status();
    const original = Partition.prototype.pull;
    const pull = vi.spyOn(Partition.prototype, "pull").mockImplementation(function (this: Partition, ...of) {
      const examples = original.apply(this, of);
      if (of[0] === spec.name && examples[0]?.record.includes(`${spec.name}-1.`)) throw new Error("not now");
      return examples;
    });
    await feed(spec, "1", 0, 4);
    await feed(spec, "2", 0, 4);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(4);
    pull.mockRestore();
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(8);
  });

  test("keeps the bytes of its newest snapshots only", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 1);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(1);
    const first = await learnerOf(spec).status();
    await runInDurableObject(learnerOf(spec), (_: Learner, { storage }) => {
      // As many pointers as are kept, newer than what was published.
      for (let i = 1; i <= KEPT_SNAPSHOTS; i++)
        storage.sql.exec(
          "INSERT INTO snapshots SELECT version, number + ?, 'x' || ?, bytes, 0, published_at, null FROM snapshots WHERE number = ?",
          i,
          i,
          first.snapshot.number,
        );
    });
    await feed(spec, "0", 1, 1);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(2);
    await expect.poll(() => getArtifact(env.ARTIFACTS, first.snapshot.sha256)).toBeNull();
    const rows = await runInDurableObject(
      learnerOf(spec),
      (_: Learner, { storage }) => storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM snapshots").one().n,
    );
    expect(rows).toBe(KEPT_SNAPSHOTS);
  });
});
