import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { Server } from "../e2e/server.ts";
import { until } from "../e2e/until.ts";
import type { Erasure, UnitRecords } from "../edge/http/api/units.ts";
import { buildForTests } from "../scripts/test-build.ts";
import type { BatchResponse } from "../shared/contract/envelope.ts";
import type { LogRow } from "../shared/contract/log-page.ts";
import { readDecision } from "../shared/contract/read-record.ts";
import type { ModelSpec } from "../shared/contract/spec.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { machine } from "./machine.ts";
import { Edge, letters } from "./rollout/edge.ts";
import { Page } from "./rollout/page.ts";

/**
 * `node bench/erasure.ts [UNITS] [ERASED]`: erases units of a log while traffic goes on. Then the server is stopped, and every table of every object and every
 * file of the state is looked through for their names; and what is published is held, bit for bit, against a learner that was given the log as it was before, without
 * them, in the order of the trainer's journal. Ends with an error when a table has a name, or the bits differ.
 */

const units = Number(process.argv[2] ?? 100_000);
const erasedUnits = Number(process.argv[3] ?? 1000);
const MODEL = "erased-from";
const PARTITIONS = 4;
const nameOf = (n: number): string => `unit-${String(n).padStart(7, "0")}@example.com`;
const NAME = /unit-\d{7}@example\.com/g;
const spec = letters(MODEL, {});
const every = Math.floor(units / erasedUnits);
const toErase = Array.from({ length: erasedUnits }, (_, i) => nameOf(i * every));
const gone = new Set(toErase);

await buildForTests();
const server = await Server.create();
await server.start();
try {
  const edge = new Edge(server.url);
  await edge.deploy(spec, "live");
  await fill(edge);
  const learned = async (n: number) => ((await edge.manifest(MODEL)).examples === n ? true : null);
  await until("the log to be learned", () => learned(units), 600_000);
  const log = new Map<string, LogRow[]>();
  for (let p = 0; p < PARTITIONS; p++) log.set(String(p), await rows(edge, p, 0));

  const traffic: Traffic = { running: true, sent: 0, slowest: 0, refused: 0 };
  const visits = Promise.all(Array.from({ length: 4 }, (_, lane) => visit(edge, lane, traffic)));
  // Whoever fails is heard when the visits are over.
  visits.catch(() => {});
  await setTimeout(2000);
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  const erasures: Erasure[] = [];
  for (const unit of toErase)
    erasures.push(await edge.send<Erasure>("DELETE", `/v1/units/${encodeURIComponent(unit)}`));
  const asked = seconds();
  const states = async () => (await edge.get<{ erasures: Erasure[] }>("/v1/erasures")).erasures;
  await until(
    "rows to be gone",
    async () => ((await states()).every(({ state }) => state !== "erasing") ? true : null),
    600_000,
  );
  const rowsGone = seconds();
  await until(
    "versions to have learned again",
    async () => ((await states()).every(({ state }) => state === "done") ? true : null),
    600_000,
  );
  const done = seconds();
  await setTimeout(2000);
  traffic.running = false;
  await visits;
  const decisions = (await states()).reduce((sum, { erased }) => sum + erased.decisions, 0);
  const expected = units - decisions + traffic.sent;
  await until("the traffic to be learned", () => learned(expected), 120_000);
  const found = await edge.get<UnitRecords>(`/v1/units/${encodeURIComponent(toErase[0]!)}`);
  if (found.rows.length > 0) throw new Error("a unit that was erased is found");
  for (let p = 0; p < PARTITIONS; p++) {
    const before = log.get(String(p))!;
    before.push(...(await rows(edge, p, before.at(-1)!.offset)));
  }
  const page = await Page.open(edge, MODEL);
  await server.stop("SIGTERM");

  const reference = learnedWithout(log, page.model.spec);
  const bits = ({ weights }: { weights: Float32Array | Float64Array }): Buffer =>
    Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength);
  const { snapshot } = page.model;
  const same = bits(reference.snapshot(1, snapshot.number)).equals(bits(snapshot));
  console.log(
    `${machine()}: ${erasedUnits} of ${units.toLocaleString("en")} units (${decisions} decisions) asked for in ${asked} s, rows gone after ${rowsGone} s, learned again after ${done} s.`,
  );
  console.log(
    `Traffic meanwhile: ${traffic.sent} decisions with feedback, the slowest call ${traffic.slowest.toFixed(0)} ms, ${traffic.refused} answers 503.`,
  );
  console.log(
    `${reference.examples} examples: weights ${same ? "are, to the bit, those" : "DIFFER from those"} of a log without them.`,
  );
  const left = look(server.stateDir);
  console.log(
    `Names of erased units: ${left.tables} in tables, ${left.blobs} in artifacts, ${left.bytes} in the bytes of the files of ${left.files}; ${left.vacuumed} after VACUUM.`,
  );
  if (!same || reference.examples !== expected)
    throw new Error("what was learned again is not what a log without them gives");
  if (left.tables + left.blobs + left.bytes > 0) throw new Error("names are left");
} catch (error) {
  console.error(server.output);
  throw error;
} finally {
  await server.remove();
}

/** Each unit decides once, in batches as of pages. */
async function fill(edge: Edge): Promise<void> {
  const SIZE = 200;
  const page = await Page.open(edge, MODEL);
  for (let n = 0; n < units; n += SIZE) {
    const at = Date.now();
    const decisions = Array.from({ length: SIZE }, (_, i) => page.rank(`s${n + i}.0`, nameOf(n + i), at));
    const feedback = decisions.map(({ id, chosen }) => ({ format: 2, id, value: chosen === 0 ? 1 : 0, at }));
    const { accepted } = await edge.send<BatchResponse>("POST", "/v1/batch", { sentAt: at, decisions, feedback });
    if (accepted !== 2 * SIZE) throw new Error(`the edge took ${accepted} of ${2 * SIZE} items`);
  }
}

type Traffic = { running: boolean; sent: number; slowest: number; refused: number };

/** Asks again what is answered 503, as pages and servers do; gives up after a minute. */
async function again(ask: () => Promise<unknown>, traffic: Traffic): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries === 30 || !(error as Error).message.includes(": 503 ")) throw error;
      traffic.refused++;
      await setTimeout(2000);
    }
  }
}

/** Decisions and feedback of others. */
async function visit(edge: Edge, lane: number, traffic: Traffic): Promise<void> {
  for (let n = 0; traffic.running; n++) {
    const id = `live-${lane}-${n}`;
    const started = performance.now();
    await again(() => edge.rank(MODEL, id, `visitor-${lane}`), traffic);
    await again(() => edge.feedback(id, n % 3 === 0 ? 1 : 0), traffic);
    traffic.slowest = Math.max(traffic.slowest, (performance.now() - started) / 2);
    traffic.sent++;
    await setTimeout(20);
  }
}

/** All rows of a partition after an offset. */
async function rows(edge: Edge, partition: number, from: number): Promise<LogRow[]> {
  const all: LogRow[] = [];
  for (let after = from; ; ) {
    const text = await (await fetch(`${edge.url}/v1/log?partition=${partition}&after=${after}`)).text();
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { next, newest } = lines.pop() as { next: number; newest: number };
    all.push(...(lines as LogRow[]));
    if (next >= newest) return all;
    after = next;
  }
}

/** Learns the log as it was, without those units, as a spec of `first` and no default has it: at the feedback of each decision. */
function learnedWithout(log: ReadonlyMap<string, readonly LogRow[]>, spec: ModelSpec): ModelLearner {
  const learner = new ModelLearner(spec);
  const at = new Map<string, number>();
  const records = new Map<string, string>();
  for (const { partition, rows: upto } of journal()) {
    const of = log.get(partition)!;
    let i = at.get(partition) ?? 0;
    for (; i < of.length && of[i]!.offset <= upto; i++) {
      const { kind, id, record, value } = of[i]!;
      if (kind === "decision") records.set(id, record!);
      else if (kind === "feedback") {
        const decision = readDecision(JSON.parse(records.get(id)!));
        if (!gone.has(decision.unit)) learner.learn(decision, value!);
      }
    }
    at.set(partition, i);
  }
  return learner;
}

/** What is used of a slice of the journal. */
type Learnt = { partition: string; to: { rows: number } };

function journal(): readonly { partition: string; rows: number }[] {
  for (const file of databases(server.stateDir)) {
    const rows = inDatabase(file, (database) => {
      // The demo's models have trainers, too.
      const isTrainer = database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'journal'").get();
      if (!isTrainer || !database.prepare("SELECT 1 FROM version WHERE model = ?").get(MODEL)) return null;
      const { learnt } = database.prepare("SELECT learnt FROM checkpoint").get() as { learnt: string };
      const blocks = database.prepare("SELECT slices FROM journal ORDER BY number").all() as { slices: string }[];
      const slices = blocks.flatMap(({ slices }) => JSON.parse(slices) as Learnt[]);
      slices.push(...(JSON.parse(learnt) as { slices: Learnt[] }).slices);
      return slices.map(({ partition, to: { rows } }) => ({ partition, rows }));
    });
    if (rows !== null) return rows;
  }
  throw new Error("there is no trainer");
}

function inDatabase<T>(file: string, ask: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    return ask(database);
  } finally {
    database.close();
  }
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function databases(folder: string): string[] {
  return files(folder).filter((file) => file.endsWith(".sqlite"));
}

/** How often names of erased units stand in tables, in other files, and anywhere in the bytes of all. */
function look(folder: string) {
  const count = (text: string): number => (text.match(NAME) ?? []).filter((name) => gone.has(name)).length;
  const found = () => files(folder).map((file) => [file, count(readFileSync(file, "latin1"))] as const);
  const bytesOf = () => found().reduce((sum, [, n]) => sum + n, 0);
  let tables = 0;
  const bytes = bytesOf();
  for (const [file, n] of found()) if (n > 0) console.log(`${n} in ${file.slice(folder.length + 1)}`);
  for (const file of databases(folder))
    inDatabase(file, (database) => {
      const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      for (const { name } of names) {
        const all = database.prepare(`SELECT * FROM "${name}"`);
        all.setReadBigInts(true);
        for (const row of all.iterate())
          for (const value of Object.values(row as object))
            tables += count(value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value));
      }
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.exec("VACUUM");
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    });
  const others = files(folder).filter((file) => !/\.sqlite(-wal|-shm)?$/.test(file));
  const blobs = others.reduce((sum, file) => sum + count(readFileSync(file, "latin1")), 0);
  return { tables, blobs, bytes, vacuumed: bytesOf(), files: "the state" };
}
