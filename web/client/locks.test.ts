import { afterEach, expect, test, vi } from "vitest";
import { claim, exclusively } from "./locks.ts";
import { fruitModel } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruits } from "./testing/models.ts";
import { Page } from "./testing/pages.ts";

afterEach(() => vi.restoreAllMocks());

const refuse = () =>
  vi
    .spyOn(navigator.locks, "request")
    .mockImplementation(() => Promise.reject(new DOMException("as if", "SecurityError")));

test.each([false, true])(
  "a task runs once, and one after the other where there are locks; refused: %s",
  async (refused) => {
    if (refused) refuse();
    let running = 0;
    let most = 0;
    const task = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      return "done";
    };
    expect(await Promise.all([exclusively("locks", task), exclusively("locks", task)])).toEqual(["done", "done"]);
    expect(most).toBe(refused ? 2 : 1);
    const failing = vi.fn(() => Promise.reject(new Error("its own")));
    await expect(exclusively("locks", failing)).rejects.toThrow("its own");
    expect(failing).toHaveBeenCalledTimes(1);
  },
);

test("where locks are refused, nothing is claimed", async () => {
  refuse();
  expect(await claim("locks", 1000)).toBeNull();
});

test("a page to which locks are refused sends all the same", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000 }, (inside) => {
    inside.LockManager.prototype.request = () => Promise.reject(new inside.DOMException("as if", "SecurityError"));
  });
  const decision = await page.client.rank(model.name, fruits);
  await expect.poll(async () => (await model.decisions()).map(({ id }) => id)).toEqual([decision.id]);
  page.crash();
});
