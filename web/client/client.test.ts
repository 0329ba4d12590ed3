import { afterEach, expect, test, vi } from "vitest";
import type { BatchRequest } from "../../shared/contract/envelope.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import { type Client, createClient, type Decision } from "./client.ts";
import { Database } from "./database.ts";
import type { RejectedEvent, SnapshotEvent, Status } from "./events.ts";
import { Deployed, fruitModel, liking } from "./testing/deployed.ts";
import { Edge, itemsOf } from "./testing/edge.ts";
import { fruit, fruits, intent, named, sums, sumsGraph } from "./testing/models.ts";
import { Page } from "./testing/pages.ts";

/** The whole client: page, IndexedDB, HTTP and the edge are real. */

const pages: Page[] = [];

afterEach(() => {
  for (const page of pages.splice(0)) page.crash();
  sessionStorage.clear();
  localStorage.clear();
  vi.restoreAllMocks();
});

/** A page. The next one with the same edge is what a reload makes of it, or another tab if it still runs. */
async function open(edge: Edge, unit?: string): Promise<Client> {
  // Machines that run tests may be slow.
  const page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000, ...(unit !== undefined && { unit }) });
  pages.push(page);
  return page.client;
}
/** The newest page is gone, without a good-bye. */
const crash = () => pages.at(-1)!.crash();
const idsOf = (items: readonly { id: string }[]) => items.map(({ id }) => id);
const sessionOf = (decision: Decision) => decision.id.split(".")[0];
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** What this browser keeps of a model for the next start, if it does. */
async function kept(edge: Edge, { name }: Deployed) {
  const database = new Database(`edgewise ${edge.endpoint}`);
  try {
    return await database.run(["models"], "readonly", (tx) => tx.store("models").get(name));
  } finally {
    await database.close();
  }
}
/** Nothing that the page sent was refused, or not read. */
async function expectAllTaken(edge: Edge): Promise<void> {
  expect(await edge.answers()).toMatchObject({ rejected: [], unread: [] });
}
function snapshots(client: Client): SnapshotEvent[] {
  const events: SnapshotEvent[] = [];
  client.on("snapshot", (event) => events.push(event));
  return events;
}

test("decides in the page, and the decision and its reward reach the edge as valid records", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = await open(edge, "account-7");
  client.track("bite", { kind: "apple" });
  const decision = await client.rank(model.name, fruits, { context: { season: "autumn" } });
  const { snapshot } = await model.manifest();
  expect(decision).toMatchObject({
    model: `${model.name}@1.${snapshot.number}`,
    chosen: "banana",
    computedBy: { place: "browser", runtime: "native" },
  });
  expect(decision.id).toMatch(/^[\w-]{40}\.0$/);
  expect(decision.totalMs).toBeGreaterThanOrEqual(decision.ms);
  // The edge, asked the same, answers the same, to the last bit.
  const events = [{ type: "bite", at: Date.now() - 1, properties: { kind: "apple" } }];
  const asked = { context: { season: "autumn" }, events, actions: fruits };
  // An isolate that has not looked for a while answers once by what it had.
  await expect.poll(async () => (await model.rank(asked)).ranking, { timeout: 10_000 }).toEqual(decision.ranking);
  await decision.reward(1, { final: true });
  await client.flush();
  await expectAllTaken(edge);
  expect(await model.decisions()).toContainEqual(
    expect.objectContaining({
      id: decision.id,
      unit: "account-7",
      session: sessionOf(decision),
      assignment: { stage: "live", share: null, directory: expect.any(Number) },
      deferred: false,
      context: { season: "autumn" },
      sessionFeatures: { bites: 1, latest: "apple" },
      chosen: 1,
      graph: null,
    }),
  );
  expect(await model.feedback()).toMatchObject([{ id: decision.id, value: 1, final: true }]);
});

test("names a list of actions by its hash, and tells the edge the list when it is asked for it", async () => {
  const model = await fruitModel("banana");
  const many = Array.from({ length: 30 }, (_, i) => ({ id: `${i}`, features: { kind: `${i} of ${model.name}` } }));
  const lists = async (edge: Edge) =>
    (await edge.seen()).batches.map(({ body }) => {
      const { decisions, actionLists } = JSON.parse(body) as BatchRequest;
      return [(decisions[0] as { actions: unknown }).actions, Object.values(actionLists)];
    });
  const edge = await Edge.start();
  const client = await open(edge);
  for (let i = 0; i < 2; i++) {
    await client.rank(model.name, many);
    await client.flush();
  }
  const hash = expect.stringMatching(/^[0-9a-f]{64}$/);
  expect(await lists(edge)).toEqual([
    [hash, []],
    [hash, [many]],
    [hash, []],
  ]);
  crash();
  // What one page told, the edge knows from all.
  const other = await Edge.start();
  const next = await open(other);
  await next.rank(model.name, many);
  await next.flush();
  expect(await lists(other)).toEqual([[hash, []]]);
  const decisions = await model.decisions();
  expect(decisions.map((decision) => "actions" in decision && decision.actions)).toEqual([many, many, many]);
});

test("says which features made the scores when it is asked to", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const { ranking } = await (await open(edge)).rank(model.name, fruits, { explain: 2 });
  for (const { score, explanation } of ranking) {
    const { contributions, others } = explanation!;
    const given = contributions.reduce((sum, { contribution }) => sum + contribution, 0);
    expect(given + others.contribution).toBeCloseTo(score);
  }
  const parts = ranking[0]!.explanation!.contributions.flatMap((one) => one.parts);
  expect(parts).toContainEqual({ namespace: "action", name: "kind", value: "banana" });
});

test("fills several slots, each with a reward of its own, and none twice", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const client = await open(edge);
  const { id, slots, chosen } = await client.rank(model.name, fruits, { slots: 2 });
  expect(slots!.map((slot) => slot.chosen)[0]).toBe(chosen);
  expect(new Set(slots!.map((slot) => slot.chosen)).size).toBe(2);
  await slots![1]!.reward(1, { final: true });
  const next = await client.rank(model.name, fruits, { slots: [{ season: "autumn" }, {}] });
  await client.flush();
  const decisions = await model.decisions();
  expect(idsOf(decisions)).toEqual([id, `${id}.1`, next.id, `${next.id}.1`]);
  expect(decisions.map((d) => d.context)).toEqual([{}, {}, { season: "autumn" }, {}]);
  expect(await model.feedback()).toMatchObject([{ id: `${id}.1`, value: 1 }]);
});

test("a deferred decision is learned when it was activated, and not before", async () => {
  const model = await Deployed.start(named(fruit));
  const edge = await Edge.start();
  const client = await open(edge);
  const deferred = await client.rank(model.name, fruits, { deferred: true, slots: 2 });
  for (const slot of deferred.slots!) await slot.reward(1, { final: true });
  const shown = await client.rank(model.name, fruits);
  await shown.reward(1, { final: true });
  await client.flush();
  const learned = async () => (await model.manifest()).examples;
  await expect.poll(learned).toBe(1);
  await deferred.slots![1]!.shown();
  await expect.poll(learned).toBe(2);
  await deferred.shown();
  await expect.poll(learned).toBe(3);
  await expectAllTaken(edge);
  const rows = await model.log();
  expect(rows.filter(({ kind }) => kind === "activation").map(({ id }) => id)).toEqual([
    `${deferred.id}.1`,
    deferred.id,
  ]);
  expect((await model.decisions()).map((d) => d.deferred)).toEqual([true, true, false]);
});

test("records with a field that the edge does not know are taken, kept and learned", async () => {
  const model = await Deployed.start(named(fruit));
  const edge = await Edge.start();
  await edge.behave({ addToRecords: { mood: { of: "tomorrow" } } });
  const client = await open(edge);
  const decision = await client.rank(model.name, fruits, { deferred: true });
  await decision.shown();
  await decision.reward(1, { final: true });
  await client.flush();
  expect(await edge.answers()).toEqual({ accepted: 3, duplicates: 0, rejected: [], unread: [] });
  expect(await model.decisions()).toMatchObject([{ id: decision.id, mood: { of: "tomorrow" } }]);
  await expect.poll(async () => (await model.manifest()).examples).toBe(1);
});

test("predicts, and names a call of the wrong task or an unknown model", async () => {
  const [ranks, predicts] = await Promise.all([Deployed.start(named(fruit)), Deployed.start(named(intent))]);
  const edge = await Edge.start();
  const client = await open(edge);
  const prediction = await client.predict(predicts.name, { context: { pages: 4 } });
  expect(prediction).toMatchObject({ model: `${predicts.name}@1.0`, value: 0.5 });
  await expect(client.predict(ranks.name)).rejects.toThrow(/rank/);
  await expect(client.rank(predicts.name, fruits)).rejects.toThrow(/predict/);
  await expect(client.rank("nobody", fruits)).rejects.toThrow('does not know a model "nobody"');
});

test("what is wrong with a call is said at once, and nothing is sent", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const client = await open(edge);
  await expect(client.rank(model.name, [])).rejects.toThrow("at least one action");
  await expect(client.rank(model.name, [fruits[0]!, fruits[0]!])).rejects.toThrow("already the id of action 0");
  await expect(client.rank(model.name, [{ id: "a", features: { x: Number.NaN } }])).rejects.toThrow(
    "actions[0].features.x",
  );
  await expect(client.rank(model.name, fruits, { context: { x: Number.POSITIVE_INFINITY } })).rejects.toThrow(
    "context.x",
  );
  await expect(client.reward("s.0", Number.NaN)).rejects.toThrow("value");
  expect(() => client.track("a b")).toThrow("type");
  expect(() => createClient({ unit: "" })).toThrow("unit");
  await client.flush();
  expect((await edge.seen()).batches).toEqual([]);
});

test("a track counts in every later rank of its session, in no earlier one, and in no other session", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const client = await open(edge);
  const other = client.openSession({ unit: "somebody else" });
  // Asked before the model is there: the answers wait, the order stays.
  const answers = [client.rank(model.name, fruits)];
  for (let i = 0; i < 3; i++) {
    client.track("bite", { kind: `k${i}` });
    answers.push(client.rank(model.name, fruits));
  }
  answers.push(other.rank(model.name, fruits));
  const decisions = await Promise.all(answers);
  await client.flush();
  const taken = new Map((await model.decisions()).map((d) => [d.id, d]));
  const records = decisions.map((d) => taken.get(d.id)!);
  expect(records.map((r) => r.sessionFeatures.bites)).toEqual([0, 1, 2, 3, 0]);
  expect(records.map((r) => r.sessionFeatures.latest)).toEqual([null, "k0", "k1", "k2", null]);
  expect(records[4]).toMatchObject({ unit: "somebody else" });
  expect(new Set(records.map((r) => r.session)).size).toBe(2);
  await other.close();
  await expect(other.rank(model.name, fruits)).rejects.toThrow("closed");
});

test("off line it goes on deciding, and everything arrives once and in order when the edge is back", async () => {
  const model = await fruitModel("cherry");
  const edge = await Edge.start();
  const client = await open(edge);
  const statuses: Status[] = [];
  client.on("status", (status) => statuses.push(status));
  const ids = [(await client.rank(model.name, fruits)).id];
  await client.flush();
  await edge.stop();
  for (let i = 0; i < 50; i++) {
    const decision = await client.rank(model.name, fruits);
    expect(decision.chosen).toBe("cherry");
    ids.push(decision.id);
    await decision.reward(i / 50);
  }
  await expect.poll(() => client.status()).toMatchObject({ online: false, pending: 100 });
  await expect(client.flush()).rejects.toThrow("cannot be reached");
  await edge.restart();
  await expect.poll(() => client.status(), { timeout: 20_000 }).toMatchObject({ online: true, pending: 0 });
  expect(idsOf(await model.decisions())).toEqual(ids);
  expect(idsOf(await model.feedback())).toEqual(ids.slice(1));
  expect(await edge.answers()).toEqual({ accepted: 101, duplicates: 0, rejected: [], unread: [] });
  expect(statuses.map((s) => s.online)).toContain(false);
});

test("decisions survive the end of their page, and the next one sends them, once", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const first = await open(edge);
  const before = await first.rank(model.name, fruits);
  await first.flush();
  await edge.stop();
  const made = [await first.rank(model.name, fruits), await first.rank(model.name, fruits)];
  await made[0]!.reward(1);
  crash();
  await edge.restart();
  const second = await open(edge);
  await expect.poll(async () => idsOf(await model.decisions())).toEqual([before.id, ...idsOf(made)]);
  await second.flush();
  expect(idsOf(await model.feedback())).toEqual([made[0]!.id]);
  expect((await edge.answers()).duplicates).toBe(0);
});

test("a click that leads away arrives, though its page does not live to see it stored", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const client = await open(edge);
  const decision = await client.rank(model.name, fruits);
  decision.reward(1).catch(() => {});
  pages.at(-1)!.leave();
  await expect.poll(async () => idsOf(await model.decisions())).toEqual([decision.id]);
  await expect.poll(async () => idsOf(await model.feedback())).toEqual([decision.id]);
});

test("a page that starts off line decides with the snapshot, and in the session, that are here", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const first = await open(edge);
  const before = await first.rank(model.name, fruits);
  await first.flush();
  await expect.poll(() => kept(edge, model)).toBeDefined();
  crash();
  await edge.stop();
  const second = await open(edge);
  const decision = await second.rank(model.name, fruits);
  expect(decision).toMatchObject({ chosen: "banana", model: before.model });
  expect(sessionOf(decision)).toBe(sessionOf(before));
  expect(await second.rank("another", fruits)).toMatchObject({ reason: "unreachable", chosen: "apple" });
});

test("an edge that is slow to answer does not keep a page waiting that has a snapshot", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const first = await open(edge);
  await first.rank(model.name, fruits);
  await expect.poll(() => kept(edge, model)).toBeDefined();
  crash();
  await model.teach(liking("cherry", 20));
  await edge.behave({ manifestDelay: 4000 });
  const second = await open(edge);
  expect((await second.rank(model.name, fruits)).chosen).toBe("banana");
  await expect.poll(async () => (await second.rank(model.name, fruits)).chosen, { timeout: 10_000 }).toBe("cherry");
});

test("a reload goes on in its session, with its events and without using a number twice", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const ids = new Set<string>();
  let session: string | undefined;
  for (let life = 0; life < 4; life++) {
    const client = await open(edge);
    client.track("bite", { kind: "pear" });
    const decisions = await Promise.all([client.rank(model.name, fruits), client.rank(model.name, fruits)]);
    session ??= sessionOf(decisions[0]!);
    for (const decision of decisions) {
      expect(sessionOf(decision)).toBe(session);
      expect(ids.has(decision.id)).toBe(false);
      ids.add(decision.id);
    }
    // One more is under way when the page dies.
    client.rank(model.name, fruits).catch(() => {});
    await wait(life * 2);
    crash();
  }
  const last = await open(edge);
  const decision = await last.rank(model.name, fruits);
  expect(ids.has(decision.id)).toBe(false);
  await last.flush();
  // A page that died before it heard of the answer had its records sent again by the next: the same records, whole or brief.
  const sent = new Map<string, string>();
  for (const item of (await edge.seen()).batches.flatMap(({ body }) => itemsOf(body))) {
    const { scores, probabilities, propensity, ...said } = item as Partial<RankDecision> & { propensity?: number };
    const record = JSON.stringify({ ...said, propensity: propensity ?? probabilities?.[said.chosen!] });
    expect(sent.get(item.id) ?? record).toBe(record);
    sent.set(item.id, record);
  }
  const decisions = await model.decisions();
  expect(decisions.find((d) => d.id === decision.id)).toMatchObject({ session, sessionFeatures: { bites: 4 } });
  for (const id of ids) expect(decisions.some((d) => d.id === id)).toBe(true);
});

test("a duplicated tab gets a session of its own", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const original = await (await open(edge)).rank(model.name, fruits);
  // The same sessionStorage, while the first page is open: what duplicating a tab does.
  const duplicate = await (await open(edge)).rank(model.name, fruits);
  expect(sessionOf(duplicate)).not.toBe(sessionOf(original));
});

test("a published snapshot decides in the open page, whose feedback's age is told", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const client = await open(edge);
  const events = snapshots(client);
  const first = await client.rank(model.name, fruits);
  expect(first.chosen).toBe("apple");
  await expect.poll(async () => (await edge.seen()).sockets).toBe(1);
  await model.teach(liking("cherry", 20));
  await expect.poll(async () => (await client.rank(model.name, fruits)).chosen).toBe("cherry");
  const [began, ...followed] = events;
  expect(began).toMatchObject({ model: model.name, label: first.model, feedbackAgeMs: null, examples: 9 });
  expect(followed.length).toBeGreaterThan(0);
  for (const { label, feedbackAgeMs } of followed) {
    expect(label).not.toBe(first.model);
    expect(feedbackAgeMs).toBeGreaterThanOrEqual(0);
  }
  // The edge, at the same snapshot, finds the same scores.
  await expect
    .poll(async () => {
      const [ours, its] = [await client.rank(model.name, fruits), await model.rank({ actions: fruits })];
      return ours.model === its.model && { ours: ours.ranking, its: its.ranking };
    })
    .toSatisfy((both) => both !== false && JSON.stringify(both.ours) === JSON.stringify(both.its));
});

test("a new version is loaded whole, with its own features", async () => {
  const spec = named(fruit);
  const model = await Deployed.start(spec);
  await model.teach(liking("apple"));
  const edge = await Edge.start();
  const client = await open(edge);
  await client.rank(model.name, fruits);
  const features = { ...spec.features, session: {} };
  await model.deploy({ ...spec, features, interactions: [] }, { stage: "live" });
  await expect
    .poll(async () => (await client.rank(model.name, fruits)).model, { timeout: 20_000 })
    .toMatch(`${model.name}@2.`);
  const { id } = await client.rank(model.name, fruits);
  await client.flush();
  await expectAllTaken(edge);
  // What the first version was taught the second has learned from the log.
  expect((await model.decisions()).find((d) => d.id === id)).toMatchObject({
    version: 2,
    sessionFeatures: {},
    chosen: 0,
  });
});

test("without the part that loads graphs the head decides alone, and the page says so once", async () => {
  const warned = vi.spyOn(console, "warn");
  const model = await Deployed.start(named(sums), sumsGraph());
  const edge = await Edge.start();
  const client = createClient({ endpoint: edge.endpoint, timeout: 20_000 });
  const choices = [{ id: "one", features: { content: [0.5, 0.25] } }];
  expect((await client.rank(model.name, choices)).computedBy.runtime).toBe("native");
  await model.teach([{ ...choices[0]!, value: 1 }]);
  await expect.poll(async () => (await client.rank(model.name, choices)).model).not.toBe(`${model.name}@1.0`);
  expect((await client.rank(model.name, choices)).computedBy.runtime).toBe("native");
  const said = warned.mock.calls.map(([message]) => message).filter((message) => `${message}`.includes(model.name));
  expect(said).toEqual([`edgewise: ${model.name} decides without its graph: Error: createClient needs graphs`]);
  await client.close();
  expect(() => createClient({ graphs: "onnx" as never })).toThrow('graphs: must be () => import("edgewise/graph")');
});

test("a graph runs in ONNX Runtime when that is loaded; until then the head decides alone", async () => {
  const pairs = [
    { id: "low", features: { content: [0.5, 0.25] } },
    { id: "high", features: { content: [1.5, 0.5] } },
  ];
  const lessons = pairs.map((pair, value) => ({ ...pair, value }));
  const model = await Deployed.start(named(sums), sumsGraph());
  const edge = await Edge.start();
  const client = await open(edge);
  const first = await client.rank(model.name, pairs);
  expect(first).toMatchObject({ computedBy: { runtime: "native" }, ranking: [{ score: 0 }, { score: 0 }] });
  const runtime = async (page: Client) => (await page.rank(model.name, pairs)).computedBy.runtime;
  await expect.poll(() => runtime(client), { timeout: 60_000 }).toBe("wasm");
  // Snapshots come and go; the graph stays.
  await model.teach([...lessons, ...lessons]);
  await expect.poll(async () => (await client.rank(model.name, pairs)).chosen).toBe("high");
  const decision = await client.rank(model.name, pairs);
  expect(decision.computedBy.runtime).toBe("wasm");
  expect(decision.model).not.toBe(first.model);
  await client.flush();
  await expectAllTaken(edge);
  const decisions = await model.decisions();
  expect(decisions.find((d) => d.id === first.id)).toMatchObject({ graph: null });
  expect(decisions.find((d) => d.id === decision.id)).toMatchObject({ graph: { total: [0.75, 2] } });
  const artifacts = (await edge.seen()).requests.filter((r) => r.startsWith("GET /v1/artifacts/"));
  expect(new Set(artifacts).size).toBe(artifacts.length);
  // The next start has it, too, with no edge.
  await expect.poll(() => kept(edge, model)).toBeDefined();
  crash();
  await edge.stop();
  const second = await open(edge);
  await expect.poll(() => runtime(second), { timeout: 60_000 }).toBe("wasm");
});

test("snapshots published while the page could not hear of them are taken when it can again", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const client = await open(edge);
  await client.rank(model.name, fruits);
  await expect.poll(async () => (await edge.seen()).sockets).toBe(1);
  await edge.stop();
  await model.teach(liking("cherry", 20));
  expect((await client.rank(model.name, fruits)).chosen).toBe("apple");
  await edge.restart();
  await expect.poll(async () => (await client.rank(model.name, fruits)).chosen, { timeout: 20_000 }).toBe("cherry");
});

test("without WebSockets snapshots come all the same", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  await edge.behave({ refuseSockets: true });
  const client = await open(edge);
  await client.rank(model.name, fruits);
  await model.teach(liking("cherry", 20));
  await expect.poll(async () => (await client.rank(model.name, fruits)).chosen, { timeout: 20_000 }).toBe("cherry");
  expect((await edge.seen()).sockets).toBe(0);
});

test("a damaged snapshot in the browser's storage is fetched again", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  const first = await open(edge);
  await first.rank(model.name, fruits);
  await expect.poll(() => kept(edge, model)).toBeDefined();
  crash();
  const database = new Database(`edgewise ${edge.endpoint}`);
  const sha256 = await database.run(["artifacts"], "readwrite", async (tx) => {
    const store = tx.store("artifacts");
    const [key] = await store.getAllKeys();
    const bytes = (await store.get(key!))!;
    bytes[bytes.length - 1]! ^= 0xff;
    await store.put(bytes, key);
    return key!;
  });
  localStorage.clear();
  const second = await open(edge);
  expect((await second.rank(model.name, fruits)).chosen).toBe("banana");
  const stored = async () => {
    const bytes = await database.run(["artifacts"], "readonly", (tx) => tx.store("artifacts").get(sha256));
    const hash = await crypto.subtle.digest("SHA-256", bytes!);
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
  await expect.poll(stored).toBe(sha256);
  await database.close();
});

test("an artifact that is not what its hash says is not used", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  await edge.behave({ garbleArtifacts: true });
  const told = vi.spyOn(console, "warn").mockImplementation(() => {});
  const decision = await (await open(edge)).rank(model.name, fruits);
  expect(decision).toMatchObject({ computedBy: { runtime: "none" }, reason: "failed", chosen: "apple" });
  expect(told.mock.calls.flat().join()).toMatch(/has the hash/);
});

test("a model whose manifest came without its snapshot is asked for again, and says why it cannot decide", async () => {
  const model = await fruitModel("banana");
  const edge = await Edge.start();
  await edge.behave({ garbleArtifacts: true });
  const told = vi.spyOn(console, "warn").mockImplementation(() => {});
  const client = await open(edge);
  for (const _ of [1, 2]) expect(await client.rank(model.name, fruits)).toMatchObject({ reason: "failed" });
  expect(told.mock.calls.flat().filter((text) => !/has the hash/.test(text))).toEqual([]);
  await edge.behave({});
  await expect.poll(async () => (await client.rank(model.name, fruits)).computedBy.runtime).toBe("native");
});

test("what the edge rejects is told, and nothing behind it waits", async () => {
  const model = await Deployed.start(named(intent));
  const edge = await Edge.start();
  const client = await open(edge);
  const rejected: RejectedEvent[] = [];
  client.on("rejected", (event) => rejected.push(event));
  const [bad, good] = [await client.predict(model.name), await client.predict(model.name)];
  await client.flush();
  await edge.behave({ batchAnswers: [{ status: 500 }] });
  // Labels of this model are 0 or 1.
  await bad.reward(0.5);
  await good.reward(1);
  await expect.poll(async () => idsOf(await model.feedback())).toEqual([good.id]);
  // The edge has seen the batch before the page has its answer.
  await expect
    .poll(() => rejected)
    .toEqual([{ kind: "feedback", id: bad.id, problem: expect.stringMatching(/0 or 1/) }]);
  await expect.poll(() => client.status().pending).toBe(0);
});

test("a closed client answers its calls with that, and gives up its session", async () => {
  const model = await fruitModel("apple");
  const edge = await Edge.start();
  const client = await open(edge);
  const decision = await client.rank(model.name, fruits);
  await client.close();
  await expect(client.rank(model.name, fruits)).rejects.toThrow("the client is closed");
  await expect(decision.reward(1)).rejects.toThrow("the client is closed");
  // Its session is free for the next page.
  expect(sessionOf(await (await open(edge)).rank(model.name, fruits))).toBe(sessionOf(decision));
});
