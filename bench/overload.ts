import { once } from "node:events";
import { loadavg } from "node:os";
import { Worker } from "node:worker_threads";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { filmActions } from "../models/home-hero/films.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { Manifest } from "../shared/contract/manifest.ts";
import { load } from "./load.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { openLoad } from "./open-load.ts";
import { processMemory } from "./process-memory.ts";
import { quantile } from "./quantile.ts";

/**
 * `node bench/overload.ts [SECONDS]` (120): what a server does when three times as many rank calls come in as it can answer, whether or not earlier
 * ones are answered. First the capacity, by as many calls as it takes from 32 connections that wait for each answer; then the overload; then whether all
 * that was accepted is learned.
 */

const seconds = Number(process.argv[2] ?? 120);
const FACTOR = 3;
/** As many as a proxy in front of the server may hold open; from each, one call at a time. */
const CONNECTIONS = 1000;
const actions = filmActions().slice(0, 20);
const body = (id: string): string => JSON.stringify({ id, unit: id, context: { device: "phone" }, actions });
const path = "/v1/models/home-hero/rank";

await buildForTests();
const server = await Server.create();
try {
  await server.start();
  const busy = loadavg()[0]!;
  const warm = await closedLoop("warm", 3);
  const { perSecond: capacity, accepted: before } = await closedLoop("capacity", Math.max(5, seconds / 4));
  const rssBefore = rss();
  const { accepted, refused, other, healths, took } = await overload(capacity * FACTOR);
  const rssAfter = rss();
  const decided = warm.accepted + before + accepted.length;
  const examples = await learned(
    accepted.map(({ id }) => id),
    decided,
  );
  const goodput = accepted.length / took;
  const waits = accepted.map(({ ms }) => ms);
  console.log(`\n${machine()}, load average before ${busy.toFixed(1)}, ${seconds} s of ${FACTOR} times the capacity\n`);
  console.log(
    markdownTable(
      ["", ""],
      [
        ["capacity, calls/s", capacity.toFixed(0)],
        ["offered, calls/s", ((accepted.length + refused + other) / took).toFixed(0)],
        ["accepted, calls/s", goodput.toFixed(0)],
        ["accepted, of the capacity", `${((100 * goodput) / capacity).toFixed(0)} %`],
        ["answered 503 or 429", String(refused)],
        ["answered otherwise, or not", String(other)],
        ["wait of what was accepted, p50 / p99", `${rounded(waits, 0.5)} / ${rounded(waits, 0.99)} ms`],
        ["/health, p50 / p99", `${rounded(healths, 0.5)} / ${rounded(healths, 0.99)} ms`],
        ["resident memory, before / after", `${rssBefore} / ${rssAfter} MB`],
        ["accepted from the start on / learned", `${decided} / ${examples}`],
      ],
    ),
  );
} finally {
  await server.remove();
}

/** Calls a second. */
async function closedLoop(name: string, duration: number): Promise<{ perSecond: number; accepted: number }> {
  const { perSecond, requests } = await load({
    host: "127.0.0.1",
    port: server.port,
    connections: 32,
    seconds: duration,
    status: 201,
    sentAway: 503,
    request: (n) => ({ method: "POST", path, body: body(`${name}-${n}`) }),
  });
  return { perSecond, accepted: requests };
}

async function overload(perSecond: number) {
  const looking = new Worker(new URL("./overload/health-thread.ts", import.meta.url), {
    workerData: { port: server.port },
  });
  const started = performance.now();
  const offered = await openLoad({
    ...{ host: "127.0.0.1", port: server.port, seconds, perSecond, connections: CONNECTIONS, patience: 60_000 },
    request: (n) => ({ method: "POST", path, body: body(`overload-${n}`) }),
  });
  const took = (performance.now() - started) / 1000;
  looking.postMessage("stop");
  const [healths] = (await once(looking, "message")) as [number[]];
  const accepted = offered.filter(({ status }) => status === 201).map(({ n, ms }) => ({ id: `overload-${n}`, ms }));
  const refused = offered.filter(({ status }) => status === 503 || status === 429).length;
  const other = offered.length - accepted.length - refused;
  return { accepted, refused, other, healths, took };
}

/**
 * Gives feedback for what was accepted, and waits until every decision there was is an example: one that its feedback taught, or, where that came after the model's wait, one that
 * taught the default. @param all as many as were accepted since the server is there.
 */
async function learned(ids: readonly string[], all: number): Promise<number> {
  for (let at = 0; at < ids.length; at += 500) {
    const feedback = ids.slice(at, at + 500).map((id) => ({ id, value: 1, at: Date.now() }));
    const response = await until("the batch to be taken", async () => {
      const answer = await fetch(`${server.url}/v1/batch`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ format: 2, sentAt: Date.now(), feedback }),
      });
      return answer.ok ? ((await answer.json()) as { accepted: number }) : null;
    });
    if (response.accepted !== feedback.length)
      throw new Error(`of ${feedback.length} feedbacks ${response.accepted} were taken`);
  }
  return until(
    "all to be learned",
    async () => {
      const manifest = (await (await fetch(`${server.url}/v1/models/home-hero`)).json()) as Manifest;
      return manifest.examples >= all ? manifest.examples : null;
    },
    300_000,
  );
}

/** Resident memory of the runtime, MB. */
function rss(): number {
  return Math.round(processMemory(server.workerd!) / 2 ** 20);
}

function rounded(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(quantile(sorted, q));
}
