import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { countById, readLogs } from "./partition-logs.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

/**
 * Pages that a real browser prerenders, and sets aside and takes out again (back/forward cache). It is driven by its pages alone: neither happens as for visitors where a debugger is attached.
 */

const ROUNDS = 10;
const MODEL = "teasers";

type Report = { page: string; round: number; id: string; prerendering: boolean };

let server: Server;
let site: HttpServer;
const reports: Report[] = [];

const of = (page: string, round?: number) =>
  reports.filter((one) => one.page === page && (round === undefined || one.round === round));

const isPrerendered = (round: number) => of("next", round).length > 0 && of("never", round).length > 0;

beforeAll(async () => {
  server = await Server.create();
  await server.start();
  const spec = {
    name: MODEL,
    task: { type: "rank" },
    features: { action: { section: { op: "field", path: "section" } } },
    reward: { wait: "1m", default: 0, aggregate: "first" },
  };
  const deployed = await fetch(`${server.url}/v1/models/${MODEL}/versions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec }),
  });
  expect(deployed.status).toBe(201);
  site = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://x");
    const round = Number(searchParams.get("round"));
    if (pathname === "/report") {
      let body = "";
      for await (const chunk of request) body += chunk;
      reports.push(JSON.parse(body));
    } else if (pathname === "/go") await until("both to be prerendered", () => (isPrerendered(round) ? true : null));
    else return void response.writeHead(200, { "content-type": "text/html" }).end(html(pathname.slice(1), round));
    response.end();
  }).listen(0, "localhost");
  await once(site, "listening");
});
afterAll(async () => {
  site?.closeAllConnections();
  site?.close();
  await server?.remove();
});

/**
 * Each page decides, and says so. `first` goes to `next` when that and `never` were prerendered, and `next`, once it is seen, to the `first` of the next round. `left` goes to `other`, which goes back;
 * then it decides once more.
 */
const html = (name: string, round: number) => `<!doctype html><html lang="en"><title>${name}</title>
<script src="${server.url}/sdk.js"></script>
${name === "first" ? `<script type="speculationrules">{"prerender":[{"urls":["/next?round=${round}","/never?round=${round}"],"eagerness":"immediate"}]}</script>` : ""}
<script>
const client = edgewise.createClient();
const actions = ["world", "sport", "film"].map((id) => ({ id, features: { section: id } }));
const report = (page, id) =>
  fetch("/report", { method: "POST", body: JSON.stringify({ page, round: ${round}, id, prerendering: !!document.prerendering }) });
async function decide(page) {
  const { id } = await client.rank("${MODEL}", actions);
  // A prerendered page gets no lock, and sends nothing before it is seen.
  if (!document.prerendering) await client.flush();
  await report(page, id);
}
const ready = document.prerendering ? Promise.resolve() : client.ready("${MODEL}", { timeout: 20000 });
const decided = ready.then(() => decide("${name}"));
const goOn = (page) => ${round + 1 < ROUNDS} ? location.href = page + "?round=${round + 1}" : report("end", "");
const pages = {
  first: () => decided.then(() => fetch("/go?round=${round}")).then(() => location.href = "/next?round=${round}"),
  next: () => document.addEventListener("prerenderingchange", async () => {
    await decided;
    await new Promise((resolve) => setTimeout(resolve, 200));
    await client.flush();
    goOn("/first");
  }),
  never: () => {},
  left: () => {
    decided.then(() => location.href = "/other?round=${round}");
    addEventListener("pageshow", ({ persisted }) => persisted && decide("back").then(() => goOn("/left")));
  },
  other: () => decided.then(() => history.back()),
};
pages.${name}();
</script>`;

/** Has a browser go through all rounds from a page on. @returns what its pages reported. */
async function browse(page: string): Promise<Report[]> {
  reports.length = 0;
  const { port } = site.address() as AddressInfo;
  const profile = mkdtempSync(join(tmpdir(), "edgewise-profile-"));
  const options = ["--headless=new", `--user-data-dir=${profile}`, ...chromiumArgs];
  const browser = spawn(chromiumPath(), [...options, `http://localhost:${port}/${page}?round=0`], { stdio: "ignore" });
  try {
    await until("the last page", () => (of("end").length > 0 ? true : null), 90_000);
    return reports.filter(({ id }) => id !== "");
  } finally {
    const ended = once(browser, "exit");
    browser.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 3, retryDelay: 200 });
  }
}

const logged = async () => (await readLogs(server.url)).filter(({ model }) => model === MODEL);
/** What is expected to be there once of each. */
const each = (seen: readonly Report[]) => new Map(seen.map(({ id }) => [id, 1]));

test(`${ROUNDS} pages that were prerendered count once they are seen, and ${ROUNDS} that nobody saw never`, async () => {
  const seen = await browse("first");
  const [first, next, never] = ["first", "next", "never"].map((name) => seen.filter(({ page }) => page === name));
  expect([first!.length, next!.length, never!.length]).toEqual([ROUNDS, ROUNDS, ROUNDS]);
  expect([...next!, ...never!].every(({ prerendering }) => prerendering)).toBe(true);
  expect(each(seen).size).toBe(3 * ROUNDS);
  const rows = await logged();
  const decisions = countById(rows, "decision");
  for (const { id } of [...first!, ...next!]) expect([id, decisions.get(id)]).toEqual([id, 1]);
  // What was never seen may still wait in the browser.
  for (const { id } of never!) expect(decisions.get(id) ?? 1).toBe(1);
  expect(countById(rows, "activation")).toEqual(each(next!));
});

test(`${ROUNDS} pages that were set aside go on where they were: one decision a call`, async () => {
  const before = new Set((await logged()).map(({ id }) => id));
  const seen = await browse("left");
  for (const name of ["left", "other", "back"])
    expect([name, seen.filter(({ page }) => page === name).length]).toEqual([name, ROUNDS]);
  expect(each(seen).size).toBe(3 * ROUNDS);
  const rows = (await logged()).filter(({ id }) => !before.has(id));
  expect(countById(rows, "decision")).toEqual(each(seen));
  expect(countById(rows, "activation").size).toBe(0);
});
