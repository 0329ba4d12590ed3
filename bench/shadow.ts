import { setTimeout } from "node:timers/promises";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { BatchResponse } from "../shared/contract/envelope.ts";
import { median } from "./interleaved.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { Edge, letters } from "./rollout/edge.ts";
import { Page } from "./rollout/page.ts";

/**
 * `node bench/shadow.ts [EXAMPLES] [TRIES]`: the way from a feedback's acknowledgement to the notice of a snapshot that has learned it, before, while and
 * after a shadow catches up with the log. One server, one run.
 */

const examples = Number(process.argv[2] ?? 100_000);
const tries = Number(process.argv[3] ?? 60);
const MODEL = "watched";
await buildForTests();
const server = await Server.create();
await server.start();
try {
  const edge = new Edge(server.url);
  await edge.deploy(letters(MODEL, {}), "live");
  await fill(edge);
  const learned = async () => ((await edge.manifest(MODEL)).examples >= examples ? true : null);
  await until("the log to be learned", learned, 600_000);
  const socket = await open();
  const before = await latencies(edge, socket, tries);
  const shadow = await edge.deploy(letters(MODEL, { aggregate: "max", wait: "1s" }), "shadow");
  const started = performance.now();
  const state = async () => {
    const { versions } = await edge.get<{ versions: { version: number; training: { examples: number } | null }[] }>(
      `/v1/models/${MODEL}/versions`,
    );
    return versions.find(({ version }) => version === shadow)?.training?.examples ?? 0;
  };
  const during: number[] = [];
  let caughtUp = 0;
  while (caughtUp < examples) {
    during.push(...(await latencies(edge, socket, 5)));
    caughtUp = await state();
  }
  const seconds = (performance.now() - started) / 1000;
  const after = await latencies(edge, socket, tries);
  socket.close();
  const reference = median(before);
  console.log(
    `\n${machine()}: ${examples.toLocaleString("en")} examples; the shadow caught up in ${seconds.toFixed(0)} s\n`,
  );
  console.log(
    markdownTable(
      ["", "tries", "median, ms", "p95, ms", "against before"],
      Object.entries({ before, during, after }).map(([name, list]) => [
        name,
        String(list.length),
        median(list).toFixed(0),
        list.toSorted((a, b) => a - b)[Math.ceil(0.95 * list.length) - 1]!.toFixed(0),
        (median(list) / reference).toFixed(2),
      ]),
    ),
  );
} finally {
  await server.remove();
}

/** Fills the log as pages do that have the first snapshot: decisions with their feedback, in batches. */
async function fill(edge: Edge): Promise<void> {
  const SIZE = 200;
  const page = await Page.open(edge, MODEL);
  for (let n = 0; n < examples; n += SIZE) {
    const at = Date.now();
    const decisions = Array.from({ length: SIZE }, (_, i) =>
      page.rank(`filled${(n + i) % 64}.${n + i}`, `u${n + i}`, at),
    );
    const feedback = decisions.map(({ id, chosen }) => ({ format: 2, id, value: chosen === 0 ? 1 : 0, at }));
    const { accepted } = await edge.send<BatchResponse>("POST", "/v1/batch", { sentAt: at, decisions, feedback });
    if (accepted !== 2 * SIZE) throw new Error(`the edge took ${accepted} of ${2 * SIZE} items`);
  }
}

function open(): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/models/${MODEL}/live`);
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", () => resolve(socket), { once: true });
    socket.addEventListener("error", () => reject(new Error("the socket did not open")), { once: true });
  });
}

/** ms from each acknowledgement to a notice whose newest feedback is no older. */
async function latencies(edge: Edge, socket: WebSocket, count: number): Promise<number[]> {
  const result: number[] = [];
  for (let n = 0; n < count; n++) {
    const id = crypto.randomUUID();
    await edge.rank(MODEL, id);
    const sent = Date.now();
    const heard = new Promise<number>((resolve) => {
      const listen = ({ data }: MessageEvent) => {
        const { type, snapshot, delta } = JSON.parse(data as string);
        if (type !== "snapshot" || ((delta ?? snapshot).newestFeedbackAt ?? 0) < sent) return;
        socket.removeEventListener("message", listen);
        resolve(performance.now());
      };
      socket.addEventListener("message", listen);
    });
    await edge.feedback(id, 1);
    const acknowledged = performance.now();
    result.push(Math.max(0, (await heard) - acknowledged));
    await setTimeout(100 + Math.random() * 400);
  }
  return result;
}
