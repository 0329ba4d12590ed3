import { afterEach, expect, test, vi } from "vitest";
import { createServerClient } from "./bindings/server.ts";
import { type ClientOptions, createClient } from "./client.ts";
import { Deployed, liking } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruit, fruits, named } from "./testing/models.ts";
import { type Inside, Page } from "./testing/pages.ts";

/** Only what was seen is learned, once, at its time; and nothing of who does not want it. */

const pages: Page[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.crash();
  sessionStorage.clear();
  localStorage.clear();
  document.body.replaceChildren();
  vi.restoreAllMocks();
});

async function open(edge: Edge, options: ClientOptions = {}, before?: (inside: Inside) => void): Promise<Page> {
  const page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000, ...options }, before);
  pages.push(page);
  return page;
}
const activations = async (model: Deployed) =>
  (await model.log()).flatMap(({ kind, id }) => (kind === "activation" ? [id] : []));
const learned = async (model: Deployed) => (await model.manifest()).examples;
const idsOf = (items: readonly { id: string }[]) => items.map(({ id }) => id);

test.each(["hidden", "prerendered"])("what is decided in a %s page counts once that is seen, once", async (how) => {
  const model = await Deployed.start(named({ ...fruit, reward: { ...fruit.reward, wait: "1s", default: 0 } }));
  const edge = await Edge.start();
  let unseen = true;
  const { client, inside } = await open(edge, {}, ({ document }) => {
    if (how === "hidden")
      Object.defineProperty(document, "visibilityState", { get: () => (unseen ? "hidden" : "visible") });
    else Object.defineProperty(document, "prerendering", { get: () => unseen });
  });
  const decision = await client.rank(model.name, fruits, { slots: 2 });
  const synchronous = client.rankSync(model.name, fruits);
  await client.flush();
  expect((await model.decisions()).map(({ deferred }) => deferred)).toEqual([true, true, true]);
  // The wait of others that were made then is over.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  expect(await learned(model)).toBe(0);
  unseen = false;
  for (let i = 0; i < 2; i++)
    inside.document.dispatchEvent(new Event(how === "hidden" ? "visibilitychange" : "prerenderingchange"));
  await client.shown(decision.id);
  await client.flush();
  expect(await activations(model)).toEqual([decision.id, `${decision.id}.1`, synchronous.id]);
  await expect.poll(() => learned(model), { timeout: 20_000 }).toBe(3);
});

test("what was decided for one visitor before anybody saw the page is not seen by the next", async () => {
  const model = await Deployed.start(named(fruit));
  const edge = await Edge.start();
  let unseen = true;
  const { client, inside } = await open(edge, {}, ({ document }) =>
    Object.defineProperty(document, "visibilityState", { get: () => (unseen ? "hidden" : "visible") }),
  );
  await client.rank(model.name, fruits);
  client.setUnit("account-7");
  const shown = await client.rank(model.name, fruits);
  unseen = false;
  inside.document.dispatchEvent(new Event("visibilitychange"));
  await client.shown(shown.id);
  await client.flush();
  expect(await activations(model)).toEqual([shown.id]);
});

test("watch says that a decision was shown when half of its element is in the window, once", async () => {
  const model = await Deployed.start(named(fruit));
  const edge = await Edge.start();
  const client = createClient({ endpoint: edge.endpoint, timeout: 20_000 });
  const above = document.createElement("div");
  above.style.height = "5000px";
  const cards = [0, 1].map(() => {
    const card = document.createElement("div");
    card.style.height = "100px";
    return card;
  });
  document.body.append(above, ...cards);
  const decision = await client.rank(model.name, fruits, { deferred: true, slots: 2 });
  client.watch(cards[0]!, decision.slots![0]!);
  const end = client.watch(cards[1]!, decision.slots![1]!);
  await client.flush();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(client.status().pending).toBe(0);
  end();
  for (let i = 0; i < 2; i++) {
    cards[1]!.scrollIntoView();
    await new Promise((resolve) => setTimeout(resolve, 300));
    above.scrollIntoView();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await expect.poll(() => activations(model)).toEqual([decision.id]);
  await client.close();
});

test.each([true, false])(
  "a page that comes back out of the cache goes on in its session, without using a number twice; stored: %s",
  async (stored) => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    const model = await Deployed.start(named(fruit));
    const edge = await Edge.start();
    const before = (inside: Inside) => {
      if (!stored) Object.defineProperty(inside, "indexedDB", { value: undefined });
    };
    const first = await open(edge, {}, before);
    const ids = [(await first.client.rank(model.name, fruits)).id];
    first.inside.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    const second = await open(edge, {}, before);
    for (let i = 0; i < 3; i++) ids.push((await second.client.rank(model.name, fruits)).id);
    second.leave();
    pages.pop();
    first.inside.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    ids.push((await first.client.rank(model.name, fruits)).id);
    const session = ids[0]!.split(".")[0];
    expect(ids).toEqual([0, 1, 2, 3, 4].map((n) => `${session}.${n}`));
    await first.client.flush();
    await expect.poll(async () => idsOf(await model.decisions()).sort()).toEqual(ids);
  },
);

test("a clock that is set right between decision and feedback turns no click into none", async () => {
  const model = await Deployed.start(named({ ...fruit, reward: { ...fruit.reward, wait: "30s", default: 0 } }));
  const edge = await Edge.start();
  const twoDays = 2 * 24 * 3_600_000;
  const { client, inside } = await open(edge, {}, (page) => {
    const right = page.Date.now;
    page.Date.now = () => right() - twoDays;
  });
  const decision = await client.rank(model.name, fruits);
  inside.Date.now = () => Date.now();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await decision.reward(1, { final: true });
  await client.flush();
  await expect
    .poll(async () => await model.manifest(), { timeout: 20_000 })
    .toMatchObject({ examples: 1, meanFeedback: 1 });
});

test("without consent it decides, and stores and sends nothing of what the visitor does", async () => {
  const model = await Deployed.start(named(fruit));
  await model.teach(liking("cherry"));
  const edge = await Edge.start();
  const place = `edgewise ${edge.endpoint}`;
  const posts = async () => (await edge.seen()).requests.filter((request) => request.startsWith("POST"));
  const kept = async () => [
    ...[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key.startsWith(place)),
    ...(await indexedDB.databases()).filter(({ name }) => name === place),
  ];
  for (const [options, before] of [
    [{ consent: "denied" }],
    [{ consent: "unknown" }],
    [{}, (page: Inside) => Object.defineProperty(page.navigator, "globalPrivacyControl", { value: true })],
  ] as [ClientOptions, ((page: Inside) => void)?][]) {
    const { client, inside } = await open(edge, options, before);
    client.track("bite", { kind: "apple" });
    const decision = await client.rank(model.name, fruits, { sticky: "unit" });
    expect(decision).toMatchObject({ chosen: "cherry", computedBy: { runtime: "native" } });
    await decision.reward(1);
    await client.flush();
    inside.dispatchEvent(new PageTransitionEvent("pagehide"));
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect({ posts: await posts(), kept: await kept(), status: client.status() }).toMatchObject({
      ...{ posts: [], kept: [], status: { pending: 0, lost: 0 } },
    });
  }
  // Given, it counts from then on; withdrawn, all is forgotten.
  const { client } = pages[1]!;
  await client.consent("granted");
  const decision = await client.rank(model.name, fruits);
  await client.flush();
  expect(idsOf(await model.decisions())).toEqual([decision.id]);
  await client.consent("denied");
  await client.rank(model.name, fruits);
  await client.flush();
  expect(idsOf(await model.decisions())).toEqual([decision.id]);
  expect((await kept()).filter((one) => typeof one === "string")).toEqual([]);
});

test("who is forgotten is another from then on, and what was not sent is gone", async () => {
  const model = await Deployed.start(named(fruit));
  const edge = await Edge.start();
  const { client } = await open(edge);
  const before = await client.rank(model.name, fruits);
  await client.flush();
  await edge.behave({ batchAnswers: Array.from({ length: 100 }, () => ({ status: 503 })) });
  const unsent = await client.rank(model.name, fruits);
  await client.forget();
  expect(client.status().pending).toBe(0);
  await edge.behave({});
  const after = await client.rank(model.name, fruits);
  client.setUnit("account-7");
  const named7 = await client.rank(model.name, fruits);
  await client.flush();
  const decisions = await model.decisions();
  expect(idsOf(decisions)).not.toContain(unsent.id);
  // Sessions lie in several partitions, which have no order among them.
  expect(idsOf(decisions).sort()).toEqual(idsOf([before, after, named7]).sort());
  expect(new Set(decisions.map(({ unit }) => unit)).size).toBe(3);
  expect(decisions.find(({ id }) => id === named7.id)).toMatchObject({ unit: "account-7" });
  expect(new Set(decisions.map(({ session }) => session)).size).toBe(3);
});

test("what waits while its visitor is forgotten is answered, and logged of nobody", async () => {
  const [model, slow] = [await Deployed.start(named(fruit)), await Deployed.start(named(fruit))];
  const edge = await Edge.start();
  const { client } = await open(edge);
  const before = await client.rank(model.name, fruits);
  await client.flush();
  await edge.behave({ manifestDelay: 1000 });
  const waiting = client.rank(slow.name, fruits, { timeout: 20_000 });
  await client.forget();
  const { id, computedBy, reward } = await waiting;
  expect(computedBy).toMatchObject({ runtime: "native" });
  await reward(1);
  const after = await client.rank(slow.name, fruits, { timeout: 20_000 });
  await client.flush();
  expect(idsOf(await slow.decisions())).toEqual([after.id]);
  expect(idsOf(await model.decisions())).toEqual([before.id]);
  expect(id).toMatch(/^unlogged-/);
  expect(client.status()).toMatchObject({ pending: 0, lost: 0 });
});

test("sticky shows a visitor what he was shown before, as one decision, for as long as it says", async () => {
  const model = await Deployed.start(named(fruit));
  const edge = await Edge.start();
  const { client } = await open(edge);
  const first = await client.rank(model.name, fruits, { sticky: "session" });
  expect((await client.rank(model.name, fruits, { sticky: "session" })).id).toBe(first.id);
  expect(client.rankSync(model.name, [...fruits].reverse(), { sticky: "session" })).toMatchObject({
    ...{ id: first.id, ranking: first.ranking },
  });
  expect((await client.rank(model.name, fruits.slice(1), { sticky: "session" })).id).not.toBe(first.id);
  expect((await client.rank(model.name, fruits)).id).not.toBe(first.id);
  const day = await client.rank(model.name, fruits, { sticky: "unit", slots: 2 });
  const short = await client.rank(model.name, fruits, { sticky: "unit", stickyFor: 1 });
  await client.flush();
  pages.pop()!.leave();
  const { client: reloaded } = await open(edge);
  expect(reloaded.rankSync(model.name, fruits, { sticky: "session" }).id).toBe(first.id);
  expect((await reloaded.rank(model.name, fruits, { sticky: "unit", slots: 2 })).slots).toMatchObject(
    day.slots!.map(({ id, chosen }) => ({ id, chosen })),
  );
  expect((await reloaded.rank(model.name, fruits, { sticky: "unit", stickyFor: 1 })).id).not.toBe(short.id);
  await reloaded.flush();
  expect((await model.decisions()).filter(({ id }) => id === first.id)).toHaveLength(1);
});

test.each(["session", "unit"] as const)(
  "sticky %s holds in a page that may store nothing, and ends with consent",
  async (sticky) => {
    const model = await Deployed.start(named(fruit));
    const edge = await Edge.start();
    const { client } = await open(edge, { consent: "unknown" });
    // Only looked at: it is nobody's order yet.
    client.peek(model.name, fruits, { sticky });
    const first = await client.rank(model.name, fruits, { sticky });
    expect((await client.rank(model.name, fruits, { sticky })).id).toBe(first.id);
    expect(client.rankSync(model.name, fruits, { sticky }).id).toBe(first.id);
    await client.consent("granted");
    const logged = await client.rank(model.name, fruits, { sticky });
    expect(logged.id).not.toBe(first.id);
    expect((await client.rank(model.name, fruits, { sticky })).id).toBe(logged.id);
    await client.flush();
    expect(idsOf(await model.decisions())).toEqual([logged.id]);
  },
);

test("what was decided before counts from a later call that shows it, once that can be seen", async () => {
  const model = await Deployed.start(named(fruit));
  const edge = await Edge.start();
  const { rank } = createServerClient({ endpoint: edge.endpoint, timeout: 20_000 });
  const handed = await rank(model.name, fruits, { unit: "u", deferred: true, slots: 2 });
  let isHidden = false;
  const { client, inside } = await open(edge, { decisions: [handed] }, ({ document }) =>
    Object.defineProperty(document, "visibilityState", { get: () => (isHidden ? "hidden" : "visible") }),
  );
  const sticky = await client.rank(model.name, fruits, { sticky: "session", deferred: true });
  const again = (deferred: boolean) => client.rankSync(model.name, fruits, { sticky: "session", deferred });
  again(true);
  client.peek(model.name, fruits, { sticky: "session" });
  await client.flush();
  expect(await activations(model)).toEqual([]);
  isHidden = true;
  expect(again(false).id).toBe(sticky.id);
  await client.flush();
  expect(await activations(model)).toEqual([]);
  isHidden = false;
  inside.document.dispatchEvent(new Event("visibilitychange"));
  again(false);
  expect(client.rankSync(model.name, fruits, { slots: 2 }).id).toBe(handed.id);
  await client.flush();
  // Sessions lie in several partitions, which have no order among them.
  expect((await activations(model)).sort()).toEqual([handed.id, `${handed.id}.1`, sticky.id].sort());
  // One that counted when it was made says nothing new.
  const counted = await client.rank(model.name, fruits, { sticky: "unit" });
  await client.rank(model.name, fruits, { sticky: "unit" });
  await client.flush();
  expect(await activations(model)).not.toContain(counted.id);
});
