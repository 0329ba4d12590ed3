import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { bagging, bayesian, cover, softmax, thompson } from "../../shared/contract/define.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { loadModel } from "../../shared/decide/loaded-model.ts";
import { Partition } from "../log/partition.ts";
import { deleteArtifacts } from "../storage/artifacts.ts";
import { readPublication } from "../storage/pointers.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { feed, partition, type Trained, train } from "../testing/training.ts";
import { Journal, type Learnt } from "./journal.ts";
import type { Place } from "./progress.ts";
import { Trainer } from "./trainer.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 30_000 };

/** Takes all data from a partition, as if its database had been deleted. */
async function lose(name: string): Promise<void> {
  await runInDurableObject(partition(name), (_: Partition, { storage }) => storage.deleteAll());
  await evictDurableObject(partition(name));
}

/** Makes a partition fail when it is read for a version, and send it nothing; call what it returns to end that. */
function failingRead({ spec, version }: Trained, name: string): () => void {
  const { read } = Partition.prototype;
  const { advance } = Trainer.prototype;
  const reads = vi.spyOn(Partition.prototype, "read").mockImplementation(async function (this: Partition, request) {
    const slice = await read.call(this, request);
    if (request.reader === `${spec.name}@${version}` && slice.examples[0]?.record.includes(`${spec.name}-${name}.`))
      throw new Error("not now");
    return slice;
  });
  // A trainer that has read all learns what is new from the slice it is sent, and does not read.
  const advances = vi.spyOn(Trainer.prototype, "advance").mockImplementation(function (this: Trainer, from, slice) {
    return advance.call(this, from, from === name ? null : slice);
  });
  return () => {
    reads.mockRestore();
    advances.mockRestore();
  };
}

const strings = (n: number): string[] => Array.from({ length: n }, (_, i) => `s${i}`);
const listed = (n: number) => ["a", "b"].map((id) => ({ id, features: { genre: strings(n) } }));

describe("a trainer", () => {
  test("publishes snapshot 0 of a model that has learned nothing", async () => {
    const spec = rankModel();
    const trained = await train(spec);
    const status = await trained.status();
    expect(status).toMatchObject({ model: spec.name, version: 1, stage: "live", examples: 0, progressiveLoss: null });
    expect(status.publication.snapshot).toMatchObject({ number: 0, newestFeedbackAt: null });
    expect(status.publication.delta).toBeNull();
    const snapshot = await trained.snapshot();
    expect(snapshot).toMatchObject({ model: spec.name, version: 1, number: 0, examples: 0 });
    expect(snapshot.weights.every((weight) => weight === 0)).toBe(true);
    expect(await readPublication(env.ARTIFACTS, spec.name, 1)).toEqual(status.publication);
  });

  test("is told by the partitions, learns, and publishes", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 30);
    await feed(trained.spec, "1", 0, 20);
    await expect.poll(trained.published, patience).toBe(50);
    const snapshot = await trained.snapshot();
    expect(snapshot.number).toBeGreaterThan(0);
    expect(snapshot.weights.some((weight) => weight !== 0)).toBe(true);
    expect((await trained.status()).publication.snapshot.newestFeedbackAt).toBeGreaterThan(0);
  });

  test.each([
    { policy: bagging({ bags: 3 }) },
    { policy: cover({ policies: 3 }) },
    { policy: thompson(), learner: bayesian({ bits: 10 }) },
    { policy: softmax(), reduction: "dr" as const },
  ])("publishes what deciding takes, and goes on from its state to the same bits, $policy.type", async (rest) => {
    const trained = await train(rankModel({}, rest));
    await feed(trained.spec, "0", 0, 20);
    await expect.poll(trained.examples, patience).toBe(20);
    await trained.evict();
    await feed(trained.spec, "1", 0, 10);
    await expect.poll(trained.published, patience).toBe(30);
    const snapshot = await trained.snapshot();
    const { learner } = await trained.rebuilt();
    expect(snapshot).toEqual(learner.snapshot(1, snapshot.number));
    expect(() => loadModel(trained.spec, snapshot)).not.toThrow();
  });

  test("neither loses nor repeats anything when it ends between learning and checkpoint, again and again", async () => {
    const trained = await train(rankModel());
    let fed = 0;
    for (let round = 0; round < 5; round++) {
      await feed(trained.spec, "2", fed, 15);
      await feed(trained.spec, "3", fed, 15);
      fed += 15;
      await expect.poll(trained.examples, patience).toBe(2 * fed);
      // Learned in memory, and gone within the pause before the next publication.
      await feed(trained.spec, "2", fed, 5);
      await feed(trained.spec, "3", fed, 5);
      fed += 5;
      await trained.stub.advance("2", null);
      if (round % 2) await trained.evict();
      else await abortAllDurableObjects();
    }
    await expect.poll(trained.published, patience).toBe(2 * fed);
    const { learner } = await trained.rebuilt();
    expect(learner.examples).toBe(2 * fed);
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("hears of every example, though it failed when it was told, and the partition ended before it could tell", async () => {
    const trained = await train(rankModel());
    // Until then it asks by itself.
    await expect.poll(async () => (await trained.status()).caughtUp, patience).toBe(true);
    const advance = vi.spyOn(Trainer.prototype, "advance").mockRejectedValueOnce(new Error("not now"));
    await feed(trained.spec, "0", 0, 3);
    await expect.poll(() => advance.mock.calls.length, patience).toBeGreaterThan(1);
    advance.mockRestore();
    await feed(trained.spec, "1", 0, 4);
    await evictDurableObject(partition("1"));
    await expect.poll(trained.examples, patience).toBe(7);
  });

  test("stays sound whatever numbers it is fed", async () => {
    const trained = await train(rankModel());
    const { spec } = trained;
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
      appendOf({
        decisions: records.map(({ record }) => incoming(record)),
        feedback: records.map(({ record, value }) => incomingFeedback({ id: record.id, value, at: now })),
      }),
    );
    const handled = async () => {
      const { examples, unlearnable } = await trained.status();
      return examples + unlearnable;
    };
    await expect.poll(handled, patience).toBe(records.length);
    await trained.evict();
    expect(await handled()).toBe(records.length);
    expect((await trained.snapshot()).weights.every(Number.isFinite)).toBe(true);
    await feed(spec, "1", 0, 5);
    await expect.poll(handled, patience).toBe(records.length + 5);
  });

  test("learns the log again when its stored state cannot be read, to the same bits", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 40);
    await expect.poll(trained.published, patience).toBe(40);
    const before = await trained.snapshot();
    await trained.garble();
    await feed(trained.spec, "0", 40, 1);
    await expect.poll(trained.published, patience).toBe(41);
    const { learner } = await trained.rebuilt();
    const after = await trained.snapshot();
    expect(after.weights).toEqual(learner.snapshot(1, 0).weights);
    expect(after.weights).not.toEqual(before.weights);
  });

  test("serves its last snapshot while it learns again, though a partition fails and it ends on the way", async () => {
    const trained = await train(rankModel());
    const { spec } = trained;
    for (const [name, from, learned] of [
      ["0", 0, 20],
      ["1", 0, 40],
      ["0", 20, 60],
    ] as const) {
      await feed(spec, name, from, 20);
      await expect.poll(trained.published, patience).toBe(learned);
    }
    const before = (await trained.status()).publication;
    const journal = await trained.journal();
    expect(journal.map(({ partition }) => partition)).toEqual(["0", "1", "0"]);
    const answerAgain = failingRead(trained, "1");
    await trained.garble();
    // The journal's first slice is learned and committed; the second is not to be had.
    await expect.poll(trained.examples, patience).toBe(20);
    expect((await trained.status()).publication).toEqual(before);
    await trained.evict();
    await feed(spec, "0", 40, 5);
    expect((await trained.status()).publication).toEqual(before);
    answerAgain();
    await expect.poll(trained.published, { timeout: 20_000 }).toBe(65);
    expect((await trained.journal()).slice(0, 2)).toEqual(journal.slice(0, 2));
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("passes over an example that it cannot learn, and says so", async () => {
    const trained = await train(rankModel());
    const now = Date.now();
    const record = rankRecord(trained.spec.name, "broken.1", now);
    const bodies = ["{not json", JSON.stringify({ ...record, chosen: 7 }), JSON.stringify({ ...record, format: 99 })];
    await partition("1").append(
      appendOf({
        decisions: bodies.map((body, i) => ({ ...incoming({ ...record, id: `broken.${i}` }), body })),
        feedback: bodies.map((_, i) => incomingFeedback({ id: `broken.${i}`, value: 1, at: now })),
      }),
    );
    await feed(trained.spec, "1", 0, 3);
    await expect.poll(trained.examples, patience).toBe(3);
    expect((await trained.status()).unlearnable).toBe(3);
    const reasons = await trained.sql((sql) => sql.exec<{ reason: string }>("SELECT reason FROM unlearned").toArray());
    expect(reasons.map(({ reason }) => reason)).toEqual([
      expect.stringContaining("JSON"),
      expect.stringContaining("must be the index of one of the 2 actions"),
      expect.stringContaining("format 99"),
    ]);
  });

  test.each<[interactions: ModelSpec["interactions"], record: Partial<RankDecision>, counted: string]>([
    [[["context", "action", "action"]], { context: { device: strings(64) }, actions: listed(64) }, "133,249"],
    [
      [["graph", "graph", "graph"]],
      { graph: Object.fromEntries(strings(100).map((name) => [name, [1, 1]])) },
      "171,803",
    ],
  ])(
    "sets aside an example of more features than one may have, interactions %j",
    async (interactions, rest, counted) => {
      const trained = await train({ ...rankModel(), interactions });
      const now = Date.now();
      const record = { ...rankRecord(trained.spec.name, `${trained.spec.name}.long`, now), chosen: 0, ...rest };
      await partition("0").append(
        appendOf({ decisions: [incoming(record)], feedback: [incomingFeedback({ id: record.id, value: 1, at: now })] }),
      );
      await feed(trained.spec, "0", 0, 3);
      await expect.poll(trained.examples, patience).toBe(3);
      expect((await trained.status()).unlearnable).toBe(1);
      const reasons = await trained.sql((sql) =>
        sql.exec<{ reason: string }>("SELECT reason FROM unlearned").toArray(),
      );
      expect(reasons).toEqual([
        {
          reason: `actions[0] makes ${counted} features with the interactions of the spec: at most 32,768 are possible`,
        },
      ]);
    },
  );

  test("learns what is outside the range of rewards as its end, and counts it, also when it learns again", async () => {
    const spec = rankModel({ range: [0, 1] });
    const other = rankModel({ range: [0, 1] });
    const [trained, calm] = [await train(spec), await train(other)];
    for (const [model, absurd] of [
      [spec, 1e9],
      [other, 1],
    ] as const) {
      const now = Date.now();
      const ids = ["x.1", "x.2", "x.3", "x.4"];
      await partition("0").append(
        appendOf({
          decisions: ids.map((id) => incoming({ ...rankRecord(model.name, `${model.name}-${id}`, now), chosen: 0 })),
          feedback: [absurd, 0, 0.5, -absurd + 1].map((value, i) =>
            incomingFeedback({ id: `${model.name}-${ids[i]}`, value, at: now }),
          ),
        }),
      );
    }
    await expect.poll(trained.published, patience).toBe(4);
    await expect.poll(calm.published, patience).toBe(4);
    expect((await trained.snapshot()).weights).toEqual((await calm.snapshot()).weights);
    expect([(await trained.status()).clamped, (await calm.status()).clamped]).toEqual([2, 0]);
    await trained.garble();
    await feed(spec, "0", 0, 1);
    await expect.poll(trained.published, patience).toBe(5);
    expect((await trained.status()).clamped).toBe(2);
  });

  test("publishes again what the artifact store has lost", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    const before = await trained.snapshot();
    await deleteArtifacts(env.ARTIFACTS, [(await trained.status()).publication.snapshot.sha256]);
    await trained.evict();
    await expect
      .poll(async () => (await trained.status()).publication.snapshot.number, patience)
      .toBe(before.number + 1);
    expect(await trained.snapshot()).toEqual({ ...before, number: before.number + 1 });
  });

  test("goes on with the other partitions when one fails, and with that one when it answers again", async () => {
    const trained = await train(rankModel());
    const answerAgain = failingRead(trained, "1");
    await feed(trained.spec, "1", 0, 4);
    await feed(trained.spec, "2", 0, 4);
    await expect.poll(trained.examples, patience).toBe(4);
    answerAgain();
    await expect.poll(trained.examples, patience).toBe(8);
  });
});

// Last, since the partitions lose the examples of all models here.
describe("a trainer whose partition has lost its log", () => {
  test("goes on from what it knows with what is in the new one", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 20);
    await expect.poll(trained.examples, patience).toBe(20);
    await lose("0");
    await feed(trained.spec, "0", 20, 5);
    await trained.stub.advance("0", null);
    await expect.poll(trained.examples, patience).toBe(25);
    await trained.evict();
    await feed(trained.spec, "0", 25, 5);
    await expect.poll(trained.examples, patience).toBe(30);
    const [old, present] = await trained.journal();
    expect(present).toMatchObject({ partition: "0" });
    expect(present!.log).not.toBe(old!.log);
  });

  test("learns what there is when its state cannot be read either", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 20);
    await feed(trained.spec, "1", 0, 10);
    await expect.poll(trained.published, patience).toBe(30);
    const before = (await trained.status()).publication;
    await lose("0");
    await trained.garble();
    await feed(trained.spec, "0", 20, 5);
    await expect.poll(trained.published, patience).toBe(15);
    const snapshot = await trained.snapshot();
    expect(snapshot.number).toBeGreaterThan((before.delta ?? before.snapshot).number);
    const { learner } = await trained.rebuilt();
    expect(snapshot.weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("learns what there is when the log is shorter than what was learned", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "2", 0, 20);
    await expect.poll(trained.published, patience).toBe(20);
    await runInDurableObject(partition("2"), (_: Partition, { storage }) => {
      storage.sql.exec("DELETE FROM log WHERE offset > (SELECT max(offset) - 7 FROM log)");
    });
    await evictDurableObject(partition("2"));
    const left = (await trained.read("2", null, null)).length;
    expect(left).toBe(13);
    await trained.garble();
    await expect.poll(trained.published, patience).toBe(left);
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });
});

/** How many decisions of a model a partition has with their feedback. */
const fedDecisions = (model: string, name: string): Promise<number> =>
  runInDurableObject(
    partition(name),
    (_: Partition, { storage }) =>
      storage.sql
        .exec<{ n: number }>(
          `SELECT count(*) AS n FROM log AS f JOIN log AS d ON d.id = f.id AND d.kind = 'decision'
           WHERE f.kind = 'feedback' AND d.model = ?`,
          model,
        )
        .one().n,
  );

/** Puts a partition back to what it was `rows` rows ago, as who restores an older copy of it does; then, maybe, what happened since. */
async function restore(name: string, rows: number, since = async () => {}): Promise<void> {
  await runInDurableObject(partition(name), (_: Partition, { storage }) => {
    storage.sql.exec("DELETE FROM log WHERE offset > (SELECT max(offset) - ? FROM log)", rows);
    storage.sql.exec("UPDATE totals SET upto = (SELECT max(offset) FROM log)");
  });
  await evictDurableObject(partition(name));
  await since();
}

describe("a trainer of whose partition an older copy was restored", () => {
  /** Says how many lines were written of what is no longer in the log. */
  function watchOutput(trained: Trained) {
    const error = vi.spyOn(console, "error");
    const lines = () =>
      error.mock.calls.filter(([line]) => {
        const { message, version } = JSON.parse(line as string);
        return version === trained.name && message.startsWith("what was learned is not in the log any more");
      });
    return { lines, end: () => error.mockRestore() };
  }

  /** It has learned what the logs have, each once, and says so once. */
  async function expectAll(trained: Trained, partitions: readonly string[]): Promise<void> {
    let examples = 0;
    // Not read as an example: the partition would take that for the trainer's reading.
    for (const name of partitions) examples += await fedDecisions(trained.spec.name, name);
    await expect.poll(trained.published, { timeout: 20_000 }).toBe(examples);
    await expect.poll(async () => (await trained.status()).caughtUp, patience).toBe(true);
    const { learner } = await trained.rebuilt();
    expect(learner.examples).toBe(examples);
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  }

  test.each([5, 40, 200])("learns all %i that come after it, and what the copy had, once", async (after) => {
    const trained = await train(rankModel());
    await feed(trained.spec, "3", 0, 30);
    await feed(trained.spec, "2", 0, 10);
    await expect.poll(trained.published, patience).toBe(40);
    const output = watchOutput(trained);
    // 20 decisions with their feedback. Of the rest, the feedback of all but ten is gone.
    await restore("3", 40, () => feed(trained.spec, "3", 100, after));
    await expectAll(trained, ["2", "3"]);
    expect(output.lines()).toHaveLength(1);
    expect(JSON.parse(output.lines()[0]![0] as string)).toMatchObject({ level: "error", partition: "3" });
    output.end();
    await feed(trained.spec, "3", 1000, 7);
    await expectAll(trained, ["2", "3"]);
  });

  test("notices when it had ended, and when nothing new comes, as soon as it reads", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "3", 0, 30);
    await expect.poll(trained.published, patience).toBe(30);
    const output = watchOutput(trained);
    await restore("3", 10);
    await trained.evict();
    await trained.stub.advance("3", null);
    await expectAll(trained, ["3"]);
    expect(output.lines()).toHaveLength(1);
    output.end();
  });

  test("goes on where it is when the copy has all that it learned", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "3", 0, 30);
    await expect.poll(trained.published, patience).toBe(30);
    const output = watchOutput(trained);
    await restore("3", 0, () => feed(trained.spec, "3", 100, 5));
    await expect.poll(trained.published, patience).toBe(35);
    expect(output.lines()).toHaveLength(0);
    output.end();
  });

  test("learns nothing twice when a log comes back that was lost before", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "3", 0, 30);
    await expect.poll(trained.published, patience).toBe(30);
    const identity = async (id: string | null) =>
      runInDurableObject(partition("3"), (_: Partition, { storage }) => {
        if (id !== null) storage.sql.exec("UPDATE log_identity SET id = ?", id);
        return storage.sql.exec<{ id: string }>("SELECT id FROM log_identity").one().id;
      });
    const first = await identity(null);
    await identity("another");
    await evictDurableObject(partition("3"));
    await trained.stub.advance("3", null);
    await expect.poll(trained.examples, patience).toBeGreaterThan(30);
    await identity(first);
    await evictDurableObject(partition("3"));
    await trained.stub.advance("3", null);
    await expectAll(trained, ["3"]);
  });

  describe("forgets what a former release had learned, which did not wait for pages, and learns the log again", () => {
    test.each([
      ["whose positions have not all that they need", withoutWaits],
      ["whose journal alone is there", withJournalAlone],
      ["whose positions and slices had rows of their own", withRowsOfPositions],
    ])("%s", async (_, asBefore) => {
      const trained = await train(rankModel());
      for (const name of ["3", "1", "3"]) {
        await feed(trained.spec, name, (await trained.examples()) * 10, 30);
        await expect.poll(() => trained.journal().then((journal) => journal.at(-1)?.partition), patience).toBe(name);
      }
      await expect.poll(trained.published, patience).toBe(90);
      const beginning = () =>
        trained.sql((sql) => sql.exec<{ n: number }>("SELECT beginning AS n FROM version").one().n);
      const began = await beginning();
      await trained.sql(asBefore);
      await trained.evict();
      // It has a new beginning, and what was published serves meanwhile.
      expect((await trained.status()).publication.examples).toBe(90);
      expect(await beginning()).toBe(began + 1);
      await feed(trained.spec, "3", 5000, 5);
      await expectAll(trained, ["1", "3"]);
      for (const { to } of await trained.sql((sql) => slicesOf(sql))) expect(to).toHaveProperty("lasts");
      // What is known by now is kept.
      await trained.evict();
      await feed(trained.spec, "3", 6000, 5);
      await expectAll(trained, ["1", "3"]);
      expect(await beginning()).toBe(began + 1);
      await trained.garble();
      await feed(trained.spec, "3", 7000, 5);
      await expectAll(trained, ["1", "3"]);
    });
  });
});

function slicesOf(sql: SqlStorage): Learnt[] {
  const journal = new Journal(sql);
  const slices: Learnt[] = [];
  for (let next = journal.next(0); next; next = journal.next(next.number)) slices.push(next);
  return slices;
}

/** Makes positions those of a release that did not wait for pages. */
function withoutWaits(sql: SqlStorage): void {
  for (const name of ["heard", "ended", "lasts"])
    sql.exec(`
      UPDATE checkpoint SET
        places = (SELECT json_group_array(json_remove(value, '$[1].position.${name}')) FROM json_each(places)),
        learnt = json_set(learnt, '$.slices',
          json((SELECT json_group_array(json_remove(value, '$.to.${name}')) FROM json_each(learnt, '$.slices'))))`);
}

/** The same, when it was about to learn the log again. */
function withJournalAlone(sql: SqlStorage): void {
  withoutWaits(sql);
  sql.exec(`
    INSERT OR REPLACE INTO journal SELECT json_extract(learnt, '$.first'), json_extract(learnt, '$.slices') FROM checkpoint;
    DELETE FROM checkpoint;
    DELETE FROM state;
    DELETE FROM contributions;`);
}

/** Makes the tables those of before. */
function withRowsOfPositions(sql: SqlStorage): void {
  const slices = slicesOf(sql);
  const { places } = sql.exec<{ places: string }>("SELECT places FROM checkpoint").one();
  const { state, contributions } = sql
    .exec<{ state: ArrayBuffer; contributions: ArrayBuffer }>("SELECT state, contributions FROM checkpoint")
    .one();
  sql.exec(`
    DROP TABLE journal;
    CREATE TABLE journal (
      number INTEGER PRIMARY KEY AUTOINCREMENT, partition TEXT NOT NULL, log TEXT NOT NULL, rows INTEGER NOT NULL, ends INTEGER NOT NULL, time INTEGER NOT NULL
    );
    CREATE TABLE positions (
      partition TEXT PRIMARY KEY, log TEXT NOT NULL, rows INTEGER NOT NULL, ends INTEGER NOT NULL, time INTEGER NOT NULL, newest INTEGER NOT NULL,
      reached INTEGER NOT NULL
    );`);
  for (const column of ["places", "learnt", "state", "contributions"])
    sql.exec(`ALTER TABLE checkpoint DROP COLUMN ${column}`);
  for (const { partition, to } of slices)
    sql.exec(
      "INSERT INTO journal (partition, log, rows, ends, time) VALUES (?, ?, ?, ?, ?)",
      ...[partition, to.log, to.rows, to.ends, to.time],
    );
  for (const [partition, { position, newest, reached }] of JSON.parse(places) as [string, Place][])
    sql.exec(
      "INSERT INTO positions VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[partition, position.log, position.rows, position.ends, position.time, newest, reached ? 1 : 0],
    );
  sql.exec("INSERT INTO state VALUES (0, ?)", state);
  sql.exec("INSERT INTO contributions VALUES (1, ?)", contributions);
}
