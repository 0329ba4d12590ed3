import { createHash } from "node:crypto";
import { join } from "node:path";
import * as ort from "onnxruntime-web/wasm";
import { FixtureRandom } from "../conformance/random.ts";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { DecisionRecord } from "../shared/contract/record.ts";
import type { OnnxRuntime } from "../shared/heads/onnx-runtime.ts";
import { inChromiumPage } from "./chromium.ts";
import type { ForgeryPage, Honest } from "./forgery/chromium-page.ts";
import { byWhatFollows, forgeries } from "./forgery/forgeries.ts";
import { ModelPage } from "./forgery/model-page.ts";
import { likeness, native, predicting, withGraph } from "./forgery/models.ts";
import { settled } from "./forgery/settled.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { Edge } from "./rollout/edge.ts";

/**
 * `node bench/forgery.ts [FORGED] [HONEST] [SEED]`: honest decisions, computed in Chromium and at the edge, while a forger posts false ones, which are made
 * of good ones by all that bench/forgery/forgeries.ts knows, by turns whole and in brief batches, in which the honest ones come. Ends with an error when an honest one is refused, or a false one is taken. One server, one run.
 */

const forged = Number(process.argv[2] ?? 10_000);
const honest = Number(process.argv[3] ?? 100_000);
const seed = Number(process.argv[4] ?? 1);
/** Part of the honest decisions that the edge makes. */
const AT_EDGE = 0.02;

const specs = [native, withGraph, predicting];
await buildForTests();
const server = await Server.create();
await server.start();
const edge = new Edge(server.url);
for (const spec of specs) {
  const graph = spec.graph === undefined ? {} : { graph: await handIn(likeness()) };
  await edge.send("POST", `/v1/models/${spec.name}/versions`, { spec, ...graph });
}
const chromium = await inChromiumPage(join(import.meta.dirname, "forgery/chromium-page.ts"), "forgery");
const started = performance.now();
try {
  const atEdge = Math.round(honest * AT_EDGE);
  const inPages = honest - atEdge;
  const shares = specs.map((_, i) => Math.floor((inPages * (i + 1)) / 3) - Math.floor((inPages * i) / 3));
  const [pages, refused, calls] = await Promise.all([
    Promise.all(specs.map(({ name }, i) => fromChromium(name, shares[i]!, seed + i))),
    forge(),
    fromEdge(atEdge),
  ]);
  const seconds = (performance.now() - started) / 1000;
  const logged = await decisionsLogged();
  console.log(`\n${machine()}, seed ${seed}, ${seconds.toFixed(0)} s\n`);
  console.log(
    markdownTable(
      ["honest decisions", "made", "taken", "refused", "sent again", "with a graph", "snapshots"],
      [
        ...pages.map((page, i) => [
          `Chromium, ${specs[i]!.name}`,
          ...[page.made, page.accepted, page.rejected.length, page.again, page.graphs, page.snapshots].map(String),
        ]),
        ["at the edge", String(calls), String(calls), "0", "0", "", ""],
      ],
    ),
  );
  console.log(
    markdownTable(
      ["forged decisions", "posted", "taken", "first reason"],
      [...refused].map(([name, { posted, taken, reason }]) => [name, String(posted), String(taken), reason]),
    ),
  );
  const problems = pages.flatMap(({ rejected }) => rejected);
  if (problems.length > 0) throw new Error(`honest decisions were refused: ${[...new Set(problems)].join("; ")}`);
  const taken = [...refused.values()].reduce((sum, each) => sum + each.taken, 0);
  if (taken > 0) throw new Error(`${taken} forged decisions were taken`);
  if (logged !== honest) throw new Error(`${logged} decisions are in the log, and ${honest} were honest`);
  console.log(`\nThe log has ${logged.toLocaleString("en")} decisions: the honest ones.`);
} finally {
  await chromium.close();
  await server.remove();
}

function fromChromium(model: string, count: number, from: number): Promise<Honest> {
  return chromium.page.evaluate(
    ([url, model, count, from]) =>
      (globalThis as unknown as { forgery: ForgeryPage }).forgery.honest(url, model, count, from),
    [server.url, model, count, from] as const,
  );
}

async function fromEdge(count: number): Promise<number> {
  const random = new FixtureRandom(seed + 10);
  for (let n = 0; n < count; n++) {
    const { name } = specs[n % 2]!;
    const actions = Array.from({ length: 5 }, (_, i) => ({
      id: `a${i}`,
      features: { genre: random.pick(["drama", "noir"]) },
    }));
    await edge.send("POST", `/v1/models/${name}/rank`, { id: `edge-${n % 64}.${n}`, unit: `edge-${n}`, actions });
  }
  return count;
}

type Tried = { posted: number; taken: number; reason: string };

/** Posts false decisions of every kind in turn, whole and briefly. The good ones that they are made of are not posted. */
async function forge(): Promise<Map<string, Tried>> {
  ort.env.wasm.numThreads = 1;
  const random = new FixtureRandom(seed + 20);
  const pages: ModelPage[] = [];
  for (const [i, { name }] of specs.entries())
    pages.push(await ModelPage.open(server.url, name, `forger${i}`, seed + 30 + i, ort as unknown as OnnxRuntime));
  // A model that knows nothing says the same of all contexts: who has another than he says forges nothing then.
  await until("models that have learned something", async () => {
    await Promise.all(pages.map((page) => page.refresh()));
    return pages.every(({ examples }) => examples >= 50) || null;
  });
  const kinds = Object.entries(forgeries);
  const tried = new Map(kinds.map(([name]): [string, Tried] => [name, { posted: 0, taken: 0, reason: "" }]));
  const BATCH = 50;
  for (let posted = 0, turn = 0, briefly = false; posted < forged; briefly = !briefly) {
    const batch: { name: string; record: DecisionRecord }[] = [];
    while (batch.length < BATCH && posted < forged) {
      const [name, make] = kinds[turn % kinds.length]!;
      const which = random.whole(pages.length);
      const page = pages[which]!;
      const good = await page.decide();
      const older = await page.decide(100);
      const other = await pages[(which + 1) % pages.length]!.decide();
      const invented = await page.decide(0, (graph) => ({ likeness: graph.likeness!.map((x) => x + 0.01) }));
      const record = make(good, { random, nextId: page.nextId, older, other, invented });
      if (record === null && random.next() < 0.9) continue;
      turn++;
      if (record === null) continue;
      if (briefly && byWhatFollows.has(name) && page.isConsistent(record as DecisionRecord)) continue;
      batch.push({ name, record: record as DecisionRecord });
      posted++;
    }
    const sender = pages[0]!;
    const { rejected } = await settled(
      (records) => (briefly ? sender.postBriefly(records) : sender.post(records)),
      batch.map(({ record }) => record),
    );
    const reasons = new Map(rejected.map(({ id, problem }) => [id, problem]));
    for (const { name, record } of batch) {
      const each = tried.get(name)!;
      each.posted++;
      const reason = reasons.get(record.id);
      if (reason === undefined) each.taken++;
      else each.reason ||= reason;
    }
    await Promise.all(pages.map((page) => page.refresh()));
  }
  return tried;
}

async function decisionsLogged(): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  return [...metrics.matchAll(/^edgewise_decisions_total\{[^}]*\} (\d+)$/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
}

async function handIn(bytes: Uint8Array): Promise<string> {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const body = Uint8Array.from(bytes);
  const response = await fetch(`${server.url}/v1/artifacts/${sha256}`, { method: "PUT", body });
  if (!response.ok) throw new Error(`the graph was not taken: ${response.status}`);
  return sha256;
}
