import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test, vi } from "vitest";
import { partitionOf } from "../edge/log/route.ts";
import type { Problem } from "../shared/contract/problem.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

/** What an operator sees of a server that something is wrong with. */

// Servers are started and ended again and again.
vi.setConfig({ testTimeout: 300_000 });

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serverOn(stateDir?: string): Promise<Server> {
  const server = await Server.create(stateDir);
  closing.push(() => server.stop("SIGTERM"));
  if (stateDir === undefined) closing.unshift(() => rmSync(server.stateDir, { recursive: true, force: true }));
  return server;
}

/** A file system in memory; only root can have one. */
function memoryFolder(options: string): string {
  const folder = mkdtempSync(join(tmpdir(), "edgewise-e2e-memory-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  closing.unshift(async () => {
    // A process that was ended may hold its files a little longer.
    await until("the folder to be free", async () => spawnSync("umount", [folder]).status === 0 || null);
    rmSync(folder, { recursive: true });
  });
  return folder;
}
const canMount = process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

const ask = (server: Server, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(server.url + path, {
    method,
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
const rank = (server: Server, id: string): Promise<Response> =>
  ask(server, "POST", "/v1/models/home-hero/rank", {
    id,
    unit: "v",
    actions: [{ id: "a", features: { genre: "drama" } }],
  });

type Health = { status: string | number; parts: { part: string; problem: string | null }[] };
async function health(server: Server): Promise<{ status: number; wrong: Record<string, string> }> {
  const response = await ask(server, "GET", "/health");
  const { parts } = (await response.json()) as Health;
  const wrong = parts.flatMap(({ part, problem }) => (problem === null ? [] : [[part, problem] as const]));
  return { status: response.status, wrong: Object.fromEntries(wrong) };
}

test("a state folder that is read-only is said to be that, and not to be in use", async () => {
  let folder: string;
  if (process.getuid?.() === 0) folder = memoryFolder("ro,size=1m");
  else {
    folder = mkdtempSync(join(tmpdir(), "edgewise-e2e-"));
    chmodSync(folder, 0o555);
    closing.unshift(() => rmSync(folder, { recursive: true }));
  }
  const server = await serverOn(folder);
  const error = await server.start().then(
    () => null,
    (error: Error) => error.message,
  );
  expect(error).toMatch(
    /ended with 1:\s+The state folder .* cannot be written: (its file system is read-only|this user may not write there)\.\s*$/,
  );
});

test("an end of workerd is said, and the next one goes on; ends again and again end the server", async () => {
  const server = await serverOn();
  await server.start();
  expect((await rank(server, "before.1")).status).toBe(201);
  const first = server.workerd!;
  process.kill(first, "SIGKILL");
  await until("the server to say so", () =>
    server.output.includes(`workerd (process ${first}) ended by SIGKILL; it is being started again.`) ? true : null,
  );
  await until("the server to answer again", () =>
    /workerd answers again, [\d.]+ s later\./.test(server.output) ? true : null,
  );
  const repeat = await rank(server, "before.1");
  expect([repeat.status, ((await repeat.json()) as { chosen: string }).chosen]).toEqual([201, "a"]);

  for (let ends = 2; ends <= 5; ends++) {
    process.kill(server.workerd!, "SIGKILL");
    await until("the server to answer again, or to end", () =>
      server.exitCode !== null || server.output.split("answers again").length > ends ? true : null,
    );
  }
  expect(server.exitCode).toBe(1);
  expect(server.output.trimEnd().split("\n").at(-1)).toMatch(
    / Edgewise ends: workerd ended 5 times within 5 minutes, the last time by SIGKILL\.$/,
  );
});

test("a partition that cannot be read fails alone", async () => {
  const server = await serverOn();
  await server.start();
  const ids = Array.from({ length: 40 }, (_, n) => `visit-${n}.1`);
  const bad = ids[0]!;
  const well = ids.find((id) => partitionOf(id, 4) !== partitionOf(bad, 4))!;
  expect((await rank(server, bad)).status).toBe(201);
  await server.stop("SIGTERM");
  for await (const file of glob(join(server.stateDir, "do/**/*.sqlite")))
    if (has(file, bad)) {
      writeFileSync(file, "not a database ".repeat(1000));
      for (const beside of ["-wal", "-shm"]) rmSync(file + beside, { force: true });
    }
  await server.start();

  const failing = `partition ${partitionOf(bad, 4)}`;
  const { status, wrong } = await health(server);
  expect([status, Object.keys(wrong)]).toEqual([503, [failing]]);
  expect(wrong[failing]).toMatch(/\w/);

  const refused = await rank(server, bad);
  expect([refused.status, refused.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  expect(((await refused.json()) as Problem).detail).toContain(failing);
  expect((await rank(server, well)).status).toBe(201);
  const feedback = [bad, well].map((id) => ({ id, value: 1, at: 1 }));
  const batch = await ask(server, "POST", "/v1/batch", { format: 2, sentAt: 1, feedback });
  expect([batch.status, await batch.json()]).toMatchObject([
    200,
    { accepted: 1, rejected: [], unread: [{ list: "feedback", index: 0, id: bad, retryAfter: expect.any(Number) }] },
  ]);
  expect((await ask(server, "POST", "/v1/batch", { format: 2, sentAt: 1, feedback: [feedback[0]] })).status).toBe(503);

  const metrics = await ask(server, "GET", "/metrics");
  const text = await metrics.text();
  expect(metrics.status).toBe(200);
  const up = [...text.matchAll(/^edgewise_part_up\{part="(.*)"\} ([01])$/gm)].map(([, part, value]) => [part, value]);
  expect(up.filter(([, value]) => value === "0")).toEqual([[failing, "0"]]);
  expect(up.length).toBeGreaterThanOrEqual(8);
  expect([...text.matchAll(/^edgewise_decisions_total\{/gm)]).toHaveLength(3);
  expect(text).toContain('edgewise_model_examples_total{model="home-hero"');
  expect((await ask(server, "GET", "/v1/models/home-hero")).status).toBe(200);
});

test.runIf(canMount)("a full disk is said to be that, and what needs no room goes on", async () => {
  const server = await serverOn(memoryFolder("size=96m"));
  await server.start();
  expect((await rank(server, "roomy.1")).status).toBe(201);
  const filling = join(server.stateDir, "filling");
  expect(() => {
    for (;;) appendFileSync(filling, Buffer.alloc(4096));
  }).toThrow("ENOSPC");
  // What SQLite has of room in its files is used up first.
  const refused = await until("a decision that finds no room", async () => {
    const response = await rank(server, crypto.randomUUID());
    if (response.status === 201) return null;
    return response;
  });
  expect([refused.status, ((await refused.json()) as Problem).title]).toEqual([507, "Insufficient storage"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
  const { status, wrong } = await health(server);
  expect([status, wrong.disk]).toEqual([503, "is full"]);
  const metrics = await ask(server, "GET", "/metrics");
  expect([metrics.status, await metrics.text()]).toEqual([
    200,
    expect.stringContaining("edgewise_disk_free_bytes 0\n"),
  ]);
  for (const path of ["/", "/v1/directory", "/v1/models/home-hero"])
    expect((await ask(server, "GET", path)).status).toBe(200);

  rmSync(filling);
  const id = crypto.randomUUID();
  await until("decisions to be taken again", async () => ((await rank(server, id)).status === 201 ? true : null));
  await until("all to be well", async () => ((await health(server)).status === 200 ? true : null));
});

/** Whether a file is that of the partition with this decision. */
function has(file: string, id: string): boolean {
  const database = new DatabaseSync(file);
  try {
    return database.prepare("SELECT 1 FROM log WHERE id = ?").get(id) !== undefined;
  } catch {
    return false;
  } finally {
    database.close();
  }
}
