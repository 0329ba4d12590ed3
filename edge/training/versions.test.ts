import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import { adaptive } from "../../shared/contract/define.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import type { Slice } from "../log/messages.ts";
import { Partition } from "../log/partition.ts";
import { readPublication } from "../storage/pointers.ts";
import { rankModel } from "../testing/models.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "../testing/records.ts";
import { feed, partition, Trained, train } from "../testing/training.ts";
import { Trainer } from "./trainer.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 30_000 };

afterEach(() => vi.restoreAllMocks());

/** Another spec of the same model. */
const changed = (spec: ModelSpec, change: Partial<ModelSpec>): ModelSpec => ({ ...spec, ...change });

/** Puts decisions with several rewards each into a partition, each final at the last. */
async function feedRewards(spec: ModelSpec, from: number, n: number, rewards: readonly number[]): Promise<void> {
  const now = Date.now();
  const ids = Array.from({ length: n }, (_, i) => `${spec.name}.${from + i}`);
  await partition("0").append(
    appendOf({
      decisions: ids.map((id) => incoming(rankRecord(spec.name, id, now))),
      feedback: ids.flatMap((id) =>
        rewards.map((value, i) => incomingFeedback({ id, value, at: now + i, final: i === rewards.length - 1 })),
      ),
    }),
  );
}

/** What a call was refused for; null when it was not. `expect().rejects` leaves the promise of a call between objects unhandled. */
const refusal = (call: PromiseLike<unknown>): PromiseLike<string | null> =>
  call.then(
    () => null,
    (error: unknown) => String(error),
  );

const readersOf = async (name: string) => (await partition(name).statistics()).readers;

describe("versions of a model", () => {
  test("learn the same log each by its own rewards: 1 and 2 are 3 under sum, and 2 under max", async () => {
    const spec = rankModel({ aggregate: "sum" });
    const first = await train(spec);
    await feedRewards(spec, 0, 20, [1, 2]);
    await expect.poll(first.examples, patience).toBe(20);
    expect((await first.status()).meanFeedback).toBe(3);
    const second = await train(changed(spec, { reward: { ...spec.reward, aggregate: "max" } }), "shadow", 2);
    await expect.poll(second.examples, patience).toBe(20);
    expect((await second.status()).meanFeedback).toBe(2);
    // What the first has learned, and what it published, is as it was.
    expect(await first.status()).toMatchObject({ examples: 20, meanFeedback: 3, publication: { examples: 20 } });
  });

  test("wait each as long as it wants, and put its own default for what had no feedback", async () => {
    const spec = rankModel({ wait: "10m", default: 0 });
    const patient = await train(spec);
    const now = Date.now();
    const ids = Array.from({ length: 8 }, (_, i) => `${spec.name}.${i}`);
    await partition("0").append(
      appendOf({
        decisions: ids.map((id) => incoming(rankRecord(spec.name, id, now))),
        feedback: ids.slice(0, 4).map((id) => incomingFeedback({ id, value: 2, at: now })),
      }),
    );
    await expect.poll(patient.examples, patience).toBe(4);
    const hasty = await train(changed(spec, { reward: { ...spec.reward, wait: "200ms", default: 1 } }), "shadow", 2);
    // Four by their feedback, and four when the wait is over.
    await expect.poll(hasty.examples, patience).toBe(8);
    expect((await hasty.status()).meanFeedback).toBe(1.5);
    // That a wait is over nobody tells it but its own alarm.
    const later = incoming(rankRecord(spec.name, `${spec.name}.8`, now));
    await partition("0").append(appendOf({ decisions: [later] }));
    await expect.poll(hasty.examples, patience).toBe(9);
    const none = await train(changed(spec, { reward: { ...spec.reward, wait: "200ms", default: null } }), "shadow", 3);
    await expect.poll(async () => (await none.status()).caughtUp, patience).toBe(true);
    expect((await none.status()).examples).toBe(4);
    expect(await patient.examples()).toBe(4);
  });

  test("have learned the same, whether it was there or caught up", async () => {
    const spec = rankModel({ wait: "300ms", aggregate: "last" });
    const there = await train(spec);
    for (let round = 0; round < 4; round++) {
      await feed(spec, "0", 10 * round, 10);
      await feedRewards(spec, 10 * round, 5, [1, 4]);
      await expect.poll(there.examples, patience).toBe(15 * round + 15);
    }
    const later = await train(changed(spec, { learner: adaptive({ bits: 10, learningRate: 0.1 }) }), "shadow", 2);
    const again = await train(spec, "shadow", 3);
    await expect.poll(again.published, patience).toBe(60);
    expect((await again.snapshot()).weights).toEqual((await there.snapshot()).weights);
    await expect.poll(later.published, patience).toBe(60);
    expect((await later.snapshot()).weights).not.toEqual((await there.snapshot()).weights);
  });

  test("have caught up when they were at the end of every partition and have published that", async () => {
    const spec = rankModel();
    for (const name of ["0", "1", "2"]) await feed(spec, name, 0, 10);
    const shadow = await train(spec, "shadow");
    expect((await shadow.status()).caughtUp).toBe(false);
    await expect.poll(async () => (await shadow.status()).caughtUp, patience).toBe(true);
    expect((await shadow.status()).publication.examples).toBe(30);
    await shadow.evict();
    expect((await shadow.status()).caughtUp).toBe(true);
    const empty = await train(rankModel(), "shadow");
    await expect.poll(async () => (await empty.status()).caughtUp, patience).toBe(true);
  });

  test("do not wait for one another", async () => {
    const spec = rankModel();
    const slow = await train(spec, "shadow");
    const live = await train(changed(spec, { learner: adaptive({ bits: 9 }) }), "live", 2);
    await expect.poll(async () => (await slow.status()).caughtUp, patience).toBe(true);
    const { advance } = Trainer.prototype;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let holding = false;
    const { status } = Trainer.prototype;
    vi.spyOn(Trainer.prototype, "advance").mockImplementation(async function (this: Trainer, ...of) {
      if (status.call(this).version !== 1) return advance.apply(this, of);
      holding = true;
      await held;
    });
    for (let fed = 0; fed < 30; fed += 10) {
      await feed(spec, "0", fed, 10);
      await expect.poll(live.examples, patience).toBe(fed + 10);
    }
    expect(holding).toBe(true);
    expect(await slow.examples()).toBe(0);
    vi.restoreAllMocks();
    release();
    await feed(spec, "0", 30, 1);
    await expect.poll(slow.examples, patience).toBe(31);
  });
});

describe("a trainer that is configured", () => {
  test("again is as it was, and refuses another spec", async () => {
    const spec = rankModel();
    const trained = await train(spec);
    await feed(spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    const { publication } = await trained.status();
    expect(await trained.configure("live")).toEqual(publication);
    const other = new Trained(changed(spec, { learner: adaptive({ bits: 9 }) }), 1);
    expect(await refusal(other.configure("live"))).toContain("a version never changes");
    const config = { model: spec.name, version: 2, spec: canonicalJson(spec), stage: "live", directory: 1 } as const;
    expect(await refusal(trained.stub.configure(config))).toContain(`was told to train ${spec.name}@2`);
    expect(await trained.examples()).toBe(5);
  });

  test("by several at once publishes one snapshot 0", async () => {
    const trained = new Trained(rankModel());
    const publications = await Promise.all([1, 2, 3].map(() => trained.configure("live")));
    for (const publication of publications) expect(publication).toEqual(publications[0]);
    expect(publications[0]!.snapshot.number).toBe(0);
    expect(await readPublication(env.ARTIFACTS, trained.spec.name, 1)).toEqual(publications[0]);
  });

  test("never answers nothing, and leaves nothing behind", async () => {
    const stranger = new Trained(rankModel());
    expect(await refusal(stranger.status())).toContain("was never told what to train");
    expect(await refusal(stranger.stub.advance("0", null))).toContain("was never told what to train");
    const tables = await stranger.sql((sql) =>
      sql.exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  test("with a spec that nobody can read says so, and can be configured well afterwards", async () => {
    const spec = rankModel();
    const trained = new Trained(spec);
    const config = { model: spec.name, version: 1, stage: "live", directory: 1 } as const;
    expect(await refusal(trained.stub.configure({ ...config, spec: '{"name":"x"}' }))).toContain("task");
    expect(await refusal(trained.stub.configure({ ...config, spec: "{" }))).toContain("JSON");
    expect((await trained.configure("live")).snapshot.number).toBe(0);
  });
});

test("what an older directory says of a version comes late, and changes nothing", async () => {
  const trained = new Trained(rankModel());
  await trained.configure("live", 3);
  await trained.configure("retired", 2);
  expect((await trained.status()).stage).toBe("live");
  await trained.configure("shadow", 3);
  expect((await trained.status()).stage).toBe("shadow");
});

describe("a version that retires", () => {
  test("stops learning and leaves the partitions, and goes on from where it was when it is wanted again", async () => {
    const spec = rankModel();
    const trained = await train(spec, "live");
    const other = await train(changed(spec, { learner: adaptive({ bits: 9 }) }), "shadow", 2);
    await feed(spec, "0", 0, 10);
    await expect.poll(trained.published, patience).toBe(10);
    await expect.poll(other.published, patience).toBe(10);
    expect(await readersOf("0")).toEqual(expect.arrayContaining([`${spec.name}@1`, `${spec.name}@2`]));
    await trained.configure("retired");
    for (const name of ["0", "1", "2", "3"])
      await expect.poll(() => readersOf(name), patience).not.toContain(`${spec.name}@1`);
    await feed(spec, "0", 10, 10);
    await expect.poll(other.examples, patience).toBe(20);
    expect(await trained.status()).toMatchObject({ examples: 10, stage: "retired", publication: { examples: 10 } });
    await trained.evict();
    expect((await trained.status()).examples).toBe(10);
    const [end] = await trained.journal();
    expect(await trained.configure("live")).toMatchObject({ examples: 10 });
    expect((await trained.status()).caughtUp).toBe(false);
    await expect.poll(trained.published, patience).toBe(20);
    await expect.poll(async () => (await trained.status()).caughtUp, patience).toBe(true);
    // What it had learned before it did not learn again: the journal's one row was lengthened.
    const journal = await trained.journal();
    expect(journal).toHaveLength(1);
    expect(journal[0]!.rows).toBeGreaterThan(end!.rows);
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("leaves again when a partition tells it of something all the same", async () => {
    const trained = await train(rankModel(), "retired");
    await trained.read("0", null, null);
    expect(await readersOf("0")).toContain(`${trained.spec.name}@1`);
    await trained.stub.advance("0", null);
    await expect.poll(() => readersOf("0"), patience).not.toContain(`${trained.spec.name}@1`);
    expect(await trained.examples()).toBe(0);
  });
});

describe("a slice that a partition sends", () => {
  /** What a partition would send to a version that is at its end. */
  async function nextSlice(trained: Trained): Promise<Slice> {
    const { partitions } = await trained.status();
    return trained.slice("0", partitions[0]!.position);
  }

  test("is learned at once when it goes on where the trainer is, without asking", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    await expect.poll(async () => (await nextSlice(trained)).examples.length, patience).toBe(0);
    vi.spyOn(Trainer.prototype, "advance").mockResolvedValue(undefined);
    await feed(trained.spec, "0", 5, 3);
    const slice = await nextSlice(trained);
    expect(slice.examples).toHaveLength(3);
    vi.restoreAllMocks();
    const read = vi.spyOn(Partition.prototype, "read");
    await trained.stub.advance("0", slice);
    await expect.poll(trained.examples, patience).toBe(8);
    const readers = read.mock.calls.map(([{ reader }]) => reader);
    expect(readers).not.toContain(`${trained.spec.name}@1`);
  });

  test("is not learned twice, nor out of order, nor from another log", async () => {
    const trained = await train(rankModel());
    await feed(trained.spec, "0", 0, 5);
    await expect.poll(trained.published, patience).toBe(5);
    const whole = await trained.slice("0", null);
    expect(whole.examples).toHaveLength(5);
    const { log } = whole.to;
    const later = { log, rows: 99, ends: 99, heard: 99, ended: 0, lasts: 99, time: Date.now(), mark: 1 };
    for (const slice of [
      whole,
      { ...whole, from: later, to: { ...later, rows: 100 } },
      { ...whole, from: { ...whole.to, log: "another" }, to: { ...later, log: "another" } },
    ])
      await trained.stub.advance("0", slice);
    await feed(trained.spec, "0", 5, 2);
    await expect.poll(trained.published, patience).toBe(7);
    const { learner } = await trained.rebuilt();
    expect(learner.examples).toBe(7);
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("of a partition that there is not is refused", async () => {
    const trained = await train(rankModel());
    expect(await refusal(trained.stub.advance("4", null))).toContain("there is no partition 4");
  });
});
