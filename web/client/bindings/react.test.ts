import { OpenFeatureProvider, OpenFeature as ReactFeature, useObjectFlagDetails } from "@openfeature/react-sdk";
import { createElement, type ReactNode, StrictMode, Suspense } from "react";
import { createRoot, hydrateRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server.browser";
import { afterEach, expect, test, vi } from "vitest";
import { type Client, type ClientOptions, createClient } from "../client.ts";
import { startingModels } from "../starting-models.ts";
import { type Deployed, fruitModel } from "../testing/deployed.ts";
import { Edge } from "../testing/edge.ts";
import { fruits } from "../testing/models.ts";
import "../other-scorers.ts";
import { EdgewiseWebProvider } from "./openfeature.ts";
import { EdgewiseProvider, type UseRankOptions, useRank } from "./react.ts";
import { createServerClient } from "./server.ts";

const MOUNTS = 1000;
const clients: Client[] = [];
const roots: Root[] = [];
let place = document.createElement("div");

afterEach(async () => {
  for (const root of roots.splice(0)) root.unmount();
  for (const client of clients.splice(0)) await client.close();
  place.remove();
  sessionStorage.clear();
  localStorage.clear();
  vi.restoreAllMocks();
});

function newPlace(): HTMLElement {
  place = document.createElement("div");
  document.body.append(place);
  return place;
}

function open(edge: Edge, options: ClientOptions = {}): Client {
  const client = createClient({ endpoint: edge.endpoint, timeout: 20_000, ...options });
  clients.push(client);
  return client;
}

function Hero({ model, options = {} }: { model: string; options?: UseRankOptions }): ReactNode {
  const { chosen, ranked, ref, reward } = useRank(model, fruits, options);
  return createElement(
    "button",
    { ref, type: "button", onClick: () => void reward(1) },
    `${chosen.id} of ${ranked.map(({ id }) => id).join()}`,
  );
}

const page = (client: Client, model: Deployed, options?: UseRankOptions): ReactNode =>
  createElement(
    StrictMode,
    null,
    createElement(
      EdgewiseProvider,
      { client },
      createElement(Hero, { model: model.name, ...(options && { options }) }),
    ),
  );

const render = (element: ReactNode): Root => {
  const root = createRoot(newPlace());
  roots.push(root);
  root.render(element);
  return root;
};

const logged = async (model: Deployed) => (await model.log()).map(({ kind, id }) => ({ kind, id }));

test(`${MOUNTS} mounts in StrictMode are one decision, and one activation once it was seen`, async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = open(edge);
  expect(await client.ready(model.name)).toBe(true);
  const root = render(null);
  for (let i = 0; i < MOUNTS; i++) {
    root.render(createElement("div", { key: i }, page(client, model)));
    await new Promise((resolve) => setTimeout(resolve));
  }
  await expect.poll(() => place.textContent).toMatch(/^banana of banana,/);
  await expect
    .poll(async () => (await logged(model)).map(({ kind }) => kind).sort(), { timeout: 20_000 })
    .toEqual(["activation", "decision"]);
  place.querySelector("button")!.click();
  await expect.poll(async () => await model.feedback(), { timeout: 20_000 }).toHaveLength(1);
  await client.flush();
  const all = await logged(model);
  expect(new Set(all.map(({ id }) => id)).size).toBe(1);
  expect(all).toHaveLength(3);
});

test("what a server decided is what the page shows, before and after it is hydrated: one decision, counted when it is seen", async () => {
  const model = await fruitModel("cherry");
  const edge = await Edge.start();
  const server = createServerClient({ endpoint: edge.endpoint, timeout: 20_000 });
  await model.chooses("cherry", fruits);
  const decision = await server.rank(model.name, fruits, { unit: "visitor-1", deferred: true });
  const decisions = JSON.parse(JSON.stringify([decision]));
  // A server has no page.
  const rendering = open(edge, { decisions, consent: "denied" });
  const html = renderToString(page(rendering, model));
  expect(html).toContain("cherry of cherry,");
  newPlace().innerHTML = html;
  const failed = vi.fn();
  const client = open(edge, { decisions, unit: "visitor-1" });
  roots.push(hydrateRoot(place, page(client, model), { onRecoverableError: failed }));
  await expect
    .poll(async () => await logged(model), { timeout: 20_000 })
    .toEqual([
      { kind: "decision", id: decision.id },
      { kind: "activation", id: decision.id },
    ]);
  place.querySelector("button")!.click();
  await expect
    .poll(async () => (await model.feedback()).map(({ id }) => id), { timeout: 20_000 })
    .toEqual([decision.id]);
  expect(failed).not.toHaveBeenCalled();
  expect(await model.decisions()).toHaveLength(1);
});

test("without a model the fallback is shown, or the page suspends, and then the model decides", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  render(page(open(edge), model, { fallback: ["cherry"] }));
  await expect.poll(() => place.textContent).toMatch(/^(cherry|banana) of/);
  await expect.poll(() => place.textContent).toMatch(/^banana of banana,/);
  place.remove();
  const shown: string[] = [];
  const Watched = () => {
    const { chosen } = useRank(model.name, fruits, { suspend: true, place: "other", counts: "manual" });
    shown.push(chosen.id);
    return chosen.id;
  };
  const loading = createElement("i", null, "wait");
  const client = open(await Edge.start());
  render(
    createElement(EdgewiseProvider, { client }, createElement(Suspense, { fallback: loading }, createElement(Watched))),
  );
  await expect.poll(() => place.textContent).toBe("banana");
  expect(new Set(shown)).toEqual(new Set(["banana"]));
});

test("OpenFeature's own hooks for React show what the provider decides", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const models = await startingModels({ endpoint: edge.endpoint, models: [model.name] });
  await ReactFeature.setProviderAndWait(new EdgewiseWebProvider(open(edge, { models })));
  const Flagged = () => {
    const { value, variant, reason } = useObjectFlagDetails(model.name, fruits as never);
    const [first] = value as unknown as typeof fruits;
    return `${first!.id} ${variant} ${reason}`;
  };
  render(createElement(OpenFeatureProvider, null, createElement(Flagged)));
  await expect.poll(() => place.textContent).toMatch(/^banana banana (SPLIT|CACHED)$/);
  await ReactFeature.clearProviders();
});

test("in React all slots of what was seen count, and actions are those of the last rendering", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = open(edge);
  expect(await client.ready(model.name)).toBe(true);
  function Shelf({ price }: { price: number }): ReactNode {
    const priced = fruits.map((fruit) => ({ ...fruit, price }));
    const { ranked, ref } = useRank(model.name, priced, { slots: 2 });
    return createElement("p", { ref }, ranked.map(({ price }) => price).join());
  }
  const shelf = (price: number) => createElement(EdgewiseProvider, { client }, createElement(Shelf, { price }));
  const root = render(shelf(1));
  await expect.poll(() => place.textContent).toBe("1,1");
  root.render(shelf(2));
  await expect.poll(() => place.textContent).toBe("2,2");
  await expect
    .poll(async () => (await logged(model)).map(({ kind }) => kind).sort(), { timeout: 20_000 })
    .toEqual(["activation", "activation", "decision", "decision"]);
});

test("where a server had no decision, the page begins as the server showed it, and then shows the model's", async () => {
  const model = await fruitModel("cherry");
  const edge = await Edge.start();
  const models = await startingModels({ endpoint: edge.endpoint, models: [model.name] });
  const errors = vi.spyOn(console, "error");
  const element = newPlace();
  element.innerHTML = renderToString(page(open(edge, { consent: "denied" }), model));
  expect(element.textContent).toBe("apple of apple,banana,cherry");
  const client = open(edge, { models });
  roots.push(hydrateRoot(element, page(client, model)));
  await expect.poll(() => element.textContent).toMatch(/^cherry of cherry,/);
  expect(errors).not.toHaveBeenCalled();
});
