import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { glob } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { parsePrometheus } from "../edge/testing/prometheus.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

/** What the runbook says of single troubles of stored data, on a real server: its lines, and what health and metrics show. */

// A server is stopped and started for each.
vi.setConfig({ testTimeout: 600_000 });

/** Lines of which the runbook has the beginnings; simulation/runbook.test.ts holds its table to those that the simulation waits for. */
const LINES = {
  "partition put back from an older copy": "what was learned is not in the log any more:",
  "trainer's disk lost": "a trainer has lost its data,",
  "registry's disk lost": "the registry has lost its data,",
  "partition's disk lost": "a partition's log is another one than before,",
};
const runbook = readFileSync(join(import.meta.dirname, "../docs/runbook.md"), "utf8");

/** Rows of a table of a database; null where there is no such table. */
function rowsOf(file: string, table: string): number | null {
  const database = new DatabaseSync(file);
  try {
    return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n);
  } catch {
    return null;
  } finally {
    database.close();
  }
}

/** The databases of the objects that have a table with rows. */
async function databases(server: Server, table: string): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob(join(server.stateDir, "do/**/*.sqlite"))) if (rowsOf(file, table)) found.push(file);
  return found;
}

const withAll = (file: string): string[] => [file, `${file}-wal`, `${file}-shm`].filter(existsSync);
const lose = (file: string): void => {
  for (const each of withAll(file)) rmSync(each);
};

async function traffic(server: Server, name: string, count: number): Promise<void> {
  const post = (path: string, body: unknown) =>
    fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  for (let n = 0; n < count; n++) {
    const actions = [{ id: "a" }, { id: "b" }];
    const id = `${name}-${n}`;
    expect((await post("/v1/models/home-hero/rank", { id, unit: "u", actions })).status).toBe(201);
    expect((await post(`/v1/decisions/${id}/feedback`, { value: n % 2 })).status).toBe(204);
  }
}

async function metric(server: Server, name: string, labels: Record<string, string> = {}): Promise<number> {
  const family = parsePrometheus(await (await fetch(`${server.url}/metrics`)).text()).get(name)!;
  return family.samples
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
const learned = (server: Server) => metric(server, "edgewise_model_examples_total", { model: "home-hero" });
const isWell = async (server: Server) => (await fetch(`${server.url}/health`).catch(() => null))?.ok || null;

test("each is said in the runbook's words, and all goes on", async () => {
  const server = await Server.create();
  const said = async (trouble: keyof typeof LINES) => {
    expect(runbook).toContain(`\`${LINES[trouble]} ...\``);
    await server.start();
    await until("all to be well", () => isWell(server), 120_000);
    await until(
      `a line of "${trouble}", in ${server.output.slice(-2000)}`,
      () => server.output.includes(LINES[trouble]) || null,
      120_000,
    );
  };
  try {
    await server.start();
    await until("the demo", async () => (await fetch(`${server.url}/v1/models/home-hero`)).ok || null);
    await traffic(server, "first", 20);
    await until("20 examples", async () => (await learned(server)) >= 20 || null);
    await server.stop("SIGTERM");

    // An older copy of every partition.
    const partitions = await databases(server, "log");
    for (const file of partitions) for (const each of withAll(file)) copyFileSync(each, `${each}.copy`);
    await server.start();
    await traffic(server, "second", 20);
    await until("40 examples", async () => (await learned(server)) >= 40 || null);
    const rows = await metric(server, "edgewise_log_rows");
    await server.stop("SIGTERM");
    for (const file of partitions) {
      lose(file);
      for (const each of [file, `${file}-wal`, `${file}-shm`])
        if (existsSync(`${each}.copy`)) copyFileSync(`${each}.copy`, each);
    }
    await said("partition put back from an older copy");
    expect(await metric(server, "edgewise_log_rows")).toBeLessThan(rows);
    await until("what the copy has to be learned", async () => (await learned(server)) === 20 || null);

    await server.stop("SIGTERM");
    for (const file of await databases(server, "newest")) lose(file);
    await said("trainer's disk lost");
    await until("it to be learned again", async () => (await learned(server)) === 20 || null);
    expect(await metric(server, "edgewise_model_caught_up", { model: "home-hero" })).toBe(1);

    await server.stop("SIGTERM");
    for (const file of await databases(server, "directories")) lose(file);
    await said("registry's disk lost");
    expect((await fetch(`${server.url}/v1/models/home-hero`)).status).toBe(200);

    await server.stop("SIGTERM");
    for (const file of await databases(server, "log")) lose(file);
    await said("partition's disk lost");
    expect(await metric(server, "edgewise_decisions_total")).toBe(0);
    await traffic(server, "third", 5);
    await until("what comes then to be learned", async () => (await learned(server)) >= 25 || null);
    await until("all to be well", () => isWell(server));
  } finally {
    await server.remove();
  }
});
