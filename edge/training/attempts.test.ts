import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Example } from "../log/messages.ts";
import { rankModel } from "../testing/models.ts";
import { feed, type Trained, train } from "../testing/training.ts";
import { SET_ASIDE } from "./attempts.ts";
import { Trainer } from "./trainer.ts";

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 40_000, interval: 100 };

/** Makes an example end whatever object learns it, as one does that takes all memory. @returns of each time, how many objects it ended. */
function lethal(id: string) {
  let context: DurableObjectState | undefined;
  const deaths = { count: 0 };
  // It is learned in whichever object was called last: that began, or goes on by a timer.
  const methods = Trainer.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const method of Object.getOwnPropertyNames(Trainer.prototype)) {
    const original = methods[method]!;
    if (method === "constructor" || typeof original !== "function") continue;
    vi.spyOn(methods, method).mockImplementation(function (this: unknown, ...args: unknown[]) {
      context = (this as unknown as { ctx: DurableObjectState }).ctx;
      return original.apply(this, args);
    });
  }
  const learn = ModelLearner.prototype.learn;
  vi.spyOn(ModelLearner.prototype, "learn").mockImplementation(function (this: ModelLearner, record, value) {
    if (record.id === id) {
      deaths.count++;
      context!.abort("out of memory");
      throw new Error("it is gone");
    }
    return learn.call(this, record, value);
  });
  return deaths;
}

const isOf = (id: string) => (example: Example) => example.record.includes(`"${id}"`);

/** Examples that are learned and published; whoever asks starts an object that ended. */
const published = (trained: Trained) => async () => {
  try {
    const { publication, unlearnable } = await trained.status();
    return [publication.examples, unlearnable];
  } catch {
    return [];
  }
};

const reasons = (trained: Trained) =>
  trained.sql((sql) =>
    sql
      .exec<{ reason: string }>("SELECT reason FROM unlearned")
      .toArray()
      .map((r) => r.reason),
  );

afterEach(() => {
  vi.restoreAllMocks();
});

describe("an example that ends the object", () => {
  test("is set aside after it did so twice behind its mark, and all others are learned, to the same bits again", async () => {
    const trained = await train(rankModel());
    const { spec } = trained;
    await feed(spec, "0", 0, 20);
    await expect.poll(published(trained), patience).toEqual([20, 0]);
    const id = `${spec.name}-0.27`;
    const deaths = lethal(id);
    await feed(spec, "0", 20, 20);
    await feed(spec, "1", 0, 5);
    await expect.poll(published(trained), patience).toEqual([44, 1]);
    expect(await reasons(trained)).toEqual([SET_ASIDE]);
    const died = deaths.count;
    expect(died).toBeLessThanOrEqual(5);
    // It goes on at once, and never tries it again: not with what comes, not from its state, not from its journal.
    await feed(spec, "0", 40, 5);
    await expect.poll(published(trained), patience).toEqual([49, 1]);
    await trained.garble();
    await feed(spec, "1", 5, 1);
    await expect.poll(published(trained), patience).toEqual([50, 1]);
    expect(deaths.count).toBe(died);
    vi.restoreAllMocks();
    const { learner } = await trained.rebuilt(() => {}, isOf(id));
    expect(learner.examples).toBe(50);
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("is set aside, too, when it does so while the log is learned again", async () => {
    const trained = await train(rankModel());
    const { spec } = trained;
    await feed(spec, "2", 0, 30);
    await expect.poll(published(trained), patience).toEqual([30, 0]);
    const id = `${spec.name}-2.11`;
    lethal(id);
    await trained.garble();
    await feed(spec, "2", 30, 3);
    await expect.poll(published(trained), patience).toEqual([32, 1]);
    vi.restoreAllMocks();
    const { learner } = await trained.rebuilt(() => {}, isOf(id));
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });

  test("costs no other example, whoever ends the object how often", async () => {
    const trained = await train(rankModel());
    let fed = 0;
    for (let round = 0; round < 6; round++) {
      await feed(trained.spec, "3", fed, 10);
      fed += 10;
      await trained.stub.advance("3", null);
      await abortAllDurableObjects();
    }
    await expect.poll(published(trained), patience).toEqual([fed, 0]);
    const { learner } = await trained.rebuilt();
    expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
  });
});
