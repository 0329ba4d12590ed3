import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filmById } from "../models/home-hero/films.ts";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { testDist } from "../scripts/test-build.ts";
import type { Manifest } from "../shared/contract/manifest.ts";
import { DemoPage } from "./demo-page.ts";
import { countById, readLogs } from "./partition-logs.ts";
import { finished, run, Server } from "./server.ts";
import { until } from "./until.ts";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await Server.create();
  await server.start();
  browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const manifest = async (): Promise<Manifest> => (await fetch(`${server.url}/v1/models/home-hero`)).json() as never;

/** Sums of the log's counters, which /metrics gives by partition. */
async function totals(): Promise<{ decisions: number; feedback: number; deadLetters: number }> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  const sum = (name: string) =>
    [...metrics.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, "gm"))].reduce((a, m) => a + Number(m[1]), 0);
  return {
    decisions: sum("edgewise_decisions_total"),
    feedback: sum("edgewise_feedback_total"),
    deadLetters: sum("edgewise_dead_letters_total"),
  };
}

test("what the README names answers", async () => {
  for (const [path, type] of [
    ["/", "text/html"],
    ["/console/", "text/html"],
    ["/docs/", "text/html"],
    ["/openapi.json", "application/json"],
    ["/health", "application/json"],
    ["/metrics", "text/plain"],
  ] as const) {
    const response = await fetch(server.url + path);
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get("content-type")).toContain(type);
    await response.arrayBuffer();
  }
});

test("one visitor's clicks change what another's open page decides, without reload", async () => {
  const a = await DemoPage.open(browser, server.url);
  const b = await DemoPage.open(browser, server.url);
  let reloads = 0;
  b.page.on("load", () => reloads++);
  expect(new Set(await b.probabilities()).size, "a model that knows nothing finds all films alike").toBeLessThan(3);

  // A watches what is gentle and nothing else.
  const gentle = new Set(["comedy", "romance", "animation", "drama", "documentary"]);
  for (let n = 0; n < 40; n++) {
    if (gentle.has(filmById(await a.hero()).genre)) await a.watch();
    else await a.skip();
  }
  const learned = await until("the learner to have A's feedback", async () => {
    const { snapshot, examples } = await manifest();
    return examples >= 40 ? snapshot.number : null;
  });
  await until("B to have what was learned from A", async () =>
    Number((await b.fact("snapshot")).split(".").at(-1)) >= learned ? true : null,
  );
  // B decides anew by itself when a snapshot comes, if its visitor is there.
  await until("B to decide with it", async () => {
    await b.page.mouse.move(200 + Math.random() * 100, 300);
    return new Set(await b.probabilities()).size >= 3 ? true : null;
  });
  expect(reloads).toBe(0);
  await a.close();
  await b.close();
});

test("with the server stopped the open page goes on deciding, and all of it arrives once", async () => {
  const visitor = await DemoPage.open(browser, server.url);
  await until("the page's first decision to be sent", async () =>
    (await visitor.outbox()).length === 0 ? true : null,
  );
  await server.stop("SIGTERM");

  for (let n = 0; n < 5; n++) {
    await visitor.watch();
    await visitor.skip();
  }
  await until("the page to notice", async () => ((await visitor.fact("online")).includes("Off line") ? true : null));
  const waiting = await visitor.outbox();
  const ids = (kind: "decision" | "feedback") => waiting.filter((item) => item.kind === kind).map((item) => item.id);
  expect(ids("decision").length).toBeGreaterThanOrEqual(10);
  expect(ids("feedback").length).toBeGreaterThanOrEqual(10);

  await server.start();
  await until("the outbox to empty", async () => ((await visitor.outbox()).length === 0 ? true : null));
  const rows = await readLogs(server.url);
  for (const kind of ["decision", "feedback"] as const) {
    const counts = countById(rows, kind);
    expect(ids(kind).map((id) => [id, counts.get(id)])).toEqual(ids(kind).map((id) => [id, 1]));
  }
  expect((await totals()).deadLetters).toBe(0);
  await visitor.close();
});

test("kill -9 during simulate: what was acknowledged is in the log, once, and learning goes on", async () => {
  const dir = mkdtempSync(join(tmpdir(), "edgewise-acks-"));
  const file = join(dir, "acks");
  const acknowledged = () =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t") as ["decision" | "feedback", string, string]);
  const before = await totals();
  const simulation = finished(
    run([
      "models/home-hero/simulate.ts",
      "--visitors",
      "40",
      "--concurrency",
      "4",
      "--url",
      server.url,
      "--ack-log",
      file,
    ]),
  );
  for (const kills of [1, 2]) {
    await until("acknowledgements", () => {
      try {
        return acknowledged().length > 150 * kills ? true : null;
      } catch {
        return null;
      }
    });
    await server.stop("SIGKILL");
    await server.start();
  }
  expect(await simulation).toContain("last quarter");

  const acks = acknowledged();
  const rows = await readLogs(server.url);
  for (const kind of ["decision", "feedback"] as const) {
    const ids = acks.filter((ack) => ack[0] === kind).map(([, id]) => id);
    const counts = countById(rows, kind);
    expect(ids.length).toBeGreaterThan(200);
    expect(ids.map((id) => [id, counts.get(id)])).toEqual(ids.map((id) => [id, 1]));
  }
  const after = await totals();
  const decisions = acks.filter(([kind]) => kind === "decision");
  expect(after.decisions - before.decisions).toBe(decisions.length);
  expect(after.feedback - before.feedback).toBe(acks.length - decisions.length);

  // A repeat answers what was answered, though the model has learned since; another call by the same id does not get it.
  const [, id, chosen] = decisions[0]!;
  const row = rows.find((each) => each.kind === "decision" && each.id === id)!;
  const { unit, session, actions } = JSON.parse(row.record!);
  const rank = (body: object) =>
    fetch(`${server.url}/v1/models/home-hero/rank`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id, ...body }),
    });
  const repeat = await rank({ unit, session, actions });
  expect(repeat.status).toBe(201);
  expect(((await repeat.json()) as { chosen: string }).chosen).toBe(chosen);
  expect((await rank({ unit: "another", actions: [{ id: "another" }] })).status).toBe(409);
  expect((await totals()).decisions).toBe(after.decisions);

  await until("all that has feedback to be learned", async () =>
    (await manifest()).examples >= countById(rows, "feedback").size ? true : null,
  );
  rmSync(dir, { recursive: true });
});

test("export reads a running server and the state of a stopped one alike, and no state that a server has", async () => {
  const exported = async (...where: string[]) => {
    const child = run(["cli/edgewise.ts", "export", "--format", "edgewise", "--model", "home-hero", ...where], {
      DIST: testDist,
    });
    const [lines, problems] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    return { lines: lines.split("\n").filter(Boolean), problems };
  };
  const state = ["--state-dir", server.stateDir];
  expect((await exported(...state)).problems).toContain(`is in use by the server at ${server.url}`);
  const running = await exported("--url", server.url);
  const fed = countById(await readLogs(server.url), "feedback");
  expect(running.lines.length).toBeGreaterThanOrEqual(fed.size);
  await server.stop("SIGTERM");
  // Waits may be over meanwhile: what has no feedback is 0 then.
  const stopped = new Set((await exported(...state)).lines);
  expect(running.lines.filter((line) => !stopped.has(line))).toEqual([]);
});
