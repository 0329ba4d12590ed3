import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Edge, letters } from "../bench/rollout/edge.ts";
import { Page } from "../bench/rollout/page.ts";
import type { Erasure } from "../edge/http/api/units.ts";
import type { BatchResponse } from "../shared/contract/envelope.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

/** What is left in the files of a running workerd of units that were erased: their names stand nowhere, neither in what SQLite has freed nor in its write-ahead log. */

const MODEL = "scanned";
const UNITS = 1500;
const nameOf = (n: number): string => `unit-${String(n).padStart(7, "0")}@example.com`;
const erased = Array.from({ length: 50 }, (_, i) => nameOf(i * 30));

let server: Server;
let edge: Edge;

beforeAll(async () => {
  server = await Server.create();
  // So little that the archive has a part of the log.
  await server.start({ PARTITIONS: "1", PARTITION_MEGABYTES: "1" });
  edge = new Edge(server.url);
});
afterAll(() => server.remove());

test("no file of a running server has the name of a unit that was erased", async () => {
  await edge.deploy(letters(MODEL, {}), "live");
  const page = await Page.open(edge, MODEL);
  for (let from = 0; from < UNITS; from += 100) {
    const at = Date.now();
    const decisions = Array.from({ length: 100 }, (_, i) => page.rank(`s${from + i}.0`, nameOf(from + i), at));
    const feedback = decisions.map(({ id, chosen }) => ({ format: 2, id, value: chosen === 0 ? 1 : 0, at }));
    // What cannot be used names units, too.
    const unusable = Array.from({ length: 5 }, (_, i) => ({
      ...decisions[i]!,
      id: `bad${from + i}`,
      unit: nameOf(from + i),
      chosen: 99,
    }));
    const body = { sentAt: at, decisions: [...decisions, ...unusable], feedback };
    const { accepted } = await edge.send<BatchResponse>("POST", "/v1/batch", body);
    expect(accepted).toBe(200);
  }
  await until("all to be learned", async () => ((await edge.manifest(MODEL)).examples === UNITS ? true : null));
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(Number(/^edgewise_archive_segments\{partition="0"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  expect(namesIn(server.stateDir).size).toBeGreaterThan(0);

  for (const unit of erased) await edge.send<Erasure>("DELETE", `/v1/units/${encodeURIComponent(unit)}`);
  const states = async () => (await edge.get<{ erasures: Erasure[] }>("/v1/erasures")).erasures;
  await until(
    "erasures to be done",
    async () => ((await states()).every(({ state }) => state === "done") ? true : null),
    120_000,
  );
  // What SQLite has freed is written over behind that.
  await expect.poll(() => Object.fromEntries(namesIn(server.stateDir)), { timeout: 60_000, interval: 500 }).toEqual({});
  expect(namesIn(server.stateDir, [nameOf(1), nameOf(2)]).size).toBeGreaterThan(0);
}, 240_000);

/** Files in which names of some units stand, and how often. */
function namesIn(folder: string, units = erased): Map<string, number> {
  const gone = new Set(units);
  const found = new Map<string, number>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const names = readFileSync(path, "latin1").match(/unit-\d{7}@example\.com/g) ?? [];
    const n = names.filter((name) => gone.has(name)).length;
    if (n > 0) found.set(path.slice(folder.length + 1), n);
  }
  return found;
}
