import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Client, createClient, type Decision } from "./client.ts";
import { Database } from "./database.ts";
import type { RejectedEvent, SnapshotEvent, Status } from "./protocol.ts";
import { Edge } from "./testing/edge.ts";
import { fruit, fruitPublication, fruits, intent, sumsPublication } from "./testing/models.ts";

/** The whole client: page, worker, IndexedDB and HTTP are real; only the edge is a stand-in. */

const workers: Worker[] = [];
const clients: Client[] = [];
const RealWorker = Worker;

beforeEach(() => {
  // Lets a test end a worker as a closed or crashed tab does.
  globalThis.Worker = class extends RealWorker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      workers.push(this);
    }
  };
});
afterEach(async () => {
  globalThis.Worker = RealWorker;
  for (const worker of workers.splice(0)) worker.terminate();
  clients.length = 0;
  sessionStorage.clear();
  vi.restoreAllMocks();
});

/** A page. The next one with the same edge is what a reload makes of it, or another tab if it still runs. */
function open(edge: Edge, unit?: string): Client {
  const client = createClient({ endpoint: edge.endpoint, ...(unit !== undefined && { unit }) });
  clients.push(client);
  return client;
}
/** The newest page is gone, without a good-bye. */
const crash = () => workers.at(-1)!.terminate();
const liking = (best: string) => fruitPublication(1, { [best]: 1 });
const takenIds = async (edge: Edge) => (await edge.seen()).decisions.map((d) => d.id);
const sessionOf = (decision: Decision) => decision.id.split(".")[0];
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
function snapshots(client: Client): SnapshotEvent[] {
  const events: SnapshotEvent[] = [];
  client.on("snapshot", (event) => events.push(event));
  return events;
}

test("decides in the page, and the decision and its reward reach the edge as valid records", async () => {
  const edge = await Edge.start(liking("banana"));
  const client = open(edge, "account-7");
  client.track("bite", { kind: "apple" });
  const decision = await client.rank("fruit", fruits, { context: { season: "autumn" } });
  expect(decision).toMatchObject({
    model: "fruit@1.1",
    chosen: "banana",
    computedBy: { place: "browser", runtime: "native" },
    ranking: [
      { id: "banana", score: 1, probability: 1 },
      { id: "apple", score: 0, probability: 0 },
      { id: "cherry", score: 0, probability: 0 },
    ],
  });
  expect(decision.id).toMatch(/^issued-\d+-\d+\.0$/);
  expect(decision.roundTripMs).toBeGreaterThanOrEqual(decision.ms);
  await decision.reward(1, { final: true });
  await client.flush();
  const { decisions, feedback, invalid } = await edge.seen();
  expect(invalid).toEqual([]);
  expect(decisions).toMatchObject([
    {
      id: decision.id,
      unit: "account-7",
      session: sessionOf(decision),
      context: { season: "autumn" },
      sessionFeatures: { bites: 1, latest: "apple" },
      chosen: 1,
      graph: null,
    },
  ]);
  expect(feedback).toMatchObject([{ id: decision.id, value: 1, final: true }]);
});

test("says which features made the scores when it is asked to", async () => {
  const edge = await Edge.start(liking("banana"));
  const { ranking } = await open(edge).rank("fruit", fruits, { explain: 2 });
  for (const { score, explanation } of ranking) {
    const { contributions, others } = explanation!;
    const named = contributions.reduce((sum, { contribution }) => sum + contribution, 0);
    expect(named + others.contribution).toBeCloseTo(score);
  }
  expect(ranking[0]!.explanation!.contributions[0]).toMatchObject({
    parts: [{ namespace: "action", value: "banana" }],
    contribution: 1,
  });
});

test("fills several places, each with a reward of its own, and none twice", async () => {
  const edge = await Edge.start(liking("banana"));
  const client = open(edge);
  const { id, slots, chosen } = await client.rank("fruit", fruits, { slots: 2 });
  expect(slots!.map((slot) => slot.chosen)[0]).toBe(chosen);
  expect(new Set(slots!.map((slot) => slot.chosen)).size).toBe(2);
  await slots![1]!.reward(1, { final: true });
  const next = await client.rank("fruit", fruits, { slots: [{ season: "autumn" }, {}] });
  await client.flush();
  const { decisions, feedback } = await edge.seen();
  expect(decisions.map((d) => d.id)).toEqual([id, `${id}.1`, next.id, `${next.id}.1`]);
  expect(decisions.map((d) => d.context)).toEqual([{}, {}, { season: "autumn" }, {}]);
  expect(feedback).toMatchObject([{ id: `${id}.1`, value: 1 }]);
});

test("predicts, and names a call of the wrong task or an unknown model", async () => {
  const edge = await Edge.start({ spec: intent, version: 1, number: 3, weights: [] }, liking("apple"));
  const client = open(edge);
  expect(await client.predict("intent", { context: { pages: 4 } })).toMatchObject({ model: "intent@1.3", value: 0.5 });
  await expect(client.predict("fruit")).rejects.toThrow(/rank/);
  await expect(client.rank("intent", fruits)).rejects.toThrow(/predict/);
  await expect(client.rank("nobody", fruits)).rejects.toThrow('does not know a model "nobody"');
});

test("what is wrong with a call is said at once, and nothing is sent", async () => {
  const edge = await Edge.start(liking("apple"));
  const client = open(edge);
  await expect(client.rank("fruit", [])).rejects.toThrow("at least one action");
  await expect(client.rank("fruit", [fruits[0]!, fruits[0]!])).rejects.toThrow("already the id of action 0");
  await expect(client.rank("fruit", [{ id: "a", features: { x: Number.NaN } }])).rejects.toThrow(
    "actions[0].features.x",
  );
  await expect(client.rank("fruit", fruits, { context: { x: Number.POSITIVE_INFINITY } })).rejects.toThrow("context.x");
  await expect(client.reward("s.0", Number.NaN)).rejects.toThrow("value");
  expect(() => client.track("a b")).toThrow("type");
  expect(() => createClient({ unit: "" })).toThrow("unit");
  await client.flush();
  expect((await edge.seen()).decisions).toEqual([]);
});

test("a track counts in every later rank of its session, in no earlier one, and in no other session", async () => {
  const edge = await Edge.start(liking("apple"));
  const client = open(edge);
  const other = client.openSession({ unit: "somebody else" });
  // Asked before the model is there: the answers wait, the order stays.
  const answers = [client.rank("fruit", fruits)];
  for (let i = 0; i < 3; i++) {
    client.track("bite", { kind: `k${i}` });
    answers.push(client.rank("fruit", fruits));
  }
  answers.push(other.rank("fruit", fruits));
  const decisions = await Promise.all(answers);
  await client.flush();
  const taken = new Map((await edge.seen()).decisions.map((d) => [d.id, d]));
  const records = decisions.map((d) => taken.get(d.id)!);
  expect(records.map((r) => r.sessionFeatures.bites)).toEqual([0, 1, 2, 3, 0]);
  expect(records.map((r) => r.sessionFeatures.latest)).toEqual([null, "k0", "k1", "k2", null]);
  expect(records[4]).toMatchObject({ unit: "somebody else" });
  expect(new Set(records.map((r) => r.session)).size).toBe(2);
  await other.close();
  await expect(other.rank("fruit", fruits)).rejects.toThrow("closed");
});

test("off line it goes on deciding, and everything arrives once and in order when the edge is back", async () => {
  const edge = await Edge.start(liking("cherry"));
  const client = open(edge);
  const statuses: Status[] = [];
  client.on("status", (status) => statuses.push(status));
  const ids = [(await client.rank("fruit", fruits)).id];
  await client.flush();
  await edge.stop();
  for (let i = 0; i < 50; i++) {
    const decision = await client.rank("fruit", fruits);
    expect(decision.chosen).toBe("cherry");
    ids.push(decision.id);
    await decision.reward(i / 50);
  }
  await expect.poll(() => client.status()).toEqual({ online: false, pending: 100 });
  await expect(client.flush()).rejects.toThrow("cannot be reached");
  await edge.restart();
  await expect.poll(() => client.status(), { timeout: 20_000 }).toEqual({ online: true, pending: 0 });
  expect(await takenIds(edge)).toEqual(ids);
  const { feedback, duplicates, invalid } = await edge.seen();
  expect(feedback.map((f) => f.id)).toEqual(ids.slice(1));
  expect(duplicates).toBe(0);
  expect(invalid).toEqual([]);
  expect(statuses.map((s) => s.online)).toContain(false);
});

test("decisions survive the end of their page, and the next one sends them, once", async () => {
  const edge = await Edge.start(liking("apple"));
  const first = open(edge);
  const before = await first.rank("fruit", fruits);
  await first.flush();
  await edge.stop();
  const made = [await first.rank("fruit", fruits), await first.rank("fruit", fruits)];
  await made[0]!.reward(1);
  crash();
  await edge.restart();
  const second = open(edge);
  await expect.poll(() => takenIds(edge)).toEqual([before.id, ...made.map((d) => d.id)]);
  await second.flush();
  expect((await edge.seen()).feedback.map((f) => f.id)).toEqual([made[0]!.id]);
  expect((await edge.seen()).duplicates).toBe(0);
});

test("a page that starts off line decides with the snapshot, and in the session, that are here", async () => {
  const edge = await Edge.start(liking("banana"));
  const first = open(edge);
  await first.rank("fruit", fruits);
  await first.flush();
  await wait(200);
  crash();
  await edge.stop();
  const second = open(edge);
  expect(await second.rank("fruit", fruits)).toMatchObject({ chosen: "banana", model: "fruit@1.1" });
  await expect(second.rank("intent", fruits)).rejects.toThrow(/not in this browser yet.*cannot be reached/);
});

test("an edge that is slow to answer does not keep a page waiting that has a snapshot", async () => {
  const edge = await Edge.start(liking("banana"));
  const first = open(edge);
  await first.rank("fruit", fruits);
  await wait(200);
  crash();
  await edge.publish(fruitPublication(2, { cherry: 1 }));
  await edge.behave({ manifestDelay: 4000 });
  const second = open(edge);
  expect((await second.rank("fruit", fruits)).chosen).toBe("banana");
  await expect.poll(async () => (await second.rank("fruit", fruits)).chosen, { timeout: 10_000 }).toBe("cherry");
});

test("a reload goes on in its session, with its events and without using a number twice", async () => {
  const edge = await Edge.start(liking("apple"));
  const ids = new Set<string>();
  let session: string | undefined;
  for (let life = 0; life < 4; life++) {
    const client = open(edge);
    client.track("bite", { kind: "pear" });
    const decisions = await Promise.all([client.rank("fruit", fruits), client.rank("fruit", fruits)]);
    session ??= sessionOf(decisions[0]!);
    for (const decision of decisions) {
      expect(sessionOf(decision)).toBe(session);
      expect(ids.has(decision.id)).toBe(false);
      ids.add(decision.id);
    }
    // One more is under way when the page dies.
    client.rank("fruit", fruits).catch(() => {});
    await wait(life * 2);
    crash();
  }
  const last = open(edge);
  const decision = await last.rank("fruit", fruits);
  expect(ids.has(decision.id)).toBe(false);
  await last.flush();
  // A page that died before it heard of the answer had its records sent again by the next: the same records.
  const { decisions, contradictions } = await edge.seen();
  expect(contradictions).toEqual([]);
  expect(decisions.find((d) => d.id === decision.id)).toMatchObject({ session, sessionFeatures: { bites: 4 } });
  for (const id of ids) expect(decisions.some((d) => d.id === id)).toBe(true);
});

test("a duplicated tab gets a session of its own", async () => {
  const edge = await Edge.start(liking("apple"));
  const original = await open(edge).rank("fruit", fruits);
  // The same sessionStorage, while the first page is open: what duplicating a tab does.
  const duplicate = await open(edge).rank("fruit", fruits);
  expect(sessionOf(duplicate)).not.toBe(sessionOf(original));
});

test("a published snapshot decides in the open page, whose feedback's age is told", async () => {
  const edge = await Edge.start(liking("apple"));
  const client = open(edge);
  const events = snapshots(client);
  expect((await client.rank("fruit", fruits)).chosen).toBe("apple");
  await expect.poll(async () => (await edge.seen()).sockets).toBe(1);
  await edge.publish({ ...fruitPublication(2, { apple: 1, cherry: 2 }), feedbackAge: 700 });
  await expect.poll(async () => (await client.rank("fruit", fruits)).chosen).toBe("cherry");
  const decision = await client.rank("fruit", fruits);
  expect(decision.model).toBe("fruit@1.2");
  expect(decision.ranking.map((r) => r.score)).toEqual([2, 1, 0]);
  expect(events).toMatchObject([
    { model: "fruit", label: "fruit@1.1", feedbackAgeMs: null, examples: 10 },
    { model: "fruit", label: "fruit@1.2", examples: 20 },
  ]);
  expect(events[1]!.feedbackAgeMs).toBeGreaterThanOrEqual(700);
});

test("a new version is loaded whole, with its own features", async () => {
  const edge = await Edge.start(liking("apple"));
  const client = open(edge);
  await client.rank("fruit", fruits);
  await expect.poll(async () => (await edge.seen()).sockets).toBe(1);
  const spec = { ...fruit, features: { ...fruit.features, session: {} } };
  await edge.publish({ ...fruitPublication(0, { banana: 1 }), spec, version: 2 });
  await expect.poll(async () => (await client.rank("fruit", fruits)).model).toBe("fruit@2.0");
  await client.rank("fruit", fruits);
  await client.flush();
  const { decisions, invalid } = await edge.seen();
  expect(decisions.at(-1)).toMatchObject({ version: 2, sessionFeatures: {}, chosen: 1 });
  expect(invalid).toEqual([]);
});

test("a graph runs in ONNX Runtime when that is loaded; until then the head decides alone", async () => {
  const pairs = [
    { id: "low", features: { content: [0.5, 0.25] } },
    { id: "high", features: { content: [1.5, 0.5] } },
  ];
  const edge = await Edge.start(sumsPublication(1));
  const client = open(edge);
  const first = await client.rank("sums", pairs);
  expect(first).toMatchObject({ computedBy: { runtime: "native" }, ranking: [{ score: 0 }, { score: 0 }] });
  const runtime = async (page: Client) => (await page.rank("sums", pairs)).computedBy.runtime;
  await expect.poll(() => runtime(client), { timeout: 20_000 }).toBe("wasm");
  const decision = await client.rank("sums", pairs);
  expect(decision.ranking).toMatchObject([
    { id: "high", score: 2 },
    { id: "low", score: 0.75 },
  ]);
  // Snapshots come and go; the graph stays.
  await edge.publish(sumsPublication(2));
  await expect.poll(async () => (await client.rank("sums", pairs)).model).toBe("sums@1.2");
  expect(await runtime(client)).toBe("wasm");
  await client.flush();
  const { decisions, invalid, requests } = await edge.seen();
  expect(invalid).toEqual([]);
  expect(decisions[0]).toMatchObject({ id: first.id, graph: null });
  expect(decisions.find((d) => d.id === decision.id)).toMatchObject({ graph: { total: [0.75, 2] } });
  const artifacts = requests.filter((r) => r.startsWith("GET /v1/artifacts/"));
  expect(new Set(artifacts).size).toBe(artifacts.length);
  // The next start has it, too, with no edge.
  await wait(200);
  crash();
  await edge.stop();
  const second = open(edge);
  await expect.poll(() => runtime(second), { timeout: 20_000 }).toBe("wasm");
});

test("snapshots published while the page could not hear of them are taken when it can again", async () => {
  const edge = await Edge.start(liking("apple"));
  const client = open(edge);
  await client.rank("fruit", fruits);
  await expect.poll(async () => (await edge.seen()).sockets).toBe(1);
  await edge.stop();
  await edge.publish(fruitPublication(5, { cherry: 1 }));
  await edge.restart();
  await expect.poll(async () => (await client.rank("fruit", fruits)).model, { timeout: 20_000 }).toBe("fruit@1.5");
});

test("without WebSockets snapshots come all the same", async () => {
  const edge = await Edge.start(liking("apple"));
  await edge.behave({ refuseSockets: true });
  const client = open(edge);
  await client.rank("fruit", fruits);
  await edge.publish(fruitPublication(2, { cherry: 1 }));
  await expect.poll(async () => (await client.rank("fruit", fruits)).chosen, { timeout: 20_000 }).toBe("cherry");
  expect((await edge.seen()).sockets).toBe(0);
});

test("a damaged snapshot in the browser's storage is fetched again", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const edge = await Edge.start(liking("banana"));
  const first = open(edge);
  await first.rank("fruit", fruits);
  await wait(200);
  crash();
  const database = new Database(`edgewise ${edge.endpoint}`);
  const tx = await database.transaction(["artifacts"], "readwrite");
  const store = tx.objectStore("artifacts");
  const [sha256] = await store.getAllKeys();
  const bytes = (await store.get(sha256!))!;
  bytes[bytes.length - 1]! ^= 0xff;
  await store.put(bytes, sha256);
  await tx.done;
  const second = open(edge);
  expect((await second.rank("fruit", fruits)).chosen).toBe("banana");
  await wait(200);
  const again = (await (await database.transaction(["artifacts"], "readonly")).objectStore("artifacts").get(sha256!))!;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", again));
  expect(Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("")).toBe(sha256);
  await database.close();
});

test("an artifact that is not what its hash says is not used", async () => {
  const edge = await Edge.start(liking("banana"));
  await edge.behave({ garbleArtifacts: true });
  await expect(open(edge).rank("fruit", fruits)).rejects.toThrow(/has the hash/);
  await edge.behave({});
});

test("what the edge rejects is told, and nothing behind it waits", async () => {
  const edge = await Edge.start(liking("apple"));
  const client = open(edge);
  const rejected: RejectedEvent[] = [];
  client.on("rejected", (event) => rejected.push(event));
  const [bad, good] = [await client.rank("fruit", fruits), await client.rank("fruit", fruits)];
  await client.flush();
  await edge.behave({ reject: [bad.id], batchStatuses: [500] });
  await bad.reward(1);
  await good.reward(1);
  await expect.poll(async () => (await edge.seen()).feedback.map((f) => f.id)).toEqual([good.id]);
  // The edge has seen the batch before the page has its answer.
  await expect.poll(() => rejected).toEqual([{ kind: "feedback", id: bad.id, problem: "not taken" }]);
  await expect.poll(() => client.status().pending).toBe(0);
});

test("a closed client answers its calls with that, and ends its worker", async () => {
  const edge = await Edge.start(liking("apple"));
  const client = open(edge);
  const decision = await client.rank("fruit", fruits);
  await client.close();
  await expect(client.rank("fruit", fruits)).rejects.toThrow("the client is closed");
  await expect(decision.reward(1)).rejects.toThrow("the client is closed");
  // Its session is free for the next page.
  expect(sessionOf(await open(edge).rank("fruit", fruits))).toBe(sessionOf(decision));
});

test("a worker that cannot start answers every call with why", async () => {
  globalThis.Worker = class extends RealWorker {
    constructor() {
      super(new URL("/no-such-script.js", location.href));
    }
  };
  const client = createClient();
  await expect(client.rank("fruit", fruits)).rejects.toThrow("the worker did not start");
  await expect(client.flush()).rejects.toThrow("the worker did not start");
});
