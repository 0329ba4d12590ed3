import { afterEach, expect, test } from "vitest";
import { Deployed, fruitModel, liking } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruits, intent, named } from "./testing/models.ts";
import { type Inside, Page } from "./testing/pages.ts";

/** What a page costs while nobody does anything in it: one socket, and none where nobody looks (shared/cases/page: idle page, sockets). */

const pages: Page[] = [];

afterEach(async () => {
  for (const page of pages.splice(0)) {
    await page.client.close();
    page.leave();
  }
  sessionStorage.clear();
  localStorage.clear();
});

async function open(edge: Edge, before?: (inside: Inside) => void): Promise<Page> {
  const page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000 }, before);
  pages.push(page);
  return page;
}

const sockets = async (edge: Edge) => (await edge.seen()).sockets;
/** Requests, but for what is sent: of that a page at rest has none. */
const requests = async (edge: Edge) => (await edge.seen()).requests.length;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const chosen = async ({ client }: Page, model: Deployed) => (await client.rank(model.name, fruits)).chosen;

/** As when the visitor goes to another tab. */
function hide(inside: Inside, isHidden: boolean): void {
  Object.defineProperties(inside.document, {
    hidden: { configurable: true, get: () => isHidden },
    visibilityState: { configurable: true, get: () => (isHidden ? "hidden" : "visible") },
  });
  inside.document.dispatchEvent(new Event("visibilitychange"));
}

test("a page with several models has one socket, which tells of all of them, and at rest it asks for nothing", async () => {
  const [first, second] = [await fruitModel("banana"), await fruitModel("cherry")];
  const third = await Deployed.start(named(intent));
  const edge = await Edge.start();
  const page = await open(edge);
  expect([await chosen(page, first), await chosen(page, second)]).toEqual(["banana", "cherry"]);
  await page.client.predict(third.name);
  await page.client.flush();
  await expect.poll(() => sockets(edge)).toBeGreaterThan(0);
  // Models that are met at once are followed at once; another after that, by another socket in place of the one.
  await pause(2000);
  const before = { sockets: await sockets(edge), requests: await requests(edge) };
  expect(before.sockets).toBeLessThanOrEqual(3);
  await first.teach(liking("apple", 20));
  await second.teach(liking("apple", 20));
  for (const model of [first, second])
    await expect
      .poll(async () => (await page.client.peek(model.name, fruits)).chosen, { timeout: 20_000 })
      .toBe("apple");
  await pause(1000);
  expect((await edge.seen()).requests.slice(before.requests).filter((one) => !one.includes("/artifacts/"))).toEqual([]);
  expect(await sockets(edge)).toBe(before.sockets);
});

test("a page that nobody can see has no socket, and is at the newest when it is seen again", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const page = await open(edge);
  expect(await chosen(page, model)).toBe("banana");
  await expect.poll(() => sockets(edge)).toBe(1);
  await page.client.flush();
  await pause(1000);
  hide(page.inside, true);
  const before = await requests(edge);
  await model.teach(liking("cherry", 20));
  await pause(2000);
  expect(page.client.peek(model.name, fruits).chosen).toBe("banana");
  expect(await requests(edge)).toBe(before);
  hide(page.inside, false);
  await expect.poll(() => page.client.peek(model.name, fruits).chosen, { timeout: 20_000 }).toBe("cherry");
  expect(await sockets(edge)).toBe(2);
});

test("where the visitor saves data, a page hears of the newest and hangs up", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const page = await open(edge, (inside) =>
    Object.defineProperty(inside.navigator, "connection", { value: { saveData: true } }),
  );
  expect(await chosen(page, model)).toBe("banana");
  await expect.poll(() => sockets(edge)).toBe(1);
  // It says farewell after three seconds, and comes again after a minute.
  await pause(5000);
  const before = await requests(edge);
  await model.teach(liking("cherry", 20));
  await pause(2000);
  expect(page.client.peek(model.name, fruits).chosen).toBe("banana");
  expect(await requests(edge)).toBe(before);
});
