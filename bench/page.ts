import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Page } from "playwright";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { bundleSdk } from "../scripts/package/bundles.ts";
import { defineModel, field, rank } from "../shared/contract/define.ts";
import { encodeSnapshot } from "../shared/heads/encode-snapshot.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `npm run bench:page [-- --loads N] [-- --only sync|paint|edge]`: what a visitor's page gets of `/sdk.js`, in Chromium whose processor is throttled to a fourth: how long
 * `rankSync` takes with 20 actions of 50 features, whether it has decided before the first paint and whether anything moves, and whether `rank` answers in its time at a first load
 * with an edge that hangs, refuses or fails.
 */
const { values: given } = parseArgs({
  options: { loads: { type: "string", default: "100" }, only: { type: "string" } },
});
const LOADS = Number(given.loads);
const THROTTLE = 4;
const ACTIONS = 20;
const FEATURES = 50;
const TIMEOUT = 300;

const NAMES = Array.from({ length: FEATURES }, (_, i) => `f${i}`);
const spec = defineModel({
  name: "bench",
  task: rank(),
  features: { action: Object.fromEntries(NAMES.map((name) => [name, field(name)])) },
  reward: { wait: "10m", default: 0, aggregate: "first" },
});
/** Half of the features are numbers, half texts. */
const actions = Array.from({ length: ACTIONS }, (_, a) => ({
  id: `a${a}`,
  features: Object.fromEntries(NAMES.map((name, i) => [name, i % 2 === 0 ? (a + 1) * 1.5 + i : `t${(a * 7 + i) % 9}`])),
}));
const weights = new Float32Array(2 ** spec.learner.bits);
for (let i = 0; i < weights.length; i += 37) weights[i] = ((i % 101) - 50) / 100;
const bytes = encodeSnapshot({
  ...{ model: spec.name, version: 1, number: 1, bits: spec.learner.bits, link: "identity", examples: 1000 },
  weights,
});
const sha256 = createHash("sha256").update(bytes).digest("hex");
const publishedAt = Date.now();
const snapshot = { url: `/v1/artifacts/${sha256}`, sha256, bytes: bytes.length, number: 1, publishedAt };
const manifest = {
  ...{ format: 2, directory: 1, model: spec.name, version: 1, stage: "live", share: null, spec, graph: null },
  ...{ examples: 1000, progressiveLoss: null, meanFeedback: null, report: null, delta: null, canaries: [] },
  snapshot: { ...snapshot, newestFeedbackAt: publishedAt },
};
const models = {
  bench: {
    manifest,
    snapshots: [{ version: 1, publication: sha256, publishedAt, data: Buffer.from(bytes).toString("base64") }],
  },
};

const out = mkdtempSync(join(tmpdir(), "edgewise-page-"));
await bundleSdk(out, "bench");
const sdk = readFileSync(join(out, "sdk.js"));
rmSync(out, { recursive: true });

/** How the edge answers: as it should, not at all, by hanging up, or with 500. */
type Edge = "well" | "hangs" | "refuses" | "500";
let edge: Edge = "well";
const hanging = new Set<ServerResponse>();

/** What the page shows: cards in the order that was decided. */
const html = (given: object | null) => `<!doctype html><html><head><script src="/sdk.js"></script>
<style>main { display: grid; gap: 8px } article { height: 40px; background: #ddd }</style></head><body><main></main>
<script type="application/json" id="models">${JSON.stringify(given)}</script>
<script>
globalThis.actions = ${JSON.stringify(actions)};
globalThis.client = edgewise.createClient({ models: JSON.parse(document.getElementById("models").textContent) ?? undefined });
globalThis.moved = 0;
new PerformanceObserver((list) => { for (const { value } of list.getEntries()) moved += value; }).observe({ type: "layout-shift", buffered: true });
if (location.pathname !== "/async") {
  globalThis.decision = client.rankSync("bench", actions);
  for (const { id } of decision.ranking) document.querySelector("main").append(Object.assign(document.createElement("article"), { textContent: id }));
  performance.mark("decided");
}
</script><p>after</p></body></html>`;

const server = createServer((request, response) => {
  const path = request.url!.split("?")[0]!;
  const answer = (body: string | Uint8Array, type: string, status = 200) =>
    response.writeHead(status, { "content-type": type }).end(body);
  const json = (body: unknown, status = 200) => answer(JSON.stringify(body), "application/json", status);
  if (path === "/given") return answer(html(models), "text/html");
  if (path === "/kept" || path === "/async") return answer(html(null), "text/html");
  if (path === "/sdk.js") return answer(sdk, "text/javascript");
  if (edge === "hangs") return hanging.add(response);
  if (edge === "refuses") return request.socket.destroy();
  if (edge === "500") return json({ title: "as if" }, 500);
  if (path === "/v1/models/bench") return json(manifest);
  if (path === snapshot.url) return answer(bytes, "application/octet-stream");
  if (path === "/v1/sessions") return json({ sessions: Array.from({ length: 4 }, () => crypto.randomUUID()) });
  if (path !== "/v1/batch") return json({ title: "not here" }, 404);
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  return request.on("end", () => {
    const { decisions, feedback, activations } = JSON.parse(body);
    json({ accepted: decisions.length + feedback.length + activations.length, duplicates: 0, rejected: [] });
  });
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
const rows: string[][] = [];

/** A page of a browser of its own. */
async function open(): Promise<{ page: Page; close: () => Promise<void> }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const cdp = await context.newCDPSession(page);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
  return { page, close: () => context.close() };
}

const quantile = (sorted: readonly number[], q: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
const ms = (value: number) => value.toFixed(2);

async function sync(): Promise<void> {
  const { page, close } = await open();
  await page.goto(`${origin}/given`);
  const times = (await page.evaluate(`(async () => {
    const times = [];
    for (let i = 0; i < 1500; i++) {
      const begun = performance.now();
      client.rankSync("bench", actions);
      times.push(performance.now() - begun);
      // Storing what was decided is another's turn.
      if (i % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return times.slice(500);
  })()`)) as number[];
  await close();
  const sorted = times.toSorted((a, b) => a - b);
  const name = `rankSync, ${ACTIONS} actions × ${FEATURES} features, ms: median, p99, most`;
  rows.push([name, [0.5, 0.99, 1].map((q) => ms(quantile(sorted, q))).join(", ")]);
}

async function paint(path: "given" | "kept"): Promise<void> {
  const { page, close } = await open();
  if (path === "kept") {
    await page.goto(`${origin}/kept`);
    await page.waitForFunction(`Object.keys(localStorage).some((key) => key.endsWith("model bench"))`);
  }
  let [decided, still] = [0, 0];
  const ahead: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    await page.goto(`${origin}/${path}`);
    const seen = (await page.evaluate(`new Promise((resolve) => new PerformanceObserver((list) => {
      const first = list.getEntriesByName("first-paint")[0];
      if (first) setTimeout(() => resolve({ painted: first.startTime, decided: performance.getEntriesByName("decided")[0].startTime, runtime: decision.computedBy.runtime, moved }), 100);
    }).observe({ type: "paint", buffered: true }))`)) as {
      painted: number;
      decided: number;
      runtime: string;
      moved: number;
    };
    if (seen.runtime === "native" && seen.decided <= seen.painted) decided++;
    if (seen.moved === 0) still++;
    ahead.push(seen.painted - seen.decided);
  }
  await close();
  const how = path === "given" ? "models in the page" : "a model that the browser kept";
  ahead.sort((a, b) => a - b);
  rows.push([`${how}: decided before the first paint, nothing moved, of ${LOADS} loads`, `${decided}, ${still}`]);
  rows.push([
    `${how}: from decided to painted, ms: least, median`,
    [0, 0.5].map((q) => ms(quantile(ahead, q))).join(", "),
  ]);
}

async function firstLoads(state: Exclude<Edge, "well">): Promise<void> {
  edge = state;
  const times: number[] = [];
  let answered = 0;
  for (let i = 0; i < LOADS; i++) {
    const { page, close } = await open();
    await page.goto(`${origin}/async`);
    const { took, chosen } = (await page.evaluate(`(async () => {
      const begun = performance.now();
      const { chosen } = await client.rank("bench", actions, { timeout: ${TIMEOUT} });
      return { took: performance.now() - begun, chosen };
    })()`)) as { took: number; chosen: string };
    times.push(took);
    if (chosen === "a0") answered++;
    await close();
    for (const response of hanging) response.destroy();
    hanging.clear();
  }
  edge = "well";
  times.sort((a, b) => a - b);
  const name = `first load, edge ${state}: answered of ${LOADS}; ms with a timeout of ${TIMEOUT}: median, p99, most`;
  rows.push([name, `${answered}; ${[0.5, 0.99, 1].map((q) => ms(quantile(times, q))).join(", ")}`]);
}

const wants = (what: string) => given.only === undefined || given.only === what;
if (wants("sync")) await sync();
if (wants("paint")) for (const path of ["given", "kept"] as const) await paint(path);
if (wants("edge")) for (const state of ["hangs", "refuses", "500"] as const) await firstLoads(state);
await browser.close();
server.close();
server.closeAllConnections();
console.log(`${machine()}, Chromium ${browser.version()} throttled to 1/${THROTTLE}\n`);
console.log(markdownTable(["", "figure"], rows));
