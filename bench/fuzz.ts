import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { FUZZED, FUZZED_PREDICT, KNOWN } from "../conformance/requests/known.ts";
import { type ApiDocument, type MadeRequest, Requests } from "../conformance/requests/requests.ts";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import { freePort } from "../scripts/free-port.ts";
import { buildForTests } from "../scripts/test-build.ts";
import { type Memory, memoryMiB } from "./heap.ts";
import { Edge, letters } from "./rollout/edge.ts";

/**
 * `node bench/fuzz.ts [--seed N] [--requests M]`: sends requests over all routes of the served OpenAPI document, made from its schemas and mostly spoiled, to a server of its own, four at a
 * time, and healthy decisions with feedback among them. Ends with 1 when an answer is a 5xx, a call takes longer than a second (less what other programs kept the
 * server waiting), or a healthy item is not learned.
 */
const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, requests: { type: "string", default: "20000" } },
});
const [seed, count] = [Number(values.seed), Number(values.requests)];
const ROOT_KEY = "fuzzing-has-the-key-that-may-do-everything";
const HEALTHY = "healthy";
/** Every so many requests a healthy one. */
const EVERY = 20;
const AT_ONCE = 4;
const SLOW = 1000;

process.env.ROOT_KEY = ROOT_KEY;
await buildForTests();
const inspectorPort = await freePort();
const server = await Server.create();
await server.start({ INSPECTOR_PORT: String(inspectorPort) });
const workerd = server.workerd!;
const edge = new Edge(server.url, { authorization: `Bearer ${ROOT_KEY}` });
const problems: string[] = [];
const statuses = new Map<string, Map<number, number>>();
const times: number[] = [];
const memory: Memory[] = [];
let healthy = 0;
try {
  await edge.deploy(letters(HEALTHY, {}), "live");
  for (const spec of [FUZZED, FUZZED_PREDICT]) await edge.deploy(spec, "live");
  const document = await edge.get<ApiDocument>("/openapi.json");
  const requests = new Requests(document, seed, KNOWN, { authorization: `Bearer ${ROOT_KEY}` });
  console.log(`${requests.operations} operations, ${count} requests`);
  const bar = process.stderr.isTTY ? new SingleBar({}) : null;
  bar?.start(count, 0);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      bar?.update(next);
      if (n % 1000 === 0) memory.push(await memoryMiB(workerd, inspectorPort));
      if (n % EVERY === 0) await beHealthy(n);
      await send(requests.next());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  bar?.stop();
  await until(`all ${healthy} healthy decisions to be learned`, async () => {
    const { examples } = await edge.manifest(HEALTHY);
    if (examples > healthy) throw new Error(`${examples} examples were learned of ${healthy}`);
    return examples === healthy ? true : null;
  });
} finally {
  report();
  await server.remove();
}
if (problems.length > 0) process.exitCode = 1;

async function send({ operation, method, path, headers, body, plain }: MadeRequest): Promise<void> {
  const started = performance.now();
  const kept = keptWaiting();
  let status: number;
  try {
    const carries = body !== null && method !== "GET" && method !== "HEAD";
    const response = await fetch(server.url + path, { method, headers, redirect: "manual", ...(carries && { body }) });
    await response.arrayBuffer();
    status = response.status;
  } catch (error) {
    // What fetch itself refuses never left this machine.
    if (error instanceof TypeError && error.cause === undefined) return;
    status = 0;
    problems.push(
      `${method} ${path.slice(0, 200)}: no answer: ${error instanceof Error ? (error.cause ?? error) : error}`,
    );
  }
  const took = performance.now() - started - (keptWaiting() - kept);
  times.push(took);
  const of = statuses.get(operation) ?? new Map<number, number>();
  statuses.set(operation, of.set(status, (of.get(status) ?? 0) + 1));
  const what = () => `${method} ${path.slice(0, 200)}${plain ? " (plain)" : ""}: ${String(body).slice(0, 300)}`;
  if (status >= 500) problems.push(`${status}: ${what()}`);
  if (took > SLOW) problems.push(`${(took / 1000).toFixed(1)} s: ${what()}`);
}

/** A decision and its feedback, of which nothing may be lost. */
async function beHealthy(n: number): Promise<void> {
  const id = `${HEALTHY}-${n}`;
  try {
    await edge.rank(HEALTHY, id, `${HEALTHY}-unit`);
    await edge.feedback(id, n % 2);
    healthy++;
  } catch (error) {
    problems.push(`a healthy call was refused: ${error}`);
  }
}

/**
 * For how many ms the system has kept the server's thread, and this one, from a processor until now while they had something to do: other programs' doing.
 * https://docs.kernel.org/scheduler/sched-stats.html
 */
function keptWaiting(): number {
  const nanoseconds = (of: number | "self") => Number(readFileSync(`/proc/${of}/schedstat`, "utf8").split(" ")[1]);
  return (nanoseconds(workerd) + nanoseconds("self")) / 1e6;
}

function report(): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => `${(sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0)} ms`;
  for (const [operation, of] of statuses)
    console.log(
      `${operation}: ${[...of]
        .sort(([a], [b]) => a - b)
        .map(([status, n]) => `${n} × ${status}`)
        .join(", ")}`,
    );
  console.log(`${times.length} answers, half within ${at(0.5)}, 99 % within ${at(0.99)}, the slowest ${at(1)}`);
  for (const part of ["resident", "heap", "buffers"] as const)
    console.log(`${part}, MiB, every 1000 requests: ${memory.map((of) => of[part].toFixed(0)).join(" ")}`);
  console.log(`${healthy} healthy decisions with feedback among them`);
  console.log(
    problems.length === 0 ? "no problem" : `${problems.length} problems:\n${problems.slice(0, 40).join("\n")}`,
  );
}
