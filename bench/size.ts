import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import * as ort from "onnxruntime-web/wasm";
import { Visitor } from "../models/home-hero/visitors.ts";
import { deployDemo } from "../scripts/deploy-demo.ts";
import { freePort } from "../scripts/free-port.ts";
import { startServer } from "../scripts/server.ts";
import { buildForTests, testDist } from "../scripts/test-build.ts";
import type { BatchResponse } from "../shared/contract/envelope.ts";
import type { OnnxRuntime } from "../shared/heads/onnx-runtime.ts";
import { batchBody } from "../web/client/batch.ts";
import { BriefBatches, SHORT } from "../web/client/brief-batch.ts";
import { type Entry, toItem } from "../web/client/unsent.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";
import { COUNTS_PATH, type Counts, countingBuild } from "./size/counting.ts";
import { clicks, HomePages } from "./size/home-page.ts";

/**
 * `node bench/size.ts [DECISIONS] [A_SECOND]`: what a decision of the demo's model with its feedback takes: rows written and bytes, in all objects of a
 * real server and by statement, and bytes of bodies on the wire, whole and as pages send them. Decisions come as pages send them, each in a batch of its own, and its feedback in another.
 */

const decisions = Number(process.argv[2] ?? 1000);
const perSecond = Number(process.argv[3] ?? 20);
/** Bytes of bodies that were sent, and of the same as they are. */
const wire = { sent: 0, whole: 0 };
/** Before the counting begins, so that what is written once does not count. */
const WARM_UP = 200;

const folder = mkdtempSync(join(tmpdir(), "edgewise-size-"));
await buildForTests();
countingBuild(testDist, join(folder, "dist"));
const port = await freePort();
const url = `http://localhost:${port}`;
const server = await startServer({
  host: "localhost",
  port,
  stateDir: join(folder, "state"),
  dist: join(folder, "dist"),
});
ort.env.wasm.numThreads = 1;
try {
  await deployDemo(url);
  const pages = await HomePages.open(url, ort as unknown as OnnxRuntime);
  const rows: string[][] = [];
  const statements: string[][] = [];
  for (const deferred of [false, true]) {
    await send(pages, `warm-${deferred}`, WARM_UP, deferred);
    const before = await written();
    const sentBefore = { ...wire };
    await send(pages, `counted-${deferred}`, decisions, deferred);
    const after = await written();
    const per = (of: (counts: Counts[string]) => number, name: string) =>
      (of(after[name]!) - of(before[name]!)) / decisions;
    const all = (of: (counts: Counts[string]) => number) =>
      Object.keys(after).reduce((sum, name) => sum + per(of, name), 0);
    const number = (value: number) => value.toFixed(2);
    rows.push([
      deferred ? "decision, activation, feedback" : "decision, feedback",
      per((c) => c.bytes, "Partition").toFixed(0),
      ((wire.whole - sentBefore.whole) / decisions).toFixed(0),
      ((wire.sent - sentBefore.sent) / decisions).toFixed(0),
      ...["Partition", "Trainer"].map((name) => number(per((c) => c.rows, name))),
      number(all((c) => c.alarms)),
      number(all((c) => c.rows + c.alarms)),
    ]);
    for (const [name, { statements: list }] of Object.entries(after))
      for (const [text, n] of Object.entries(list)) {
        const each = (n - (before[name]!.statements[text] ?? 0)) / decisions;
        if (each >= 0.02) statements.push([`${name}: ${text}`, number(each)]);
      }
  }
  console.log(`\n${machine()}: ${decisions} decisions, ${perSecond} a second\n`);
  console.log(
    markdownTable(
      [
        "",
        "bytes in the log",
        "bytes of bodies",
        "as sent",
        "rows: partitions",
        "trainer",
        "alarms set",
        "rows in all",
      ],
      rows,
    ),
  );
  console.log(`\n${markdownTable(["statements", "rows a decision"], statements)}`);
} finally {
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
}

/** Sends so many decisions of visitors, and what they did. Ends when all of it should be learned. */
async function send(pages: HomePages, seed: string, count: number, deferred: boolean): Promise<void> {
  const started = performance.now();
  let sent = 0;
  const feedback: Promise<void>[] = [];
  for (let v = 0; sent < count; v++) {
    const visitor = new Visitor(`${seed}-${v}`);
    // Each visitor's page names lists as if others had told them.
    const batches = new BriefBatches();
    const batch = (entry: Entry) => handIn(batches, entry);
    const { session } = (await (await post("/v1/sessions", "{}")).json()) as { session: string };
    await pages.refresh();
    for (let n = 0; sent < count && visitor.next(); n++, sent++) {
      const wait = (sent / perSecond) * 1000 - (performance.now() - started);
      if (wait > 0) await setTimeout(wait);
      const decision = await pages.decide(visitor, session, n, deferred);
      await batch({ kind: "decision", record: decision });
      const { id } = decision;
      const value = clicks(visitor, decision);
      feedback.push(
        (async () => {
          await setTimeout(200);
          if (deferred) await batch({ kind: "activation", record: { format: 2, id, at: Date.now() } });
          await setTimeout(200);
          await batch({ kind: "feedback", record: { format: 2, id, value, at: Date.now() } });
        })(),
      );
    }
  }
  await Promise.all(feedback);
  await setTimeout(3000);
}

/** Sends an entry as a page does, again with its list of actions when the edge asks for that. @throws Error when it was not taken. */
async function handIn(batches: BriefBatches, entry: Entry): Promise<void> {
  wire.whole += Buffer.byteLength(batchBody([toItem(entry)]));
  for (let again = true; again; ) {
    const response = await post("/v1/batch", await batches.body([toItem(entry)]));
    const { accepted, wanted } = (await response.json()) as BatchResponse;
    again = wanted !== undefined;
    if (wanted) batches.wanted(wanted);
    else if (accepted !== 1) throw new Error("the edge did not take what a page sent");
  }
}

async function written(): Promise<Counts> {
  return (await (await fetch(url + COUNTS_PATH)).json()) as Counts;
}

async function post(path: string, text: string): Promise<Response> {
  const isLong = text.length > SHORT;
  const bytes = isLong ? gzipSync(text) : Buffer.from(text);
  wire.sent += bytes.length;
  const headers = { "content-type": "application/json", ...(isLong && { "content-encoding": "gzip" }) };
  const response = await fetch(url + path, { method: "POST", headers, body: bytes });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}
