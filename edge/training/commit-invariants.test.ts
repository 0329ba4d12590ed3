import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { NotFiniteError } from "../../shared/artifact/row-writer.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import { rankModel } from "../testing/models.ts";
import { feed, type Trained, train } from "../testing/training.ts";
import type { Place } from "./progress.ts";
import type { Trainer } from "./trainer.ts";

const patience = { timeout: 30_000 };

async function learned(): Promise<Trained> {
  const trained = await train(rankModel());
  await feed(trained.spec, "0", 0, 10);
  await expect.poll(trained.published, patience).toBe(10);
  return trained;
}

const broken = async (trained: Trained): Promise<number> => (await trained.status()).broken;

/** Moves what is committed of where it is. */
const moved = (trained: Trained, by: number) =>
  trained.sql((sql) => {
    const { places } = sql.exec<{ places: string }>("SELECT places FROM checkpoint").one();
    const other = (JSON.parse(places) as [string, Place][]).map(([partition, { position, newest, ...rest }]) => [
      partition,
      { ...rest, position: { ...position, rows: position.rows + by }, newest: newest + by },
    ]);
    sql.exec("UPDATE checkpoint SET places = ?", JSON.stringify(other));
  });

test("a trainer whose position would go back commits and publishes nothing, says so, and learns on when it starts again", async () => {
  const trained = await learned();
  await moved(trained, 100);
  await feed(trained.spec, "0", 10, 5);
  await expect.poll(() => broken(trained), patience).toBeGreaterThan(0);
  expect(await trained.published()).toBe(10);
  expect(await trained.examples()).toBe(10);
  await moved(trained, -100);
  await trained.evict();
  await expect.poll(trained.published, patience).toBe(15);
  expect(await broken(trained)).toBe(0);
});

test("a number that is not finite is neither committed nor published", async () => {
  const trained = await learned();
  const written = vi.spyOn(ModelLearner.prototype, "written").mockImplementation(() => {
    throw new NotFiniteError("weight 17", Number.NaN);
  });
  await feed(trained.spec, "0", 10, 5);
  await expect.poll(() => broken(trained), patience).toBeGreaterThan(0);
  expect(await trained.published()).toBe(10);
  written.mockRestore();
  await expect.poll(trained.published, patience).toBe(15);
});

test("examples of which it is not known what became are not committed", async () => {
  const trained = await learned();
  const examples = vi.spyOn(ModelLearner.prototype, "learn").mockReturnValue(true);
  await feed(trained.spec, "0", 10, 5);
  await expect.poll(() => broken(trained), patience).toBeGreaterThan(0);
  expect(await trained.examples()).toBe(10);
  examples.mockRestore();
  await trained.evict();
  await runInDurableObject(trained.stub, async (trainer: Trainer) => void trainer.status());
  await expect.poll(trained.published, patience).toBe(15);
});
