import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import * as ort from "onnxruntime-web/wasm";
import { SEGMENT_CHARACTERS } from "../../edge/log/limits.ts";
import { encodeSegment } from "../../edge/log/segment-file.ts";
import homeHero from "../../models/home-hero/spec.ts";
import { Visitor } from "../../models/home-hero/visitors.ts";
import { deployDemo } from "../../scripts/deploy-demo.ts";
import { freePort } from "../../scripts/free-port.ts";
import { startServer } from "../../scripts/server.ts";
import { buildForTests, testDist } from "../../scripts/test-build.ts";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import { MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import type { RankDecision } from "../../shared/contract/record.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { joinRules } from "../../shared/versions/join.ts";
import { machine } from "../machine.ts";
import { markdownTable } from "../markdown.ts";
import { Edge } from "../rollout/edge.ts";
import { COUNTS_PATH, type Counts, countingBuild } from "../size/counting.ts";
import { HomePages } from "../size/home-page.ts";
import { INSIDE, insideBuild } from "./inside.ts";
import { cpuSeconds, workerdOf } from "./workerd-cpu.ts";

/**
 * `node bench/scale/measure.ts`: the times that bench/scale.ts reckons with, of the real components in workerd: CPU time of its process for so many of
 * one kind of work, less that of the same without it. A machine that is busy with other things makes that longer by little.
 */

const MODEL = "home-hero";
const SINGLE = 500;
const MANY = 100;
/** Decisions with feedback that are appended to be read and learned. */
const EXAMPLES = 5000;
const WARM_UP = 300;
const ALONE = 500;
const UNLEARNED = "unlearned";
const SOCKETS = 500;
/** A version that there is not: its channel tells who follows it all the same. */
const UNUSED = 99;
const NOTICES = 20;
/** As long as a step of the demo's model (bench/deltas.ts). */
const STEP_BYTES = 1413;

const folder = mkdtempSync(join(tmpdir(), "edgewise-scale-"));
await buildForTests();
countingBuild(testDist, join(folder, "counting"));
insideBuild(join(folder, "counting"), join(folder, "dist"));
const port = await freePort();
const url = `http://localhost:${port}`;
const server = await startServer({
  host: "localhost",
  port,
  stateDir: join(folder, "state"),
  dist: join(folder, "dist"),
});
const pid = workerdOf(process.pid);
ort.env.wasm.numThreads = 1;
const rows: string[][] = [];
try {
  await deployDemo(url);
  const edge = new Edge(url);
  const pages = await HomePages.open(url, ort as unknown as OnnxRuntime);
  await decide(pages, "warm", WARM_UP).then((decisions) =>
    eachAlone(decisions.map((decision) => ({ decisions: [decision] }))),
  );

  const idle = await cpu(() => setTimeout(3000), 0);
  const singles = await decide(pages, "single", SINGLE);
  const decisionCall = await cpu(() => eachAlone(singles.map((decision) => ({ decisions: [decision] }))), idle);
  note("POST /v1/batch with a decision", "Worker and partition", decisionCall, SINGLE);
  const gathered = await decide(pages, "gathered", MANY * 10);
  const gatheredCalls = Array.from({ length: 10 }, (_, n) => ({ decisions: gathered.slice(n * MANY, (n + 1) * MANY) }));
  note(
    `the same, ${MANY} decisions in a batch: each`,
    "Worker and partition",
    await cpu(() => eachAlone(gatheredCalls), idle),
    MANY * 10,
  );
  const ranks = await cpu(
    () =>
      eachOf(
        Array.from({ length: SINGLE }, (_, n) => n),
        (n) => rank(n),
      ),
    idle,
  );
  note("POST rank, 20 actions", "Worker, partition", ranks, SINGLE);

  // All that was decided is learned as its default before the next is measured.
  await learned(edge, SINGLE * 2 + MANY * 10 + WARM_UP);
  const again = singles.map(({ id, at }) => ({ feedback: [{ format: 2, id, value: 1, at: at + 1 }] }));
  note(
    "POST /v1/batch with feedback (too late to be learned)",
    "Worker and partition",
    await cpu(() => eachAlone(again), idle),
    SINGLE,
  );

  const [sample] = singles as [RankDecision];
  const clock = Date.now();
  const archived = singles.flatMap(({ at, ...record }, n) => {
    const id = { id: record.id, claimedAt: at, at, receivedAt: at, senders: null };
    const body = JSON.stringify({ ...record, at });
    return [
      { ...id, kind: "decision" as const, offset: 2 * n, model: MODEL, value: null, final: null, deferred: 0, body },
      {
        ...id,
        kind: "feedback" as const,
        offset: 2 * n + 1,
        model: null,
        value: 1,
        final: 0,
        deferred: null,
        body: null,
      },
    ];
  });
  // As many characters as a segment has.
  const segment = archived.slice(0, 2 * Math.floor(SEGMENT_CHARACTERS / JSON.stringify(sample).length));
  const inSegment = segment.length / 2;
  const archivedBytes = encodeSegment("measured", segment).length / inSegment;
  console.error(
    `a segment of the archive: ${inSegment} decisions with feedback, ${archivedBytes.toFixed(0)} bytes each`,
  );
  /** Decisions with their feedback, as a partition is sent them, of whatever model. */
  const made = (model: string, from: number, count: number) => {
    const ids = Array.from({ length: count }, (_, n) => ({ n: from + n, id: `order-${model}-${from + n}` }));
    const decisions = ids.map(({ n, id }) => {
      const { session: _, ...record } = { ...singles[n % singles.length]!, id, model, unit: `unit-${n}` };
      const claimed = { claimedAt: clock, at: clock, deferred: false };
      return { id, model, unit: record.unit, ...claimed, body: JSON.stringify(record) };
    });
    const feedback = ids.map(({ n, id }) => ({ id, value: n % 2, final: false, claimedAt: clock, at: clock }));
    const rest = {
      activations: [],
      unusable: [],
      keepRejected: true,
      binary: [],
      models: null,
      trusted: true,
      waiting: [],
    };
    return { ...rest, decisions, feedback };
  };
  const appends = async (partition: string, batches: object[], calls: number) => {
    const body = { partition, batches, calls };
    const parse = await cpu(() => inside(INSIDE.parse, body), idle);
    return (await cpu(() => inside(INSIDE.append, body), idle)) - parse;
  };
  // Of a model that nobody learns: its appends are appends alone.
  const alone = Array.from({ length: ALONE }, (_, n) => made(UNLEARNED, n, 1));
  const before = await written();
  for (const [list, empty] of [
    ["decisions", { feedback: [] }],
    ["feedback", { decisions: [] }],
  ] as const) {
    const batches = alone.map((batch) => ({ ...batch, ...empty }));
    note(`append of one of ${list}, 8 calls at a time`, "partition", await appends("0", batches, 8), ALONE);
  }
  await setTimeout(1000);
  tell("rows and bytes, each a call of its own", before, await written(), ALONE);
  let many = 0;
  const CALLS = 50;
  for (let n = 0; n < EXAMPLES; n += MANY * CALLS) {
    const batches = Array.from({ length: CALLS }, (_, i) => made(UNLEARNED, ALONE + n + i * MANY, MANY));
    many += await appends("0", batches, 1);
  }
  note(`append of ${MANY} decisions with feedback: each of both`, "partition", many, EXAMPLES * 2);
  const request = { reader: `${UNLEARNED}@1`, model: UNLEARNED, rules: joinRules(homeHero), limit: 200 };
  let read = { examples: 0, slices: 0 };
  const reading = await cpu(async () => {
    read = (await inside(INSIDE.read, { partition: "0", request })) as typeof read;
  }, idle);
  note("reading an example in slices of 200", "partition", reading, read.examples);

  // Learned as they come: appended, read and learned by the live version.
  const known = SINGLE * 2 + MANY * 10 + WARM_UP;
  let live = 0;
  for (let n = 0; n < EXAMPLES; n += MANY * CALLS) {
    const body = {
      partition: "1",
      calls: 1,
      batches: Array.from({ length: CALLS }, (_, i) => made(MODEL, n + i * MANY, MANY)),
    };
    const parse = await cpu(() => inside(INSIDE.parse, body), idle);
    const work = async () => {
      await inside(INSIDE.append, body);
      await learned(edge, known + n + MANY * CALLS);
    };
    live += (await cpu(work, idle)) - parse;
  }
  const each = live / EXAMPLES - (2 * many) / (EXAMPLES * 2) - reading / read.examples;
  note(
    "learning an example as it comes, with its share of commits and publications",
    "trainer",
    each * EXAMPLES,
    EXAMPLES,
  );
  const { graph } = await edge.manifest(MODEL);
  const total = known + EXAMPLES;
  const shadow = async () => {
    const spec = { ...homeHero, reward: { ...homeHero.reward, wait: "29s" } };
    const body = { spec, stage: "shadow", graph: graph!.sha256 };
    const { version } = await edge.send<{ version: number }>("POST", `/v1/models/${MODEL}/versions`, body);
    await learned(edge, total, version);
  };
  const learning = await cpu(shadow, idle);
  note("the same, of a version that catches up", "trainer", learning - (reading / read.examples) * total, total);

  const channel = `${MODEL}/0`;
  const notice = (number: number) => {
    const pointer = { url: "/v1/artifacts/x", sha256: "0".repeat(64), bytes: 4690, publishedAt: Date.now(), number };
    const step = { from: number - 1, of: "0".repeat(64), bytes: "s".repeat(Math.ceil((STEP_BYTES * 4) / 3)) };
    const said = { format: MANIFEST_FORMAT, type: "snapshot", model: MODEL, version: UNUSED, examples: number };
    return { ...said, sentAt: Date.now(), snapshot: { ...pointer, newestFeedbackAt: null }, delta: null, step };
  };
  const notices = (from: number) => Array.from({ length: NOTICES }, (_, n) => notice(from + n));
  const publish = (from: number) => cpu(() => inside(INSIDE.publish, { channel, notices: notices(from) }), idle);
  await setTimeout(5000);
  const none = await publish(1);
  note("a notice to nobody", "channel", none, NOTICES);
  const sockets: WebSocket[] = [];
  const open = () =>
    new Promise<void>((resolve, reject) => {
      const socket = new WebSocket(`ws://localhost:${port}/v1/models/${MODEL}/live?version=${UNUSED}`);
      socket.addEventListener("message", () => resolve(), { once: true });
      socket.addEventListener("error", () => reject(new Error("a socket did not open")), { once: true });
      sockets.push(socket);
    });
  const opening = await cpu(() => eachOf(Array.from({ length: SOCKETS }), open), idle);
  note("opening a socket", "Worker and channel", opening, SOCKETS);
  let told = 0;
  for (const socket of sockets) socket.addEventListener("message", () => void told++);
  const telling = await publish(1000);
  if (told < NOTICES * SOCKETS * 0.9) throw new Error(`only ${told} notices came`);
  note("a notice to a socket", "channel", telling - none, told);
  for (const socket of sockets) socket.close();
  console.log(`\n${machine()}; an idle server takes ${(idle * 1000).toFixed(0)} ms of CPU a second\n`);
  console.log(markdownTable(["work", "by", "n", "CPU, ms each"], rows));
  console.log(`\na decision's record: ${JSON.stringify(sample).length} bytes`);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  console.log(
    metrics
      .split("\n")
      .filter((line) => /^edgewise_(publish|feedback_to_publication)\S*_(sum|count)/.test(line))
      .join("\n"),
  );
} finally {
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
}

function note(work: string, by: string, seconds: number, n: number): void {
  rows.push([work, by, String(n), ((seconds * 1000) / n).toFixed(4)]);
  console.error(rows.at(-1)!.join("  "));
}

/** CPU seconds of workerd for some work, less what it takes when it has none. @param idle CPU seconds a second. */
async function cpu(work: () => Promise<unknown>, idle: number): Promise<number> {
  const [before, started] = [cpuSeconds(pid), performance.now()];
  await work();
  const seconds = (performance.now() - started) / 1000;
  const all = cpuSeconds(pid) - before;
  return idle === 0 ? all / seconds : all - idle * seconds;
}

async function decide(pages: HomePages, seed: string, count: number): Promise<RankDecision[]> {
  const decisions: RankDecision[] = [];
  await pages.refresh();
  for (let v = 0; decisions.length < count; v++) {
    const visitor = new Visitor(`${seed}-${v}`);
    const { session } = (await (await post("/v1/sessions", {})).json()) as { session: string };
    for (let n = 0; decisions.length < count && visitor.next(); n++)
      decisions.push(await pages.decide(visitor, session, n, false));
  }
  return decisions;
}

/** Does so many at once. */
async function eachOf<T>(list: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = list.values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const one of left) await work(one);
    }),
  );
}

async function eachAlone(batches: object[]): Promise<void> {
  await eachOf(batches, async (lists) => {
    const items = Object.values(lists).flat().length;
    const body = { format: 2, sentAt: Date.now(), ...lists };
    const { accepted } = (await (await post("/v1/batch", body)).json()) as BatchResponse;
    if (accepted !== items) throw new Error(`the edge took ${accepted} of ${items}`);
  });
}

async function rank(n: number): Promise<void> {
  const actions = Array.from({ length: 20 }, (_, i) => ({
    id: `a${i}`,
    features: { genre: i % 2 ? "drama" : "comedy", year: 1970 + i },
  }));
  await (
    await post(`/v1/models/${MODEL}/rank`, { id: `ranked-${n}`, unit: `u${n}`, context: { device: "phone" }, actions })
  ).text();
}

async function inside(path: string, body: object): Promise<unknown> {
  return (await post(path, body)).json();
}

async function written(): Promise<Counts> {
  return (await (await fetch(url + COUNTS_PATH)).json()) as Counts;
}

function tell(what: string, before: Counts, after: Counts, n: number): void {
  for (const name of ["Partition", "Trainer"]) {
    const [a, b] = [after[name]!, before[name]!];
    console.error(
      `${what}: ${name}: rows ${((a.rows - b.rows) / n).toFixed(3)}, alarms ${((a.alarms - b.alarms) / n).toFixed(3)}, bytes ${((a.bytes - b.bytes) / n).toFixed(0)}`,
    );
  }
}

async function learned(edge: Edge, examples: number, version = 1): Promise<void> {
  for (;;) {
    const { versions } = await edge.get<{ versions: { version: number; training: { examples: number } | null }[] }>(
      `/v1/models/${MODEL}/versions`,
    );
    const has = versions.find((one) => one.version === version)?.training?.examples ?? 0;
    if (has >= examples) return;
    await setTimeout(500);
  }
}

async function post(path: string, body: object): Promise<Response> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}
