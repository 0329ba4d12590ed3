import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { decodeSnapshot } from "../../shared/artifact/snapshot.ts";
import { adaptive, bagging, bayesian, cover, softmax, thompson } from "../../shared/contract/define.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { loadModel } from "../../shared/decide/loaded-model.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import { KEPT_SNAPSHOTS } from "../limits.ts";
import { Partition } from "../log/partition.ts";
import { deploy } from "../registry/deployments.ts";
import { deleteArtifacts, getArtifact } from "../storage/artifacts.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import type { Slice } from "./journal.ts";
import { learnExample } from "./learn-example.ts";
import { Learner } from "./learner.ts";

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

const journalOf = (spec: ModelSpec) =>
  runInDurableObject(learnerOf(spec), (_: Learner, { storage }) =>
    storage.sql.exec<Slice>("SELECT partition, log, after, upto FROM journal ORDER BY number").toArray(),
  );

/** A learner that learns a model's whole log in the order of the journal. */
async function rebuilt(spec: ModelSpec) {
  const journal = await journalOf(spec);
  const learner = new ModelLearner(spec);
  for (const { partition: name, log, after, upto } of journal) {
    const pulled = await partition(name).pull(spec.name, after, 1000);
    expect(pulled.log).toBe(log);
    for (const example of pulled.examples) if (example.offset <= upto) learnExample(learner, example);
  }
  return { learner, journal };
}

/** Ends a learner in a way that it cannot read its state when it is next started. */
async function garble(spec: ModelSpec): Promise<void> {
  await runInDurableObject(learnerOf(spec), (_: Learner, { storage }) => {
    storage.sql.exec("UPDATE state SET bytes = x'00'");
  });
  await evictDurableObject(learnerOf(spec));
}

/** Takes all data from a partition, as if its database had been deleted. */
async function lose(name: string): Promise<void> {
  await runInDurableObject(partition(name), (_: Partition, { storage }) => storage.deleteAll());
  await evictDurableObject(partition(name));
}

/** Makes a partition fail when it is asked for the examples of a model; call what it returns to end that. */
function failingPull(spec: ModelSpec, name: string): () => void {
  const original = Partition.prototype.pull;
  const pull = vi.spyOn(Partition.prototype, "pull").mockImplementation(function (this: Partition, ...of) {
    const pulled = original.apply(this, of);
    if (of[0] === spec.name && pulled.examples[0]?.record.includes(`${spec.name}-${name}.`)) throw new Error("not now");
    return pulled;
  });
  return () => pull.mockRestore();
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

  test.each([
    { policy: bagging({ bags: 3 }) },
    { policy: cover({ policies: 3 }) },
    { policy: thompson(), learner: bayesian({ bits: 10 }) },
    { policy: softmax(), reduction: "dr" as const },
  ])("publishes what deciding takes, and goes on from its state to the same bits, $policy.type", async (rest) => {
    const spec = rankModel({}, rest);
    await feed(spec, "0", 0, 20);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(20);
    await evictDurableObject(learnerOf(spec));
    await feed(spec, "1", 0, 10);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(30);
    const snapshot = await snapshotOf(spec);
    const { learner } = await rebuilt(spec);
    expect(snapshot).toEqual(learner.snapshot(1, snapshot.number));
    expect(() => loadModel(spec, snapshot)).not.toThrow();
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

  test("learns the log again when its stored state cannot be read, to the same bits", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 40);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(40);
    const before = await snapshotOf(spec);
    await garble(spec);
    await feed(spec, "0", 40, 1);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(41);
    const { learner } = await rebuilt(spec);
    const after = await snapshotOf(spec);
    expect(after.weights).toEqual(learner.snapshot(1, 0).weights);
    expect(after.weights).not.toEqual(before.weights);
  });

  test("serves its last snapshot while it learns again, though a partition fails and it ends on the way", async () => {
    const spec = rankModel();
    for (const [name, from, learned] of [
      ["0", 0, 20],
      ["1", 0, 40],
      ["0", 20, 60],
    ] as const) {
      await feed(spec, name, from, 20);
      await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(learned);
    }
    const before = await learnerOf(spec).status();
    const journal = await journalOf(spec);
    expect(journal.map(({ partition }) => partition)).toEqual(["0", "1", "0"]);
    const answerAgain = failingPull(spec, "1");
    await garble(spec);
    // The journal's first slice is learned and committed; the second is not to be had.
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(20);
    expect((await learnerOf(spec).status()).snapshot).toEqual(before.snapshot);
    await evictDurableObject(learnerOf(spec));
    await feed(spec, "0", 40, 5);
    expect((await learnerOf(spec).status()).snapshot).toEqual(before.snapshot);
    answerAgain();
    await expect.poll(examplesLearned(spec), { timeout: 20_000 }).toBe(65);
    expect((await journalOf(spec)).slice(0, 2)).toEqual(journal.slice(0, 2));
    const { learner } = await rebuilt(spec);
    await expect.poll(async () => (await snapshotOf(spec)).examples, { timeout: 10_000 }).toBe(65);
    expect((await snapshotOf(spec)).weights).toEqual(learner.snapshot(1, 0).weights);
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

  test("keeps nothing of the versions before but their last snapshot", async () => {
    const spec = rankModel();
    const now = Date.now();
    const broken = { ...incoming(rankRecord(spec.name, "broken.2", now)), body: "{not json" };
    await partition("1").append(
      appendOf(now, { decisions: [broken], feedback: [incomingFeedback({ id: "broken.2", value: 1, at: now })] }),
    );
    await feed(spec, "0", 0, 10);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(10);
    for (const learningRate of [0.5, 0.1, 0.2]) {
      deploy({ spec: { ...spec, learner: adaptive({ bits: 10, learningRate }) }, graph: null });
      await evictDurableObject(learnerOf(spec));
      await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(10);
    }
    await expect.poll(async () => (await learnerOf(spec).status()).deadLetters).toBe(1);
    expect((await journalOf(spec)).length).toBeLessThanOrEqual(2);
    const deadLetters = await runInDurableObject(learnerOf(spec), (_: Learner, { storage }) =>
      storage.sql.exec("SELECT * FROM dead_letters").toArray(),
    );
    expect(deadLetters).toHaveLength(1);
  });

  test("goes on with the other partitions when one fails, and with that one when it answers again", async () => {
    const spec = rankModel();
    await learnerOf(spec).status();
    const answerAgain = failingPull(spec, "1");
    await feed(spec, "1", 0, 4);
    await feed(spec, "2", 0, 4);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(4);
    answerAgain();
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

// Last, since the partitions lose the examples of all models here.
describe("a learner whose partition has lost its log", () => {
  test("goes on from what it knows with what is in the new one", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 20);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(20);
    await lose("0");
    await feed(spec, "0", 20, 5);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(25);
    await evictDurableObject(learnerOf(spec));
    await feed(spec, "0", 25, 5);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(30);
    const [old, present] = await journalOf(spec);
    expect(present).toMatchObject({ partition: "0", after: 0 });
    expect(present!.log).not.toBe(old!.log);
  });

  test("learns what there is when its state cannot be read either", async () => {
    const spec = rankModel();
    await feed(spec, "0", 0, 20);
    await feed(spec, "1", 0, 10);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(30);
    const before = await learnerOf(spec).status();
    await lose("0");
    await garble(spec);
    await feed(spec, "0", 20, 5);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(15);
    await expect.poll(async () => (await snapshotOf(spec)).examples, { timeout: 10_000 }).toBe(15);
    expect((await learnerOf(spec).status()).snapshot.number).toBeGreaterThan(before.snapshot.number);
    const { learner } = await rebuilt(spec);
    expect((await snapshotOf(spec)).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("learns what there is when the log is shorter than what was learned", async () => {
    const spec = rankModel();
    await feed(spec, "2", 0, 20);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(20);
    await runInDurableObject(partition("2"), (_: Partition, { storage }) => {
      storage.sql.exec("DELETE FROM examples WHERE model = ? AND value > 2", spec.name);
    });
    const { examples } = await partition("2").pull(spec.name, 0, 100);
    await garble(spec);
    await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(examples.length);
    await expect.poll(async () => (await snapshotOf(spec)).examples, { timeout: 10_000 }).toBe(examples.length);
  });
});

test("what was learned before logs had identities is learned again", async () => {
  const spec = rankModel();
  await feed(spec, "3", 0, 10);
  await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(10);
  const before = await learnerOf(spec).status();
  await runInDurableObject(learnerOf(spec), (_: Learner, { storage }) => {
    storage.sql.exec("ALTER TABLE checkpoint DROP COLUMN unlearnable; ALTER TABLE journal DROP COLUMN log;");
    storage.sql.exec(
      "DROP TABLE positions; CREATE TABLE offsets (partition TEXT PRIMARY KEY, offset INTEGER NOT NULL)",
    );
  });
  await evictDurableObject(learnerOf(spec));
  expect(await learnerOf(spec).status()).toMatchObject({ version: 1, snapshot: before.snapshot });
  await expect.poll(examplesLearned(spec), { timeout: 10_000 }).toBe(10);
  expect(await snapshotOf(spec)).toMatchObject({ examples: 10 });
});
