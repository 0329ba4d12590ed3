import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { freePort } from "../scripts/free-port.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { BatchResponse } from "../shared/contract/envelope.ts";
import type { LogRow } from "../shared/contract/log-page.ts";
import type { RankDecision } from "../shared/contract/record.ts";
import { decideRank } from "../shared/decide/decide.ts";
import { Digest } from "./digest.ts";
import { type Memory, memoryMiB } from "./heap.ts";
import { machine } from "./machine.ts";
import { actions, Edge, letters } from "./rollout/edge.ts";
import { Page } from "./rollout/page.ts";

/**
 * `node bench/archive.ts [MEGABYTES] [BYTES] [LIMIT]`: sends so many megabytes of records, decisions of about so many bytes each with feedback, through one partition that may
 * hold LIMIT megabytes; what is answered 507 or 503 is sent again. Then reads all of it back from archive and live part, and holds it against what was sent, by a hash of each record, in
 * whatever order. Ends with an error when something was not acknowledged, or is not what was sent, or the partition holds more than it may. 1000 2000 10 is a gigabyte, and a million records.
 */

const megabytes = Number(process.argv[2] ?? 100);
const bytes = Number(process.argv[3] ?? 2000);
const limit = Number(process.argv[4] ?? 10);
const MODEL = "archived";
/** Decisions of one call, and calls at a time. */
const BATCH = 100;
const LANES = 4;
/** What a record of this model has besides its padding, about. */
const BARE = 600;
/** Characters of a text that fills it up. */
const NOTE = 200;

await buildForTests();
const inspectorPort = await freePort();
const server = await Server.create();
await server.start({
  ...{ PARTITIONS: "1", PARTITION_MEGABYTES: String(limit), INSPECTOR_PORT: String(inspectorPort) },
});
/** After each tenth of what is sent, and when all of it was read. */
const memory: Memory[] = [];
let looks = 0;
try {
  const edge = new Edge(server.url);
  const { features, ...spec } = letters(MODEL, {});
  const noted = { ...spec, features: { ...features, context: { note: { op: "field", path: "notes" } } } };
  await edge.deploy(noted, "live");
  const page = await Page.open(edge, MODEL);
  const written = new Digest();
  const sent = { decisions: 0, bytes: 0, refused: 0, slowest: 0 };
  let started = performance.now();
  await Promise.all(Array.from({ length: LANES }, () => send(edge, page, written, sent)));
  const writing = seconds(started);
  const sizes = await storage(edge);

  started = performance.now();
  const read = new Digest();
  let rows = 0;
  for (let after = 0, newest = 1; after < newest; ) {
    const text = await (await fetch(`${edge.url}/v1/log?partition=0&after=${after}&model=${MODEL}`)).text();
    const lines = text.trimEnd().split("\n");
    ({ next: after, newest } = JSON.parse(lines.pop()!) as { next: number; newest: number });
    for (const line of lines) {
      const row = JSON.parse(line) as LogRow;
      read.add(row.kind === "decision" ? row.record! : feedbackText(row.id, row.value!));
      rows++;
    }
  }
  const reading = seconds(started);
  await until(
    "all to be learned",
    async () => ((await edge.manifest(MODEL)).examples === sent.decisions ? true : null),
    1_800_000,
  );
  await look();
  const number = (value: number) => Math.round(value).toLocaleString("en");
  console.log(
    `${machine()}: ${number(sent.bytes / 1e6)} MB of records (${number(sent.decisions)} decisions with feedback) through a partition of ${limit} MB in ${number(writing)} s, ${number(sent.decisions / writing)} a second; ${sent.refused} calls were answered 503 or 507 and came again, the slowest took ${number(sent.slowest)} ms.`,
  );
  console.log(
    `Then it holds ${(sizes.storage / 1e6).toFixed(1)} MB; ${number(sizes.segments)} files of the archive have ${number(sizes.archived)} rows in ${number(sizes.archive / 1e6)} MB.`,
  );
  console.log(
    `${number(rows)} records read back in ${number(reading)} s, ${number(rows / reading)} a second: ${read.text === written.text ? "equal to what was written" : "NOT what was written"}. All were learned.`,
  );
  console.log(
    `Memory of the runtime (resident, and of that in use of JavaScript's heap and buffers), MiB: ${memory.map((one) => [one.resident, one.heap, one.buffers].map(Math.round).join("/")).join(" ")}.`,
  );
  if (read.text !== written.text || rows !== 2 * sent.decisions)
    throw new Error(`${rows} records were read, and ${2 * sent.decisions} were written`);
  if (sizes.storage > limit * 1.2e6) throw new Error(`the partition holds ${sizes.storage} bytes`);
} finally {
  await server.remove();
}

async function look(): Promise<void> {
  // One at a time: the inspector answers nobody else meanwhile.
  looks++;
  memory.push(await memoryMiB(server.workerd!, inspectorPort));
  console.error(
    `${looks} of 10 after ${Math.round(performance.now() / 1000)} s: ${Math.round(memory.at(-1)!.resident)} MiB`,
  );
}

/** Sends batches until all is there. */
async function send(
  edge: Edge,
  page: Page,
  written: Digest,
  sent: { decisions: number; bytes: number; refused: number; slowest: number },
): Promise<void> {
  while (sent.bytes < megabytes * 1e6) {
    const at = Date.now();
    const first = sent.decisions;
    sent.decisions += BATCH;
    const decisions = Array.from({ length: BATCH }, (_, i) => decided(page, `s${first + i}.0`, at));
    const feedback = decisions.map(({ id, chosen }) => ({ format: 2, id, value: chosen === 0 ? 1 : 0, at }));
    for (const decision of decisions) {
      const text = JSON.stringify(decision);
      written.add(text);
      sent.bytes += text.length;
    }
    for (const { id, value } of feedback) written.add(feedbackText(id, value));
    const body = JSON.stringify({ format: 2, sentAt: at, decisions, feedback });
    if (sent.bytes >= (looks + 1) * (megabytes / 10) * 1e6) await look();
    for (;;) {
      const started = performance.now();
      const response = await fetch(`${edge.url}/v1/batch`, {
        ...{ method: "POST", headers: { "content-type": "application/json" }, body },
      });
      const text = await response.text();
      sent.slowest = Math.max(sent.slowest, performance.now() - started);
      if (response.ok) {
        const { accepted, duplicates = 0 } = JSON.parse(text) as BatchResponse & { duplicates?: number };
        if (accepted + duplicates !== 2 * BATCH) throw new Error(`the edge took ${text.slice(0, 500)}`);
        break;
      }
      if (response.status !== 507 && response.status !== 503 && response.status !== 429)
        throw new Error(`${response.status} ${text}`);
      sent.refused++;
      await setTimeout(Number(response.headers.get("retry-after") ?? 1) * 1000);
    }
  }
}

function decided({ model, assignment }: Page, id: string, at: number): RankDecision {
  const notes = Array.from({ length: Math.ceil((bytes - BARE) / NOTE) }, () =>
    randomBytes((NOTE * 3) / 4).toString("base64"),
  );
  const known = { context: { notes }, sessionFeatures: {}, profileFeatures: {} };
  const call = { ...known, id, unit: `unit-${id}`, at, actions, assignment, place: "browser" as const };
  return decideRank(model, call, null);
}

/** As metrics have it, once they do: a partition that is writing files, or while much is learned, may not answer in time. */
function storage(edge: Edge) {
  let last = "";
  return until(
    "metrics of the partition",
    async () => {
      const sizes = await sizesOf(edge);
      const missing = Object.entries(sizes).flatMap(([name, value]) => (Number.isNaN(value) ? [name] : []));
      if (missing.length === 0) return sizes;
      if (missing.join() !== last) console.error(`/metrics does not tell ${missing.join(", ")}`);
      last = missing.join();
      return null;
    },
    1_800_000,
  );
}

async function sizesOf(edge: Edge) {
  const metrics = await (await fetch(`${edge.url}/metrics`)).text();
  const value = (name: string, label: string) =>
    Number(new RegExp(`^${name}\\{${label}\\} (\\S+)$`, "m").exec(metrics)?.[1] ?? Number.NaN);
  return {
    storage: value("edgewise_part_storage_bytes", 'part="partition 0"'),
    segments: value("edgewise_archive_segments", 'partition="0"'),
    archived: value("edgewise_archive_rows", 'partition="0"'),
    archive: value("edgewise_archive_bytes", 'partition="0"'),
  };
}

function feedbackText(id: string, value: number): string {
  return `${id} ${value}`;
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}
