import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { adaptive, bagging } from "../../shared/contract/define.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { applyDelta } from "../../shared/heads/delta.ts";
import { encodeSnapshot } from "../../shared/heads/encode-snapshot.ts";
import { decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Channel } from "../channel/channel.ts";
import type { Env } from "../env.ts";
import { getArtifact, sha256Hex } from "../storage/artifacts.ts";
import { readPublication, readPublicationPointer, replacePublication } from "../storage/pointers.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { rankModel } from "../testing/models.ts";
import { copyOf, putBack } from "../testing/older-copy.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { feed, partition, type Trained, train } from "../testing/training.ts";
import { WHOLE_BYTES } from "./limits.ts";
import { Publications } from "./publications.ts";
import { Publisher } from "./publisher.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 30_000 };
const DAY = 24 * 3_600_000;

afterEach(() => vi.restoreAllMocks());

/** Puts decisions into a partition that have features of their own, so that a snapshot grows with every one. */
async function feedNew(spec: ModelSpec, from: number, n: number): Promise<void> {
  const now = Date.now();
  const records = Array.from({ length: n }, (_, i) => {
    const record = rankRecord(spec.name, `${spec.name}.${from + i}`, now, `device-${from + i}`);
    return { ...record, actions: record.actions.map((a) => ({ ...a, features: { genre: `${a.id}-${from + i}` } })) };
  });
  await partition("0").append(
    appendOf({
      decisions: records.map(incoming),
      feedback: records.map(({ id }, i) => incomingFeedback({ id, value: i % 2, at: now })),
    }),
  );
}

/** Keeps a copy of every snapshot that is made from now on, by its number. */
function recordSnapshots(model: string): Map<number, SnapshotData> {
  const made = new Map<number, SnapshotData>();
  const original = ModelLearner.prototype.snapshot;
  vi.spyOn(ModelLearner.prototype, "snapshot").mockImplementation(function (this: ModelLearner, version, number) {
    const snapshot = original.call(this, version, number);
    if (snapshot.model === model) made.set(number, structuredClone(snapshot));
    return snapshot;
  });
  return made;
}

/** A version that has published several bases and deltas on each, and every snapshot as it was made. */
async function publishMany(): Promise<{ trained: Trained; made: Map<number, SnapshotData> }> {
  // Of each weight it has 17: not many examples make a snapshot that is not published whole.
  const spec = rankModel({}, { policy: bagging({ bags: 16 }), learner: adaptive({ bits: 12 }) });
  const made = recordSnapshots(spec.name);
  const trained = await train(spec);
  let fed = 0;
  for (const n of [150, 2, 2, 150, 2, 2, 150, 2, 2]) {
    await feedNew(spec, fed, n);
    fed += n;
    await expect.poll(trained.published, patience).toBe(fed);
  }
  return { trained, made };
}

/** Tells snapshots apart by a single bit. */
const digest = (snapshot: SnapshotData): Promise<string> => sha256Hex(encodeSnapshot(snapshot));

const rowsOf = (trained: Trained) =>
  trained.sql((sql) =>
    sql
      .exec<{ number: number; base: number; delta: string | null }>(
        "SELECT number, base, sha256 AS delta FROM publications ORDER BY number",
      )
      .toArray(),
  );

describe("a version publishes", () => {
  test("deltas on a base, of which every one gives the snapshot that was made, bit for bit, an hour later too", async () => {
    const { trained, made } = await publishMany();
    await trained.sql((sql) => sql.exec("UPDATE publications SET published_at = published_at - 3600000").toArray());
    await trained.evict();
    const rows = await rowsOf(trained);
    expect(rows.map(({ number }) => number)).toEqual([...made.keys()]);
    const bases = new Set(rows.map(({ base }) => base));
    const deltas = rows.filter(({ delta }) => delta !== null);
    expect(bases.size).toBeGreaterThan(2);
    expect(deltas.length).toBeGreaterThanOrEqual(4);
    for (const { number } of rows) {
      const kept = await trained.stub.snapshotOf(number);
      const snapshot = await readSnapshot(env.ARTIFACTS, kept!);
      expect(await digest(snapshot)).toBe(await digest(made.get(number)!));
      if (kept!.delta) expect(kept!.delta.bytes).toBeLessThanOrEqual(kept!.snapshot.bytes / 4);
    }
    expect(await trained.stub.snapshotOf(rows.length)).toBeNull();
  });

  test("the whole of a small snapshot", async () => {
    const trained = await train(rankModel());
    for (let fed = 0; fed < 20; fed += 5) {
      await feed(trained.spec, "0", fed, 5);
      await expect.poll(trained.published, patience).toBe(fed + 5);
      const { snapshot, delta } = (await trained.status()).publication;
      expect(delta).toBeNull();
      expect(snapshot.bytes).toBeLessThanOrEqual(WHOLE_BYTES);
    }
  });

  test("a base again when the last one is five minutes old, for pages that read no deltas", async () => {
    const { trained } = await publishMany();
    const before = (await trained.status()).publication;
    expect(before.delta).not.toBeNull();
    await trained.sql((sql) => {
      const publication = { ...before, snapshot: { ...before.snapshot, publishedAt: Date.now() - 5 * 60_000 } };
      sql.exec("UPDATE newest SET publication = ?", JSON.stringify(publication));
    });
    await trained.evict();
    await feedNew(trained.spec, 10_000, 1);
    await expect.poll(trained.published, patience).toBe(before.examples + 1);
    expect((await trained.status()).publication.delta).toBeNull();
  });

  test("a step from the snapshot before, after a restart too", async () => {
    const trained = await train(rankModel());
    let before = await trained.snapshot();
    for (let round = 0; round < 4; round++) {
      const { publication } = await trained.status();
      // One alone is one publication, however slow the machine is.
      await feed(trained.spec, "0", round, 1);
      await expect.poll(trained.published, patience).toBe(round + 1);
      const { step } = await trained.stub.notice();
      expect(step).toMatchObject({ from: before.number, of: (publication.delta ?? publication.snapshot).sha256 });
      const bytes = Uint8Array.from(atob(step!.bytes), (c) => c.charCodeAt(0));
      const after = await trained.snapshot();
      expect(await digest(applyDelta(before, bytes))).toBe(await digest(after));
      before = after;
      await trained.evict();
    }
  });

  test("nothing when nothing was learned, and commits what was read all the same", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    const { publication } = await trained.status();
    const position = async () => (await trained.status()).partitions[0]!.position!.rows;
    const before = await position();
    const now = Date.now();
    await partition("0").append(
      appendOf({ decisions: [incoming(rankRecord(trained.spec.name, `${trained.spec.name}-later.1`, now))] }),
    );
    await expect.poll(position, patience).toBeGreaterThan(before);
    expect((await trained.status()).publication).toEqual(publication);
  });

  test("with numbers that go on when the object has lost its data", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    const lost = snapshotNumber((await trained.status()).publication);
    await expect
      .poll(async () => snapshotNumber((await readPublication(env.ARTIFACTS, trained.spec.name, 1))!), patience)
      .toBe(lost);
    await runInDurableObject(trained.stub, (_, { storage }) => storage.deleteAll());
    await trained.evict();
    const error = vi.spyOn(console, "error");
    // What was published serves until as much is learned again.
    expect(snapshotNumber(await trained.configure("live"))).toBe(lost);
    await expect.poll(async () => snapshotNumber((await trained.status()).publication), patience).toBe(lost + 1);
    expect(await trained.published()).toBe(5);
    // Whoever configures it, and why ever: nobody else can tell.
    const lines = error.mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(lines.filter(({ message }) => message.startsWith("a trainer has lost its data,"))).toMatchObject([
      { level: "error", model: trained.spec.name, version: 1, published: lost },
    ]);
  });

  test("nothing older than it has, when an older copy of the object is put back, and knows all that it published", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    const older = await copyOf(trained.stub);
    for (let n = 1; n <= 3; n++) {
      await feed(trained.spec, "0", 5 * n, 5);
      await expect.poll(trained.published, patience).toBe(5 * (n + 1));
    }
    const newest = snapshotNumber((await trained.status()).publication);
    const pointed = async () => snapshotNumber((await readPublication(env.ARTIFACTS, trained.spec.name, 1))!);
    await expect.poll(pointed, patience).toBe(newest);
    const snapshots = () => Promise.all(Array.from({ length: newest + 1 }, (_, n) => trained.stub.snapshotOf(n)));
    const published = await snapshots();
    const made = vi.spyOn(ModelLearner.prototype, "snapshot");
    const error = vi.spyOn(console, "error");
    await putBack(trained.stub, older);
    await expect.poll(trained.examples, patience).toBe(20);
    await expect.poll(pointed, patience).toBeGreaterThan(newest);
    expect(await trained.published()).toBe(20);
    expect(made.mock.calls.filter(([, number]) => number <= newest)).toEqual([]);
    expect(await snapshots()).toEqual(published);
    const lines = error.mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(lines.filter(({ message }) => message.startsWith("a trainer was put back to an older copy"))).toMatchObject([
      { version: 1, published: newest },
    ]);
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("over no later pointer, when a write that was taken for lost arrives", async () => {
    const trained = await train(rankModel());
    const pointer = () => readPublicationPointer(env.ARTIFACTS, trained.spec.name, 1);
    await expect.poll(pointer, patience).not.toBeNull();
    const { publication, etag } = (await pointer())!;
    const later = { ...publication, snapshot: { ...publication.snapshot, number: 7 } };
    await replacePublication(env.ARTIFACTS, later, etag);
    for (const former of [etag, null])
      await expect(replacePublication(env.ARTIFACTS, publication, former)).rejects.toThrow(
        "is not the one that was to be replaced",
      );
    expect((await pointer())!.publication).toEqual(later);
  });
});

describe("publications that are too old", () => {
  test("are forgotten, and what only they needed is deleted, but nothing that is needed", async () => {
    const { trained, made } = await publishMany();
    const rows = await rowsOf(trained);
    const artifacts = new Map<number, string[]>();
    for (const { number } of rows) {
      const { snapshot, delta } = (await trained.stub.snapshotOf(number))!;
      artifacts.set(number, [snapshot.sha256, ...(delta ? [delta.sha256] : [])]);
    }
    // The first that is kept is a delta: its base is older, and must stay.
    const kept = rows.findIndex(({ delta }, i) => i > 3 && delta !== null && rows[i - 1]!.delta !== null);
    expect(kept).toBeGreaterThan(3);
    await trained.sql((sql) =>
      sql.exec("UPDATE publications SET published_at = published_at - ? WHERE number < ?", 8 * DAY, kept).toArray(),
    );
    await trained.evict();
    await trained.status();
    await expect
      .poll(async () => (await rowsOf(trained)).map(({ number }) => number), patience)
      .toEqual(rows.slice(kept).map(({ number }) => number));
    const needed = new Set(rows.slice(kept).flatMap(({ number }) => artifacts.get(number)!));
    for (const sha256 of new Set([...artifacts.values()].flat()))
      expect((await getArtifact(env.ARTIFACTS, sha256)) !== null, sha256).toBe(needed.has(sha256));
    expect(needed.size).toBeLessThan(new Set([...artifacts.values()].flat()).size);
    for (const { number } of rows.slice(kept)) {
      const snapshot = await readSnapshot(env.ARTIFACTS, (await trained.stub.snapshotOf(number))!);
      expect(await digest(snapshot)).toBe(await digest(made.get(number)!));
    }
    expect(await trained.stub.snapshotOf(0)).toBeNull();
  });

  test("stay when they are the newest, however old", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    await trained.sql((sql) => sql.exec("UPDATE publications SET published_at = 0").toArray());
    await trained.evict();
    const newest = snapshotNumber((await trained.status()).publication);
    await expect.poll(async () => (await rowsOf(trained)).map(({ number }) => number), patience).toEqual([newest]);
    expect((await trained.snapshot()).examples).toBe(5);
  });

  test("go a bounded part at a time, until none is left", async () => {
    const trained = await train(rankModel());
    await trained.sql((sql) => {
      // Many old ones between the first and the newest, all deltas of the first.
      for (let i = 1; i <= 1200; i++)
        sql.exec(
          "INSERT INTO publications (number, base, sha256, bytes, examples, published_at) VALUES (?, 0, ?, 1, 0, 0)",
          i,
          `${i}`.padStart(64, "0"),
        );
      sql.exec("UPDATE publications SET published_at = 0");
    });
    const prune = vi.spyOn(Publications.prototype, "prune");
    await trained.evict();
    await trained.status();
    await expect.poll(async () => (await rowsOf(trained)).length, patience).toBe(1);
    expect(prune.mock.calls.length).toBeGreaterThan(2);
    // The base of the newest.
    expect((await trained.snapshot()).number).toBe(0);
  });
});

describe("a version that ends while it publishes", () => {
  /** Makes the object end at a point of its publications. @returns whether it has. */
  type End = (trained: Trained) => Promise<() => boolean>;

  /** Nothing comes back to an object that has ended. */
  const never = new Promise<never>(() => {});
  /** The object's bucket, and what ends it, once. */
  async function inside(trained: Trained) {
    const { bucket, abort } = await runInDurableObject(trained.stub, (instance, state) => ({
      bucket: (instance as unknown as { env: Env }).env.ARTIFACTS,
      abort: () => state.abort("ended by a test"),
    }));
    let ended = false;
    const end = (): Promise<never> => {
      ended = true;
      abort();
      return never;
    };
    return { bucket, end, ended: () => ended };
  }
  /** Ends where something is put under a key; `after`: when it is there. */
  const atPut =
    (prefix: string, after: boolean): End =>
    async (trained) => {
      const { bucket, end, ended } = await inside(trained);
      const put = bucket.put.bind(bucket) as (key: string, ...of: unknown[]) => Promise<R2Object>;
      vi.spyOn(bucket, "put").mockImplementation((async (key: string, ...of: unknown[]) => {
        if (ended() || !key.startsWith(prefix)) return put(key, ...of);
        if (after) await put(key, ...of);
        return end();
      }) as typeof bucket.put);
      return ended;
    };
  /** Ends when a channel is to be told. */
  const atNotice: End = async (trained) => {
    const { end, ended } = await inside(trained);
    const { notice } = Publisher.prototype;
    vi.spyOn(Publisher.prototype, "notice").mockImplementation(function (this: Publisher) {
      if (ended()) return notice.call(this);
      void end();
      throw new Error("ended by a test");
    });
    return ended;
  };

  test.each<[string, End]>([
    ["before the artifact is there", atPut("artifacts/", false)],
    ["between artifact and row", atPut("artifacts/", true)],
    ["between row and channel", atNotice],
    ["between row and pointer", atPut("pointers/", false)],
    ["after the pointer", atPut("pointers/", true)],
  ])("%s goes on as if it had not, with no number for two contents", async (_, end) => {
    const trained = await train(rankModel());
    const contents = new Map<number, string>();
    const look = async () => {
      for (const { number } of await rowsOf(trained)) {
        const { snapshot, delta } = (await trained.stub.snapshotOf(number))!;
        const { sha256 } = delta ?? snapshot;
        expect(contents.get(number) ?? sha256).toBe(sha256);
        contents.set(number, sha256);
        const artifact = await getArtifact(env.ARTIFACTS, sha256);
        if (!delta) expect(decodeSnapshot(new Uint8Array(await artifact!.arrayBuffer())).number).toBe(number);
      }
    };
    // Two partitions, and first the one that is asked last: what is learned a second time would be learned in another order.
    const feedBoth = async (from: number) => {
      for (const name of ["3", "0"]) {
        await feed(trained.spec, name, from, 5);
        await scheduler.wait(100);
      }
    };
    for (let round = 0; round < 3; round++) {
      await feedBoth(10 * round);
      await expect.poll(trained.published, patience).toBe(20 * round + 10);
      await look();
      const ended = await end(trained);
      await feedBoth(10 * round + 5);
      await expect.poll(ended, patience).toBe(true);
      vi.restoreAllMocks();
      await expect.poll(trained.published, patience).toBe(20 * round + 20);
      await look();
    }
    const { publication } = await trained.status();
    await expect.poll(() => readPublication(env.ARTIFACTS, trained.spec.name, 1), patience).toEqual(publication);
    // All that ever was published is what the journal says was learned.
    const learned = new Map<number, SnapshotData>();
    await trained.rebuilt((learner) => learned.set(learner.examples, learner.snapshot(1, 0)));
    for (const { number } of await rowsOf(trained)) {
      const snapshot = await readSnapshot(env.ARTIFACTS, (await trained.stub.snapshotOf(number))!);
      if (number > 0) expect(snapshot.weights).toEqual(learned.get(snapshot.examples)!.weights);
    }
    const known = () =>
      runInDurableObject(env.CHANNEL.getByName(`${trained.spec.name}/0`), (_channel: Channel, { storage }) =>
        storage.sql.exec<{ number: number }>("SELECT number FROM newest_notices").toArray(),
      );
    await expect.poll(known, patience).toEqual([{ number: snapshotNumber(publication) }]);
  });
});
