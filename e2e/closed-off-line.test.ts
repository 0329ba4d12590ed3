import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import type { Manifest } from "../shared/contract/manifest.ts";
import type { RankDecision } from "../shared/contract/record.ts";
import { FaultProxy } from "../web/client/testing/server/fault-proxy.ts";
import { readLogs } from "./partition-logs.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";

/** Browsers that are off line, closed, and opened again, of visitors who decide and click all the while: what becomes of it at the edge. The network is cut by ending who listens, and by telling the browser. */

/** Decisions off line, each with its feedback. */
const COUNT = 100;
/** What the model has learned before. */
const TAUGHT = 20;

type Made = { id: string; chosen: string; propensity: number; model: string; reason?: string };
type Status = { online: boolean; pending: number; storage: string; lost: number };

let server: Server;
let edge: FaultProxy;
let site: HttpServer;
let origin: string;
let model = "";
const folder = mkdtempSync(join(tmpdir(), "edgewise-off-line-"));
let profiles = 0;
let profile = "";
let context: BrowserContext | undefined;

beforeAll(async () => {
  server = await Server.create();
  await server.start();
  edge = new FaultProxy(server.url);
  await edge.start();
  const sdk = await (await fetch(`${server.url}/sdk.js`)).text();
  const worker = readFileSync(resolve(import.meta.dirname, "../examples/service-worker/public/sw.js"));
  site = createServer(({ url }, response) => {
    const [type, body] =
      url === "/sdk.js" ? ["javascript", sdk] : url === "/sw.js" ? ["javascript", worker] : ["html", html()];
    response.writeHead(200, { "content-type": `text/${type}` }).end(body);
  });
  await listen(0);
  origin = `http://localhost:${(site.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await context?.close();
});
afterAll(async () => {
  await edge?.stop();
  site?.close();
  await server?.remove();
  rmSync(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 200 });
});

const listen = (port: number) => new Promise<void>((done) => site.listen(port, "localhost", done));

const html = () => `<!doctype html><html lang="en"><title>Shop</title><script src="/sdk.js"></script><script>
navigator.serviceWorker.register("/sw.js");
const client = edgewise.createClient({ endpoint: "${edge.endpoint}" });
const actions = ["apple", "banana", "cherry"].map((id) => ({ id, features: { kind: id } }));
async function decide(count) {
  const made = [];
  for (let n = 0; n < count; n++) {
    const decision = await client.rank("${model}", actions);
    await decision.reward(Number(decision.chosen === "banana"));
    const { id, chosen, reason, ranking: [{ probability }] } = decision;
    made.push({ id, chosen, reason, model: decision.model, propensity: probability });
  }
  return made;
}
</script>`;

async function openBrowser(isOnLine: boolean, before?: string): Promise<BrowserContext> {
  const options = { executablePath: chromiumPath(), args: chromiumArgs };
  context = await chromium.launchPersistentContext(profile, options);
  if (before) await context.addInitScript(before);
  await context.setOffline(!isOnLine);
  return context;
}

async function openPage(): Promise<Page> {
  const page = await context!.newPage();
  await page.goto(`${origin}/`);
  return page;
}

async function close(): Promise<void> {
  await context!.close();
  context = undefined;
}

async function cut(): Promise<void> {
  await edge.stop();
  const closed = new Promise((done) => site.close(done));
  site.closeAllConnections();
  await closed;
  await context?.setOffline(true);
}

async function mend(): Promise<void> {
  await listen(Number(new URL(origin).port));
  await edge.start();
  await context?.setOffline(false);
}

const decide = (page: Page, count: number) => page.evaluate(`decide(${count})`) as Promise<Made[]>;
const status = (page: Page) => page.evaluate("client.status()") as Promise<Status>;
const manifest = async () => (await (await fetch(`${server.url}/v1/models/${model}`)).json()) as Manifest;

async function allSent(page: Page): Promise<void> {
  await until("all to be sent", async () => {
    await page.evaluate("client.flush().catch(() => {})");
    return (await status(page)).pending === 0 ? true : null;
  });
}

/** A visitor of a model that has learned a little, who has been here before: his browser has the page and the model. */
async function visited(): Promise<void> {
  model = `shop-${++profiles}`;
  profile = join(folder, model);
  const spec = {
    name: model,
    task: { type: "rank" },
    features: { action: { kind: { op: "field", path: "kind" } } },
    reward: { wait: "1m", default: null, aggregate: "first" },
  };
  const deployed = await fetch(`${server.url}/v1/models/${model}/versions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ spec }),
  });
  expect(deployed.status).toBe(201);
  await openBrowser(true);
  const page = await openPage();
  await page.evaluate(`client.ready("${model}", { timeout: 20000 })`);
  await decide(page, TAUGHT);
  await allSent(page);
  await until("what it did to be learned", async () => ((await manifest()).examples === TAUGHT ? true : null));
  await page.evaluate("navigator.serviceWorker.ready.then(() => {})");
  // Its scripts pass the service worker from the second time on, and the page begins with the newest snapshot.
  await page.reload();
  const newest = (await manifest()).snapshot.number;
  await until("the page to have it", async () => {
    const [{ model: label }] = (await page.evaluate(`[client.peek("${model}", actions)]`)) as [{ model: string }];
    return Number(label.split(".").at(-1)) >= newest ? true : null;
  });
  await close();
}

/** What the log has of this model, by its kind and then by the decision it is of. */
async function logged() {
  const rows = (await readLogs(server.url)).filter((row) => row.model === model);
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  return { decisions: of("decision"), feedback: of("feedback") };
}

/** Each of these came once, with its feedback, as it was made; and what came is learned. */
async function arrivedOnce(made: readonly Made[], before: number): Promise<void> {
  const { decisions, feedback } = await logged();
  const ids = made.map(({ id }) => id).sort();
  const known = new Map(made.map((one) => [one.id, one]));
  const ours = decisions.filter(({ id }) => known.has(id));
  expect(ours.map(({ id }) => id).sort()).toEqual(ids);
  expect(feedback.flatMap(({ id }) => (known.has(id) ? id : [])).sort()).toEqual(ids);
  for (const { id, record } of ours) {
    const { actions, probabilities, chosen } = JSON.parse(record!) as RankDecision;
    const { chosen: shown, propensity } = known.get(id)!;
    expect([id, actions[chosen]!.id, probabilities[chosen]]).toEqual([id, shown, propensity]);
  }
  expect(decisions).toHaveLength(before + made.length);
  await until("all to be learned", async () => ((await manifest()).examples === decisions.length ? true : null));
  // What does not agree with what the edge computes is not learned.
  expect(await metric("edgewise_dead_letters_total")).toBe(0);
}

async function metric(name: string): Promise<number> {
  const lines = (await (await fetch(`${server.url}/metrics`)).text()).split("\n");
  const values = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

function decidedByModel(made: readonly Made[]): void {
  expect(new Set(made.map(({ id }) => id)).size).toBe(COUNT);
  for (const { reason, model: label } of made) {
    expect(reason).toBeUndefined();
    expect(label).toMatch(new RegExp(`^${model}@1\\.[1-9]`));
  }
}

test(`a browser that is opened off line, decides ${COUNT} times, is closed, and opened on line: each arrives once`, async () => {
  await visited();
  await cut();
  await openBrowser(false);
  const page = await openPage();
  const made = await decide(page, COUNT);
  decidedByModel(made);
  expect(await status(page)).toMatchObject({ online: false, pending: 2 * COUNT, storage: "stored", lost: 0 });
  await close();
  await mend();
  await openBrowser(true);
  await allSent(await openPage());
  await arrivedOnce(made, TAUGHT);
});

test("the same with two tabs", async () => {
  await visited();
  await cut();
  await openBrowser(false);
  const tabs = [await openPage(), await openPage()];
  const made = (await Promise.all(tabs.map((tab) => decide(tab, COUNT / 2)))).flat();
  decidedByModel(made);
  await close();
  await mend();
  await openBrowser(true);
  for (const tab of [await openPage(), await openPage()]) await allSent(tab);
  await arrivedOnce(made, TAUGHT);
});

test("where storage has no room for more, what is made goes out when the network is back, once, and what had found room before", async () => {
  await visited();
  await cut();
  await openBrowser(false);
  const first = await decide(await openPage(), COUNT / 4);
  await close();

  await openBrowser(false);
  // Before there is a page: a browser that has looked how much room there is goes by that for half a minute.
  const cdp = await context!.newCDPSession(await context!.newPage());
  const { usage } = await cdp.send("Storage.getUsageAndQuota", { origin });
  await cdp.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: usage });
  const page = await openPage();
  const rest = await decide(page, (3 * COUNT) / 4);
  decidedByModel([...first, ...rest]);
  expect(await status(page)).toMatchObject({ storage: "full", lost: 0, pending: 2 * COUNT });
  await mend();
  await allSent(page);
  await arrivedOnce([...first, ...rest], TAUGHT);

  await cut();
  const later = await decide(page, COUNT / 4);
  await cdp.send("Storage.overrideQuotaForOrigin", { origin });
  await close();
  await mend();
  await openBrowser(true);
  await allSent(await openPage());
  const arrived = new Set((await logged()).decisions.map(({ id }) => id));
  await arrivedOnce(
    later.filter(({ id }) => arrived.has(id)),
    TAUGHT + COUNT,
  );
});

test("where IndexedDB is denied, what is made goes out when the network is back, once, and nothing of it later", async () => {
  await visited();
  await cut();
  await openBrowser(false, `IDBFactory.prototype.open = () => { throw new DOMException("as if", "SecurityError"); }`);
  const page = await openPage();
  const made = await decide(page, COUNT);
  decidedByModel(made);
  expect(await status(page)).toMatchObject({ storage: "memory", lost: 0, pending: 2 * COUNT });
  await mend();
  await allSent(page);
  await arrivedOnce(made, TAUGHT);
  await close();
  await openBrowser(true);
  await allSent(await openPage());
  await arrivedOnce(made, TAUGHT);
});
