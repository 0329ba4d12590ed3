import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { afterEach, expect, test, vi } from "vitest";
import { createApp, h, nextTick, ref } from "vue";
import { type Client, type ClientOptions, createClient } from "../client.ts";
import "../other-scorers.ts";
import { startingModels } from "../starting-models.ts";
import { Deployed, fruitModel } from "../testing/deployed.ts";
import { Edge } from "../testing/edge.ts";
import { fruits, named, sums, sumsGraph } from "../testing/models.ts";
import { defineRankElement } from "./element.ts";
import { EdgewiseWebProvider } from "./openfeature.ts";
import { createServerClient } from "./server.ts";
import { createTestClient } from "./test-client.ts";
import { edgewise, useRank } from "./vue.ts";

const clients: Client[] = [];
let place = document.createElement("div");

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await OpenFeature.clearProviders();
  place.remove();
  sessionStorage.clear();
  localStorage.clear();
});

function newPlace(): HTMLElement {
  place = document.createElement("div");
  document.body.append(place);
  return place;
}

async function opened(edge: Edge, model: Deployed, options: ClientOptions = {}): Promise<Client> {
  const models = await startingModels({ endpoint: edge.endpoint, models: [model.name] });
  const client = createClient({ endpoint: edge.endpoint, models, ...options });
  clients.push(client);
  return client;
}

const kinds = async (model: Deployed) => (await model.log()).map(({ kind }) => kind).sort();

test("Vue shows what was chosen, once, counts it when it is seen, and gives feedback", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = await opened(edge, model);
  const isShown = ref(true);
  const Hero = {
    setup() {
      const { chosen, ranked, target, reward } = useRank(model.name, () => fruits);
      return () =>
        h(
          "button",
          { ref: target, onClick: () => reward(1) },
          `${chosen.value.id} of ${ranked.value.map(({ id }) => id)}`,
        );
    },
  };
  const app = createApp({ render: () => isShown.value && h(Hero) }).use(edgewise(client));
  app.mount(newPlace());
  expect(place.textContent).toMatch(/^banana of banana,/);
  for (let i = 0; i < 20; i++) {
    isShown.value = !isShown.value;
    await nextTick();
  }
  await expect.poll(() => kinds(model), { timeout: 20_000 }).toEqual(["activation", "decision"]);
  place.querySelector("button")!.click();
  await expect.poll(() => kinds(model), { timeout: 20_000 }).toEqual(["activation", "decision", "feedback"]);
  client.setUnit("somebody");
  await nextTick();
  await client.flush();
  await expect.poll(async () => (await model.decisions()).map(({ unit }) => unit)).toContain("somebody");
  app.unmount();
});

test("<edgewise-rank> puts its children into order, and a click is feedback for the one that was chosen", async () => {
  const model = await fruitModel("cherry");
  const edge = await Edge.start();
  const client = await opened(edge, model);
  defineRankElement(client);
  const items = fruits.map(
    ({ id, features }) => `<p data-id="${id}" data-features='${JSON.stringify(features)}'>${id}</p>`,
  );
  newPlace().innerHTML = `<edgewise-rank model="${model.name}" slots="2" reward="click">${items.join("")}</edgewise-rank>`;
  const shown = () => [...place.querySelectorAll<HTMLElement>("p")].filter(({ hidden }) => !hidden);
  expect(shown()).toHaveLength(2);
  expect(shown()[0]!.textContent).toBe("cherry");
  await expect
    .poll(() => kinds(model), { timeout: 20_000 })
    .toEqual(["activation", "activation", "decision", "decision"]);
  shown()[0]!.click();
  await expect.poll(async () => await model.feedback(), { timeout: 20_000 }).toHaveLength(1);
  const [first] = await model.decisions();
  expect((await model.feedback())[0]!.id).toBe(first!.id);
});

test("what is shown by <edgewise-rank> to nobody before another comes is not seen", async () => {
  const model = await fruitModel("cherry");
  const edge = await Edge.start();
  const client = await opened(edge, model, { unit: "ann" });
  const watched = new Map<Element, number>();
  const watching = { ...client, on: client.on.bind(client) } as Client;
  for (const name of ["peek", "rankSync", "ready", "rank"] as const)
    watching[name] = client[name].bind(client) as never;
  watching.watch = (element) => {
    watched.set(element, (watched.get(element) ?? 0) + 1);
    return () => void watched.set(element, watched.get(element)! - 1);
  };
  const NAME = "edgewise-rank-again";
  defineRankElement(watching, NAME);
  newPlace().innerHTML = `<${NAME} model="${model.name}">${fruits.map(({ id }) => `<p data-id="${id}">${id}</p>`).join("")}</${NAME}>`;
  for (const unit of ["ben", "cat", "dan"]) client.setUnit(unit);
  expect([...watched.values()].reduce((sum, n) => sum + n)).toBe(1);
});

test("Vue counts all slots of what it shows, and what is mounted in a page that nobody sees not before somebody does", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = await opened(edge, model);
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  const Shelf = {
    setup() {
      const { ranked } = useRank(model.name, () => fruits, { slots: 2, counts: "mounted" });
      return () => h("p", ranked.value.map(({ id }) => id).join());
    },
  };
  const app = createApp({ render: () => h(Shelf) }).use(edgewise(client));
  app.mount(newPlace());
  await client.flush();
  expect(await kinds(model)).toEqual(["decision", "decision"]);
  hidden.mockRestore();
  document.dispatchEvent(new Event("visibilitychange"));
  await expect
    .poll(() => kinds(model), { timeout: 20_000 })
    .toEqual(["activation", "activation", "decision", "decision"]);
  app.unmount();
});

test("a place whose model comes later than it waits shows its decision then, and logs no fallback", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  await edge.stop();
  const client = createClient({ endpoint: edge.endpoint, timeout: 100 });
  clients.push(client);
  const Hero = {
    setup() {
      const { chosen, decision } = useRank(model.name, () => fruits);
      return () => h("p", `${chosen.value.id} ${decision.value.reason ?? ""}`);
    },
  };
  const app = createApp({ render: () => h(Hero) }).use(edgewise(client));
  app.mount(newPlace());
  expect(place.textContent).toMatch(/^apple /);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await edge.restart();
  await expect.poll(() => place.textContent, { timeout: 20_000 }).toBe("banana ");
  await client.flush();
  expect((await kinds(model)).filter((kind) => kind === "decision")).toHaveLength(1);
  app.unmount();
});

test("through OpenFeature a model decides once a context, and what is tracked is feedback and an event", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = await opened(edge, model);
  const flags = { fruit: { model: model.name, variants: { apple: 1, banana: 2, cherry: 3 }, features: features() } };
  const provider = new EdgewiseWebProvider(client, { flags, feedback: { bought: { flags: ["fruit"], final: true } } });
  await OpenFeature.setProviderAndWait(provider, { targetingKey: "u1" });
  const flag = OpenFeature.getClient();
  const details = flag.getNumberDetails("fruit", 0);
  expect(details).toMatchObject({ value: 2, variant: "banana", reason: "SPLIT" });
  expect(details.flagMetadata).toMatchObject({ model: expect.stringContaining(`${model.name}@1.`) });
  expect(flag.getNumberDetails("fruit", 0)).toMatchObject({ value: 2, reason: "CACHED" });
  flag.track("bought", { value: 0.5 });
  await OpenFeature.setContext({ targetingKey: "u2", season: "autumn" });
  expect(flag.getNumberDetails("fruit", 0)).toMatchObject({ value: 2, reason: "SPLIT" });
  expect(flag.getBooleanDetails("fruit", false)).toMatchObject({ value: false, errorCode: "TYPE_MISMATCH" });
  await client.flush();
  await expect.poll(async () => await model.decisions()).toHaveLength(2);
  const [first, second] = (await model.decisions()).sort((a, b) => (a.unit < b.unit ? -1 : 1));
  expect([first, second]).toMatchObject([
    { unit: "u1", context: {} },
    { unit: "u2", context: { season: "autumn" } },
  ]);
  expect(details.flagMetadata.decision).toBe(first!.id);
  expect(await model.feedback()).toMatchObject([{ id: first!.id, value: 0.5, final: true }]);
});

test("an OpenFeature provider follows who is served, and forgets what was decided for another", async () => {
  const client = createTestClient();
  const provider = new EdgewiseWebProvider(client, { feedback: { bought: { flags: ["fruit"] } } });
  await OpenFeature.setProviderAndWait(provider, { targetingKey: "u1" });
  const flag = OpenFeature.getClient();
  const ask = () => flag.getObjectDetails("fruit", [...fruits]).reason;
  expect([ask(), ask()]).toEqual(["SPLIT", "CACHED"]);
  const changed = vi.fn();
  flag.addHandler(ProviderEvents.ConfigurationChanged, changed);
  // He logs out: what the next one does is not said of him.
  await OpenFeature.setContext({});
  flag.track("bought");
  expect(client.recorded).toMatchObject({ units: ["u1", undefined], feedback: [] });
  expect([ask(), ask()]).toEqual(["SPLIT", "CACHED"]);
  flag.track("bought");
  expect(client.recorded.feedback).toHaveLength(1);
  changed.mockClear();
  for (const change of [() => client.forget(), () => client.setUnit("u2")]) {
    await change();
    const { length } = client.recorded.feedback;
    flag.track("bought");
    expect(client.recorded.feedback).toHaveLength(length);
    expect([ask(), ask()]).toEqual(["SPLIT", "CACHED"]);
  }
  expect(changed).toHaveBeenCalledTimes(2);
});

const features = () => Object.fromEntries(fruits.map(({ id, features }) => [id, features]));

test("what a server decided with a graph says so in the page, too", async () => {
  const model = await Deployed.start(named(sums), sumsGraph());
  const edge = await Edge.start();
  const server = createServerClient({ endpoint: edge.endpoint, timeout: 20_000 });
  const actions = [
    { id: "a", features: { content: [1, 2] } },
    { id: "b", features: { content: [2, 2] } },
  ];
  const decide = () => server.rank(model.name, actions, { unit: "u", deferred: true });
  await expect.poll(async () => (await decide()).computedBy.runtime, { timeout: 20_000 }).toBe("wasm");
  const decision = await decide();
  const client = createClient({ endpoint: edge.endpoint, decisions: [decision] });
  clients.push(client);
  const { id, chosen, computedBy } = client.rankSync(model.name, actions);
  expect({ id, chosen, computedBy }).toEqual({ ...decided(decision), computedBy: { place: "edge", runtime: "wasm" } });
});

const decided = ({ id, chosen }: { id: string; chosen: string }) => ({ id, chosen });

test("a server ranks over HTTP, and falls back where the edge does not answer", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const server = createServerClient({ endpoint: edge.endpoint, timeout: 20_000 });
  await model.chooses("banana", fruits);
  const decision = await server.rank(model.name, fruits, { unit: "u", slots: 2, context: { season: "autumn" } });
  expect(decision).toMatchObject({ chosen: "banana", slots: [{ chosen: "banana" }, {}] });
  expect(decision.reason).toBeUndefined();
  await server.reward(decision.id, 1, { final: true });
  await expect.poll(async () => (await model.feedback()).map(({ id }) => id)).toEqual([decision.id]);
  await expect(server.rank(model.name, [], { unit: "u" })).rejects.toMatchObject({ code: "invalid" });
  await expect(server.rank(model.name, fruits, { unit: "" })).rejects.toMatchObject({ code: "invalid", status: 400 });
  await expect(server.rank("no-such", fruits, { unit: "u" })).rejects.toMatchObject({ code: "model-unknown" });
  await edge.behave({ answerAll: "never" });
  const late = await server.rank(model.name, fruits, { unit: "u", timeout: 50, fallback: ["cherry"] });
  expect(late).toMatchObject({
    chosen: "cherry",
    reason: "timeout",
    computedBy: { runtime: "none" },
    ranking: [{ probability: 1 }, {}, {}],
  });
  // A CDN's answer while there is no edge behind it.
  for (const status of [400, 404]) {
    await edge.behave({ answerAll: status });
    expect(await server.rank(model.name, fruits, { unit: "u" })).toMatchObject({ chosen: "apple", reason: "refused" });
  }
  await edge.behave({ answerAll: 500 });
  expect(await server.predict(model.name, { unit: "u", fallback: 0.25 })).toMatchObject({
    ...{ value: 0.25, reason: "unreachable" },
  });
});
