import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { type Browser, chromium, type Page } from "playwright";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { guardAgainstOrphans } from "../scripts/orphan-guard.ts";
import { startServer } from "../scripts/server.ts";
import { buildForTests, testDist } from "../scripts/test-build.ts";
import type { Heard } from "./live/sockets.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { quantile } from "./quantile.ts";
import { actions, Edge, letters } from "./rollout/edge.ts";

/**
 * `node bench/live.ts [TRIES] [SOCKETS] [SECONDS]`: how long after feedback in one page another decides with what was learned of it, in Chromium; the same while so many sockets more
 * follow the model; and what a page that rests is sent meanwhile, of a model that learns steadily. Ends with an error when sockets were lost: with 20,000 open files workerd takes fewer than 10,000.
 */

const tries = Number(process.argv[2] ?? 100);
const sockets = Number(process.argv[3] ?? 8000);
const seconds = Number(process.argv[4] ?? 60);
const MODEL = "followed";
/** Decisions with feedback a second while a page rests. */
const STEADY = 10;

await buildForTests();
guardAgainstOrphans();
const stateDir = mkdtempSync(join(tmpdir(), "edgewise-live-"));
const server = await startServer({ host: "127.0.0.1", port: 0, stateDir, dist: testDist });
const port = Number((await server.unsafeGetDirectURL("edgewise")).port);
const edge = new Edge(`http://127.0.0.1:${port}`);
const site = createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><html lang="en"><title>Live</title>
<script src="${edge.url}/sdk.js"></script><script>const client = edgewise.createClient({ endpoint: ${JSON.stringify(edge.url)} });</script>`);
}).listen(0, "127.0.0.1");
await once(site, "listening");
const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
let crowd: Worker | null = null;
try {
  await edge.deploy(letters(MODEL, {}), "live");
  const [a, b] = [await open(browser), await open(browser)];
  const alone = await latencies(a, b);

  crowd = new Worker(join(import.meta.dirname, "live/sockets.ts"), {
    workerData: { port, path: `/v1/live?follow=${MODEL}@1`, count: sockets },
  });
  const started = performance.now();
  await once(crowd, "message");
  const opening = (performance.now() - started) / 1000;
  const together = await latencies(a, b);
  const heard = await ask(crowd);
  await crowd.terminate();
  crowd = null;
  if (heard.open < sockets) throw new Error(`of ${sockets} sockets ${heard.open} were open at the end`);
  await setTimeout(2000);
  const rest = await resting(b);

  console.log(`\n${machine()}, ${tries} tries each\n`);
  const row = (name: string, times: number[]) => {
    const sorted = times.toSorted((x, y) => x - y);
    return [name, ...[0.5, 0.95, 1].map((q) => String(Math.round(quantile(sorted, q))))];
  };
  console.log(
    markdownTable(
      ["from feedback in a page until another decides with it", "median, ms", "p95, ms", "most, ms"],
      [row("two pages", alone), row(`and ${sockets} sockets more`, together)],
    ),
  );
  console.log(
    `\nThe sockets were opened in ${opening.toFixed(0)} s; they got ${heard.frames} notices, ${Math.round(heard.bytes / heard.frames)} bytes each.`,
  );
  console.log(
    `A page that rests, while ${STEADY} decisions a second are learned, for ${seconds} s: ${perMinute(rest.requests)} requests, ${perMinute(rest.notices)} notices and ${perMinute(rest.bytes)} bytes a minute.`,
  );
} finally {
  await crowd?.terminate();
  await browser.close();
  site.close();
  await server.dispose();
  rmSync(stateDir, { recursive: true, force: true });
}

async function open(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page.evaluate(
    `client.ready(${JSON.stringify(MODEL)}).then(() => new Promise((resolve) => setTimeout(resolve, 500)))`,
  );
  return page;
}

/** ms, one a try: by the clock of the machine, which both pages have. */
async function latencies(a: Page, b: Page): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < tries; n++) {
    const decides = b.evaluate(`new Promise((resolve) => {
      const before = client.peek(${JSON.stringify(MODEL)}, ${JSON.stringify(actions)}).model;
      const stop = client.on("snapshot", () => {
        if (client.peek(${JSON.stringify(MODEL)}, ${JSON.stringify(actions)}).model === before) return;
        stop();
        resolve(performance.timeOrigin + performance.now());
      });
    })`) as Promise<number>;
    const said = (await a.evaluate(`(async () => {
      const { id } = await client.rank(${JSON.stringify(MODEL)}, ${JSON.stringify(actions)});
      const at = performance.timeOrigin + performance.now();
      await client.reward(id, 1);
      return at;
    })()`)) as number;
    times.push((await decides) - said);
    // The next is no part of the same publication.
    await setTimeout(200 + 50 * (n % 7));
  }
  return times;
}

async function ask(worker: Worker): Promise<Heard> {
  const answer = once(worker, "message");
  worker.postMessage("how many");
  const [heard] = await answer;
  return heard as Heard;
}

/** What a page asks for and is sent while others' decisions are learned. */
async function resting(page: Page): Promise<{ requests: number; notices: number; bytes: number }> {
  const seen = { requests: 0, notices: 0, bytes: 0 };
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.requestWillBeSent", () => seen.requests++);
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    seen.bytes += encodedDataLength;
  });
  session.on("Network.webSocketFrameReceived", ({ response }) => {
    seen.notices++;
    seen.bytes += response.payloadData.length;
  });
  const end = performance.now() + seconds * 1000;
  for (let n = 0; performance.now() < end; n++) {
    const id = `steady-${n}`;
    await edge.rank(MODEL, id);
    await edge.feedback(id, n % 2);
    await setTimeout(1000 / STEADY);
  }
  await session.detach();
  return seen;
}

function perMinute(count: number): string {
  return Math.round((count * 60) / seconds).toLocaleString("en");
}
