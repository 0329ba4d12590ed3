import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ort from "onnxruntime-web/wasm";
import { Visitor } from "../../models/home-hero/visitors.ts";
import { deployDemo } from "../../scripts/deploy-demo.ts";
import { freePort } from "../../scripts/free-port.ts";
import { startServer } from "../../scripts/server.ts";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { median } from "../interleaved.ts";
import { load } from "../load.ts";
import { HomePages } from "../size/home-page.ts";

export const PARTITIONS = [1, 2, 4];
export const ITEMS = [1, 20, 100];
/** Calls of a round, by how many decisions each has. */
const CALLS: Record<number, number> = { 1: 400, 20: 60, 100: 16 };

/** Decisions a second that `/v1/batch` takes of pages, each checked by deciding it again: by number of partitions, and of decisions in a call. */
export async function batches(dist: string, connections: number, rounds: number): Promise<number[][]> {
  ort.env.wasm.numThreads = 1;
  const rates: number[][] = [];
  for (const partitions of PARTITIONS) rates.push(await ofPartitions(dist, partitions, connections, rounds));
  return rates;
}

async function ofPartitions(dist: string, partitions: number, connections: number, rounds: number): Promise<number[]> {
  const stateDir = mkdtempSync(join(tmpdir(), "edgewise-bench-"));
  const port = await freePort();
  const bindings = { PARTITIONS: String(partitions) };
  const server = await startServer({ host: "127.0.0.1", port, stateDir, dist, bindings });
  try {
    const url = `http://127.0.0.1:${port}`;
    await deployDemo(url);
    const pages = await HomePages.open(url, ort as unknown as OnnxRuntime);
    const rates = ITEMS.map((): number[] => []);
    let session = 0;
    for (let round = 0; round <= rounds; round++) {
      await pages.refresh();
      for (const [i, items] of ITEMS.entries()) {
        const bodies: string[] = [];
        for (let call = 0; call < CALLS[items]!; call++)
          bodies.push(await batch(pages, items, () => `page-${session++}`));
        const { perSecond } = await load({
          ...{ host: "127.0.0.1", port, connections, status: 200, requests: bodies.length },
          request: (n) => ({ method: "POST", path: "/v1/batch", body: bodies[n]! }),
        });
        // The first round only warms up.
        if (round > 0) rates[i]!.push(perSecond * items);
      }
    }
    const { decisions, letters } = await logged(url);
    const sent = ITEMS.reduce((sum, items) => sum + items * CALLS[items]! * (rounds + 1), 0);
    if (decisions !== sent || letters !== 0)
      throw new Error(`of ${sent} decisions ${decisions} are in the log, and ${letters} among the dead letters`);
    return rates.map(median);
  } finally {
    await server.dispose();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function batch(pages: HomePages, items: number, session: () => string): Promise<string> {
  const decisions = [];
  for (let n = 0; n < items; n++) {
    const id = session();
    const visitor = new Visitor(id);
    visitor.next();
    decisions.push(await pages.decide(visitor, id, 0, false));
  }
  return JSON.stringify({ format: 2, sentAt: Date.now(), decisions });
}

async function logged(url: string): Promise<{ decisions: number; letters: number }> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, "gm"))].reduce((all, m) => all + Number(m[1]), 0);
  return { decisions: sum("edgewise_decisions_total"), letters: sum("edgewise_dead_letters_total") };
}
