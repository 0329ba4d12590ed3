import { afterEach, expect, test } from "vitest";
import { Deployed } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruit, fruits, named } from "./testing/models.ts";
import { Page } from "./testing/pages.ts";

/** What a model makes of a page that was off line while its decisions waited. Page, storage, network and edge are real. */

const pages: Page[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.crash();
  sessionStorage.clear();
  localStorage.clear();
});

const patience = { timeout: 20_000 };
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test.each([
  { reward: { wait: "10s" }, offLine: 11_000 },
  { reward: { wait: "6s", lateness: "1h" }, offLine: 8000 },
])(
  "a click off line is learned as what it was, though its page is back after the wait ($reward)",
  async ({ reward, offLine }) => {
    const model = await Deployed.start(named({ ...fruit, reward: { ...reward, default: 0, aggregate: "first" } }));
    const learned = async () => {
      const { examples, meanFeedback } = await model.manifest();
      return { examples, meanFeedback };
    };
    const edge = await Edge.start();
    const page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000 });
    pages.push(page);
    const { client } = page;
    const clicked = await client.rank(model.name, fruits);
    await client.rank(model.name, fruits);
    await client.flush();
    // Nothing before the click that it need not wait for: a busy machine takes its time, and the click has to be within the wait.
    await edge.stop();
    await clicked.reward(1);
    expect(await model.decisions()).toHaveLength(2);
    await wait(offLine);
    expect(await learned()).toEqual({ examples: 0, meanFeedback: null });
    await edge.restart();
    await client.flush();
    await expect.poll(learned, patience).toEqual({ examples: 1, meanFeedback: 1 });
    // The page is heard of, and nothing came of the other.
    await client.rank(model.name, fruits);
    await client.flush();
    await expect.poll(async () => (await learned()).examples, patience).toBeGreaterThanOrEqual(2);
    const { examples, meanFeedback } = await learned();
    expect(meanFeedback).toBe(1 / examples);
  },
  60_000,
);
