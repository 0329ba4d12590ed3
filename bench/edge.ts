import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import { EdgeCalls } from "../cli/edge-calls.ts";
import { deploySpec } from "../cli/registry/deploy-spec.ts";
import { filmActions } from "../models/home-hero/films.ts";
import { Visitor } from "../models/home-hero/visitors.ts";
import { freePort } from "../scripts/free-port.ts";
import { guardAgainstOrphans } from "../scripts/orphan-guard.ts";
import { startServer } from "../scripts/server.ts";
import { batches, ITEMS, PARTITIONS } from "./edge/batches.ts";
import { median } from "./interleaved.ts";
import { type LoadRequest, load } from "./load.ts";
import { machine } from "./machine.ts";
import { markdownTable } from "./markdown.ts";

/**
 * `npm run bench:edge`: rank requests a second of the built Worker, against bare Hono routes in the same workerd, and through the front that `npm start` has before it; then
 * decisions a second in batches of pages, by partitions.
 */

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 16;
const BATCH_ROUNDS = 3;
const ROW = "bare Hono, POST of the same 20 actions, parsed, one row in an object";
const root = resolve(import.meta.dirname, "..");

const bare = await build({
  stdin: {
    contents: `import { DurableObject } from "cloudflare:workers";
      import { Hono } from "hono";
      const app = new Hono();
      app.get("/bare", (c) => c.json({ ok: true }));
      app.post("/bare", async (c) => c.json({ actions: (await c.req.json()).actions.length }, 201));
      // As durable as a rank call: the same body parsed, and one row in one of as many objects as there are partitions.
      let n = 0;
      app.post("/row", async (c) => {
        const body = await c.req.json();
        const id = crypto.randomUUID();
        await c.env.ROWS.getByName(String(n++ % 4)).insert(id, JSON.stringify(body));
        return c.json({ id, actions: body.actions.length }, 201);
      });
      export class Rows extends DurableObject {
        constructor(ctx, env) {
          super(ctx, env);
          ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS rows (id TEXT PRIMARY KEY, body TEXT)");
        }
        insert(id, body) {
          this.ctx.storage.sql.exec("INSERT INTO rows VALUES (?, ?)", id, body);
        }
      }
      export default app;`,
    resolveDir: root,
  },
  bundle: true,
  format: "esm",
  write: false,
  external: ["cloudflare:workers"],
});
const stateDir = mkdtempSync(join(tmpdir(), "edgewise-bench-"));
guardAgainstOrphans();
const server = await startServer({
  host: "127.0.0.1",
  port: 0,
  stateDir,
  dist: join(root, "dist"),
  beside: [
    {
      name: "bare",
      modules: true,
      script: bare.outputFiles[0]!.text,
      compatibilityDate: "2026-10-01",
      durableObjects: { ROWS: { className: "Rows", useSQLite: true } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    },
  ],
});
let frontThread: Worker | null = null;
try {
  const edge = Number((await server.unsafeGetDirectURL("edgewise")).port);
  const calls = new EdgeCalls(`http://127.0.0.1:${edge}`);
  await deploySpec(calls, join(root, "bench/edge/unlearned.ts"), undefined, { stage: "live" });
  const front = await freePort();
  frontThread = new Worker(join(root, "bench/edge/front-thread.ts"), { workerData: { port: front, upstream: edge } });
  await once(frontThread, "message");
  const hono = Number((await server.unsafeGetDirectURL("bare")).port);
  const cases: Record<string, { port: number; status: number; request: (n: number) => LoadRequest }> = {
    "bare Hono, GET": { port: hono, status: 200, request: () => ({ method: "GET", path: "/bare" }) },
    "bare Hono, POST of the same 20 actions, parsed": {
      port: hono,
      status: 201,
      request: () => ({ method: "POST", path: "/bare", body: body(20) }),
    },
    [ROW]: { port: hono, status: 201, request: () => ({ method: "POST", path: "/row", body: body(20) }) },
    "rank, 1 action": rankCase(edge, 1),
    "rank, 20 actions": rankCase(edge, 20),
    "rank, 20 actions, through the front": rankCase(front, 20),
    "rank, 100 actions": rankCase(edge, 100),
  };
  const rates: Record<string, number[]> = {};
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, each] of Object.entries(cases)) {
      // The first round only warms up: the Worker's isolate, and ONNX Runtime in it.
      const options = { host: "127.0.0.1", connections: CONNECTIONS, seconds: round === 0 ? 1 : SECONDS };
      const { perSecond } = await load({ ...options, ...each });
      rates[name] ??= [];
      if (round > 0) rates[name].push(perSecond);
    }
  const reference = median(rates["bare Hono, GET"]!);
  const row = median(rates[ROW]!);
  console.log(`\n${machine()}, ${CONNECTIONS} connections, median of ${ROUNDS} rounds of ${SECONDS} s\n`);
  console.log(
    markdownTable(
      ["", "requests a second", "against bare Hono", "against a row"],
      Object.entries(rates).map(([name, list]) => [
        name,
        Math.round(median(list)).toLocaleString("en"),
        (median(list) / reference).toFixed(2),
        (median(list) / row).toFixed(2),
      ]),
    ),
  );
} finally {
  await frontThread?.terminate();
  await server.dispose();
  rmSync(stateDir, { recursive: true, force: true });
}
const ofBatches = await batches(join(root, "dist"), CONNECTIONS, BATCH_ROUNDS);
console.log(`\nDecisions a second by /v1/batch, median of ${BATCH_ROUNDS} rounds\n`);
console.log(
  markdownTable(
    ["partitions", ...ITEMS.map((items) => `${items} in a call`)],
    ofBatches.map((rates, i) => [String(PARTITIONS[i]), ...rates.map((rate) => Math.round(rate).toLocaleString("en"))]),
  ),
);

function rankCase(port: number, count: number) {
  const text = body(count);
  return {
    port,
    status: 201,
    request: (): LoadRequest => ({ method: "POST", path: "/v1/models/home-hero-unlearned/rank", body: text }),
  };
}

/** A rank call by a visitor who has looked around; without an id, so that every one is a new decision. */
function body(count: number): string {
  const visitor = new Visitor("bench");
  for (let n = 0; n < 2; n++) visitor.next();
  const catalogue = filmActions();
  return JSON.stringify({
    unit: visitor.unit,
    context: visitor.context,
    events: visitor.eventsBefore(Date.now()),
    actions: Array.from({ length: count }, (_, i) => ({ ...catalogue[i % catalogue.length]!, id: `a${i}` })),
  });
}
