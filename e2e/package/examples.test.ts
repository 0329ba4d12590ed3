import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build as esbuild } from "esbuild";
import { type Browser, chromium, type Page } from "playwright";
import { build as vite } from "vite";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { chromiumArgs, chromiumPath } from "../../scripts/chromium.ts";
import { accessibilityProblems } from "../axe.ts";
import { countById, readLogs } from "../partition-logs.ts";
import { Server } from "../server.ts";
import { until } from "../until.ts";

/** The examples as whoever copies one has them: outside this checkout, with the package as it is published. */

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "edgewise-examples-"));
const examples = join(folder, "examples");
let server: Server;
let browser: Browser;

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: examples, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? error}: ${stdout}${stderr}`);
  return stdout;
}

beforeAll(async () => {
  server = await Server.create();
  await server.start();
  cpSync(join(root, "examples"), examples, { recursive: true });
  for (const file of readdirSync(examples, { recursive: true, encoding: "utf8" }))
    if (/\.(html|tsx?)$/.test(file)) {
      const text = readFileSync(join(examples, file), "utf8");
      writeFileSync(join(examples, file), text.replaceAll("http://localhost:8787", server.url));
    }
  const modules = join(folder, "node_modules");
  cpSync(inject("package").folder, join(modules, "edgewise"), { recursive: true });
  for (const name of ["@types/react", "@types/react-dom", "hono", "react", "react-dom"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "dir");
  }
  run(process.execPath, join(modules, "edgewise/cli/start.js"), "deploy", "offers.ts", "--url", server.url);
  browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Serves files of a folder, and what else `answer` has. */
async function serve(dist: string, answer?: (request: Request) => Response | Promise<Response>): Promise<Site> {
  const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
  const http = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, "http://x");
    try {
      const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
      const body = readFileSync(join(dist, path));
      return void response.writeHead(200, { "content-type": types[extname(path)] ?? "text/plain" }).end(body);
    } catch {}
    const headers = new Headers(request.headers.cookie ? { cookie: request.headers.cookie } : {});
    const answered = await answer?.(new Request(`http://localhost${request.url}`, { headers }));
    response.writeHead(answered?.status ?? 404, Object.fromEntries(answered?.headers ?? []));
    response.end(await answered?.text());
  }).listen(0, "localhost");
  await once(http, "listening");
  return { http, url: `http://localhost:${(http.address() as AddressInfo).port}/` };
}
type Site = { http: HttpServer; url: string };

/** A page that is open, and what went wrong in it. */
async function open(url: string): Promise<{ page: Page; problems: string[] }> {
  const page = await (await browser.newContext()).newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(url);
  return { page, problems };
}

/** Clicks until the model decides, and once more. */
async function decidesAndTells(page: Page): Promise<void> {
  await until("the model to decide", async () => {
    if ((await page.locator("#why").textContent())?.includes("offers@1.")) return true;
    await page.locator("#yes").click();
    return null;
  });
  const before = await feedback();
  await page.locator("#yes").click();
  await until("the feedback to arrive", async () => ((await feedback()) > before ? true : null));
}
const feedback = async () => countById(await readLogs(server.url), "feedback").size;

test("they compile, with the package's types", () => {
  run(join(root, "node_modules/.bin/tsc"), "-p", ".");
});

test("plain HTML", async () => {
  const site = await serve(join(examples, "plain-html"));
  const { page, problems } = await open(site.url);
  await decidesAndTells(page);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(problems).toEqual([]);
  await page.context().close();
  site.http.close();
});

/** As its package.json builds it, for visitors or for whoever develops it. */
async function built(name: string, mode: "production" | "development" = "production"): Promise<string> {
  const [at, outDir] = [join(examples, name), mode === "production" ? "dist" : mode];
  // Vitest says "test".
  vi.stubEnv("NODE_ENV", mode);
  await vite({ root: at, mode, logLevel: "error", build: { outDir } });
  vi.unstubAllEnvs();
  return join(at, outDir);
}

test.each(["vite", "react"])("%s", async (name) => {
  const site = await serve(await built(name));
  const { page, problems } = await open(site.url);
  await decidesAndTells(page);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(problems).toEqual([]);
  await page.context().close();
  site.http.close();
});

test("vite: while it is developed, the overlay shows how it decides, on a phone and a desk, light and dark", async () => {
  const site = await serve(await built("vite", "development"));
  const { page, problems } = await open(`${site.url}?edgewise`);
  await decidesAndTells(page);
  await page.getByRole("button", { name: "Edgewise" }).click();
  await page.locator("[data-action] .reasons").first().waitFor({ state: "attached" });
  for (const details of await page.locator("[data-action] details").all())
    await details.evaluate((element: HTMLDetailsElement) => {
      element.open = true;
    });
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(problems).toEqual([]);
  await page.context().close();
  site.http.close();
});

test("vite: a page that was here before decides at once, with the edge gone", async () => {
  const site = await serve(join(examples, "vite/dist"));
  const { page } = await open(site.url);
  await decidesAndTells(page);
  // The edge is not there to be asked.
  await page.route(`${server.url}/**`, (route) => route.abort());
  await page.reload();
  expect(await page.locator("#why").textContent()).toContain("offers@1.");
  await page.context().close();
  site.http.close();
});

test("Hono: the page goes on with what the server decided", async () => {
  const at = join(examples, "hono-ssr");
  await esbuild({
    entryPoints: [join(at, "client.ts")],
    bundle: true,
    format: "esm",
    outfile: join(at, "public/client.js"),
    logLevel: "error",
  });
  const { default: app } = (await import(pathToFileURL(join(at, "server.ts")).href)) as {
    default: { fetch(request: Request): Response | Promise<Response> };
  };
  const site = await serve(join(at, "public"), (request) => app.fetch(request));
  const { page, problems } = await open(site.url);
  // Where the edge did not answer its server in time, the order of the list is shown, and says so.
  await until("the model to decide for the server", async () => {
    const why = await page.locator("#why").textContent();
    if (why?.includes("offers@1.")) return true;
    expect(why).toContain("timeout");
    await page.reload();
    return null;
  });
  await page.waitForFunction(() => document.body.dataset.decision === "the server's");
  expect(await accessibilityProblems(page)).toEqual([]);
  const { id } = await page.evaluate(() => JSON.parse(document.querySelector("#state")!.textContent!).decision);
  await page.locator("#yes").click();
  for (const kind of ["decision", "activation", "feedback"] as const)
    await until(`one ${kind}`, async () => (countById(await readLogs(server.url), kind).get(id) === 1 ? true : null));
  expect(problems).toEqual([]);
  await page.context().close();
  site.http.close();
});

test("service worker: opens, decides and takes feedback off line, and all of it arrives", async () => {
  const site = await serve(await built("service-worker"));
  const { page } = await open(site.url);
  await decidesAndTells(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
  // Its scripts pass the service worker from the second time on.
  await page.reload();
  await decidesAndTells(page);
  const before = await feedback();
  await page.context().setOffline(true);
  await page.reload();
  await page.waitForFunction(() => document.querySelector("#why")!.textContent!.includes("offers@1."));
  for (let n = 0; n < 3; n++) await page.locator("#yes").click();
  expect(await feedback()).toBe(before);
  await page.context().setOffline(false);
  await until("the feedback to arrive", async () => ((await feedback()) >= before + 1 ? true : null));
  await page.context().close();
  site.http.close();
});
