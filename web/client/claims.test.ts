import { afterEach, expect, test } from "vitest";
import { softmax } from "../../shared/contract/define.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { type Client, createClient } from "./client.ts";
import { Deployed, liking } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruit, fruits, intent, named, sums, sumsGraph } from "./testing/models.ts";

/** The edge decides again what this page decided, and refuses what does not agree: of what Chromium computes, nothing. */

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  sessionStorage.clear();
});

const drawing = (spec: ModelSpec): ModelSpec => named({ ...spec, policy: softmax({ lambda: 2 }) });
const sumChoices = Array.from({ length: 12 }, (_, i) => ({ id: `s${i}`, features: { content: [i / 7, 1 / (i + 3)] } }));
const baskets = Array.from({ length: 12 }, (_, i) => ({ id: `b${i}`, features: { kind: fruits[i % 3]!.id } }));

test("thousands of decisions are believed: natively and with the graph, ranked, predicted and in slots, over snapshots and after a time off line", {
  timeout: 240_000,
}, async () => {
  const native = await Deployed.start(drawing(fruit));
  const graph = await Deployed.start(drawing(sums), sumsGraph());
  const predicting = await Deployed.start(named(intent));
  const edge = await Edge.start();
  const client = createClient({ endpoint: edge.endpoint, timeout: 20_000, graphs: () => import("./graph.ts") });
  clients.push(client);
  const rejected: unknown[] = [];
  client.on("rejected", (event) => rejected.push(event));
  const labels = new Set<string>();
  const runtimes = new Set<string>();
  let made = 0;

  /** So many times a list of ten slots by each model that ranks, and a prediction; some get a reward. */
  async function decide(times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      client.track("bite", { kind: fruits[n % 3]!.id });
      const list = { slots: 10, context: { season: n % 2 ? "summer" : "winter" } };
      const choices = await Promise.all([
        client.rank(native.name, baskets, list),
        client.rank(graph.name, sumChoices, list),
      ]);
      const prediction = await client.predict(predicting.name, { context: { pages: made } });
      for (const { model, computedBy } of [...choices, prediction]) {
        labels.add(model);
        runtimes.add(computedBy.runtime);
      }
      for (const { slots } of choices) await slots![n % 10]!.reward(n % 2);
      await prediction.reward(Number(made % 3 === 0));
      made += 21;
    }
  }

  await decide(20);
  for (let round = 0; round < 3; round++) {
    await native.teach(liking(fruits[round]!.id, 2));
    await decide(20);
  }
  // Off line it goes on with what it has, and what it had is gone from the edge's memory by then or not: it is kept.
  await edge.stop();
  await decide(20);
  await native.teach(liking("apple", 2));
  await edge.restart();
  await expect.poll(() => client.flush().then(() => client.status().pending), { timeout: 60_000 }).toBe(0);
  await decide(5);
  await client.flush();

  expect(made).toBe(21 * 105);
  expect(rejected).toEqual([]);
  expect(runtimes).toEqual(new Set(["native", "wasm"]));
  expect(labels.size).toBeGreaterThan(6);
  const logged = await Promise.all([native, graph, predicting].map((model) => model.decisions()));
  expect(logged.map((list) => list.length)).toEqual([1050, 1050, 105]);
});
