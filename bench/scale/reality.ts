import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as ort from "onnxruntime-web/wasm";
import { seededRandom } from "../../conformance/random.ts";
import { Visitor } from "../../models/home-hero/visitors.ts";
import { deployDemo } from "../../scripts/deploy-demo.ts";
import { freePort } from "../../scripts/free-port.ts";
import { startServer } from "../../scripts/server.ts";
import { buildForTests, testDist } from "../../scripts/test-build.ts";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { machine } from "../machine.ts";
import { markdownTable } from "../markdown.ts";
import { HomePages } from "../size/home-page.ts";
import { TIMES } from "./measured.ts";
import { DEBOUNCE, type Load, quantiles, simulate, THINKING } from "./simulate.ts";
import { cpuSeconds, workerdOf } from "./workerd-cpu.ts";

/**
 * `node bench/scale/reality.ts [DECISIONS_A_SECOND] [PAGES] [SECONDS]`: a load that one machine can bear, on a real server, against what bench/scale.ts's simulation says of it with all objects on
 * one thread. Pages are sockets, and callers that decide as pages do and send each decision and each feedback after a page's debounce.
 */

const decisions = Number(process.argv[2] ?? 40);
const pageCount = Number(process.argv[3] ?? 200);
const seconds = Number(process.argv[4] ?? 30);
const MODEL = "home-hero";

const folder = mkdtempSync(join(tmpdir(), "edgewise-reality-"));
await buildForTests();
const port = await freePort();
const url = `http://localhost:${port}`;
const server = await startServer({ host: "localhost", port, stateDir: join(folder, "state"), dist: testDist });
const pid = workerdOf(process.pid);
ort.env.wasm.numThreads = 1;
const sockets: WebSocket[] = [];
const waiting: { receivedAfter: number; at: number }[] = [];
const delays = { acknowledged: [] as number[], told: [] as number[] };
let notices = 0;
try {
  await deployDemo(url);
  const pages = await HomePages.open(url, ort as unknown as OnnxRuntime);
  for (let n = 0; n < pageCount; n++) sockets.push(await open());
  // The page that is told last is the last in the channel's list.
  sockets.at(-1)!.addEventListener("message", ({ data }) => told(JSON.parse(data as string)));
  await drive(pages, 5);
  await setTimeout(3000);
  delays.acknowledged.length = 0;
  delays.told.length = 0;
  notices = 0;
  const [used, busy] = [cpuSeconds(pid), loadavg()[0]!];
  await drive(pages, seconds);
  const share = (cpuSeconds(pid) - used) / seconds;
  await setTimeout(3000);

  const load: Load = { decisions, pages: pageCount, partitions: 4, channels: 1, threads: "one" };
  const said = simulate(load, TIMES, { warm: 10, counted: 120 }, seededRandom(1));
  const ms = (values: { p50: number; p99: number }) => `${values.p50.toFixed(0)} / ${values.p99.toFixed(0)}`;
  console.log(
    `\n${machine()}, load average before ${busy.toFixed(1)}; ${decisions} decisions with feedback a second, ${pageCount} pages, ${seconds} s\n`,
  );
  console.log(
    markdownTable(
      ["", "simulation", "real"],
      [
        ["workerd's thread is busy", `${(100 * said.busy.all).toFixed(0)} %`, `${(100 * share).toFixed(0)} %`],
        ["acknowledged, ms p50 / p99", ms(said.acknowledged), ms(quantiles(delays.acknowledged))],
        ["feedback to the last page, ms p50 / p99", ms(said.told), ms(quantiles(delays.told))],
        ["publications/s", said.publications.toFixed(2), (notices / seconds).toFixed(2)],
      ],
    ),
  );
} finally {
  for (const socket of sockets) socket.close();
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
}

function open(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://localhost:${port}/v1/models/${MODEL}/live?version=1`);
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", () => resolve(socket), { once: true });
    socket.addEventListener("error", () => reject(new Error("a socket did not open")), { once: true });
  });
}

function told({ type, snapshot, delta }: SnapshotNotice): void {
  if (type !== "snapshot") return;
  notices++;
  const newest = (delta ?? snapshot).newestFeedbackAt ?? 0;
  const now = Date.now();
  // Feedback is acknowledged after it was received, so what was acknowledged before the newest is in it.
  for (let n = waiting.length - 1; n >= 0; n--)
    if (waiting[n]!.receivedAfter <= newest) delays.told.push(now - waiting.splice(n, 1)[0]!.at);
}

/** Decisions of visitors at random times, each with feedback some time later. Ends when all is acknowledged. */
async function drive(pages: HomePages, duration: number): Promise<void> {
  const random = seededRandom(Date.now() >>> 0);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const under: Promise<void>[] = [];
  const ends = performance.now() + duration * 1000;
  let due = performance.now();
  for (let v = 0; performance.now() < ends; v++) {
    const visitor = new Visitor(`${duration}-${v}-${Date.now()}`);
    const { session } = (await (await post("/v1/sessions", {})).json()) as { session: string };
    if (v % 20 === 0) await pages.refresh();
    for (let n = 0; performance.now() < ends && visitor.next(); n++) {
      due += exponential(1000 / decisions);
      const wait = due - performance.now();
      if (wait > 0) await setTimeout(wait);
      const decision = await pages.decide(visitor, session, n, false);
      under.push(
        (async () => {
          await sendSoon({ decisions: [decision] });
          await setTimeout(exponential(THINKING));
          const at = Date.now();
          await sendSoon({ feedback: [{ format: 2, id: decision.id, value: n % 2, at }] });
          waiting.push({ receivedAfter: at, at });
        })(),
      );
    }
  }
  await Promise.all(under);
}

async function sendSoon(lists: object): Promise<void> {
  await setTimeout(DEBOUNCE);
  const sentAt = performance.now();
  const answer = (await (await post("/v1/batch", { format: 2, sentAt: Date.now(), ...lists })).json()) as BatchResponse;
  if (answer.accepted !== 1) throw new Error(`the edge did not take what a page sent: ${JSON.stringify(answer)}`);
  delays.acknowledged.push(performance.now() - sentAt);
}

async function post(path: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}
