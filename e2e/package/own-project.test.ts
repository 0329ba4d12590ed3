import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { chromiumArgs, chromiumPath } from "../../scripts/chromium.ts";
import { freePort } from "../../scripts/free-port.ts";
import { until } from "../until.ts";

/**
 * A project of one's own, from nothing, with what is in the tarball. Its tools are this checkout's, so that no network is needed; with `OWN_PROJECT=registry` they are installed as its
 * package.json says.
 */

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "edgewise-own-"));
const project = join(folder, "my-shop");
const edgewise = join(project, "node_modules/.bin/edgewise");
const env = {
  ...process.env,
  // As npm has it: the tools of the project, and the Node of this one.
  PATH: [join(project, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
  WRANGLER_SEND_METRICS: "false",
  // Vitest's.
  NODE_ENV: undefined,
};
let browser: Browser;
let dev: ChildProcess | null = null;
let output = "";

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
});
afterAll(async () => {
  await browser?.close();
  await stopDev();
  rmSync(folder, { recursive: true, force: true });
});

function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? error}: ${stdout}${stderr}`);
  return stdout + stderr;
}

/** @returns its port. */
async function startDev(): Promise<number> {
  const port = await freePort();
  output = "";
  dev = spawn(edgewise, ["dev", "--port", String(port)], { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [dev.stdout!, dev.stderr!])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  await says("Ctrl-C stops it");
  return port;
}

const says = (text: string) =>
  until(
    `dev to say ${text}`,
    () => {
      if (dev?.exitCode !== null) throw new Error(output);
      return output.includes(text) ? true : null;
    },
    100_000,
  );

async function stopDev(): Promise<void> {
  if (dev === null || dev.exitCode !== null) return;
  const ended = once(dev, "exit");
  dev.kill("SIGINT");
  await ended;
  dev = null;
}

test("from nothing: init, install, types, tests", async () => {
  const { folder: made, tarball } = inject("package");
  run(folder, process.execPath, join(made, "cli/start.js"), "init", "my-shop");
  if (process.env.OWN_PROJECT === "registry") run(project, "npm", "install", "--prefer-offline", tarball);
  else linkTools(tarball);
  const written = readFileSync(join(project, "edgewise-models.d.ts"), "utf8");
  run(project, "npm", "run", "types");
  expect(readFileSync(join(project, "edgewise-models.d.ts"), "utf8")).toBe(written);
  expect(run(project, "npm", "test")).toMatch(/pass 2/);
});

/** The package from its tarball, and beside it what the project would install. */
function linkTools(tarball: string): void {
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "edgewise"), { recursive: true });
  run(modules, "tar", "-xzf", tarball, "--strip-components=1", "-C", "edgewise");
  const { devDependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
  for (const name of Object.keys(devDependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "dir");
  }
  mkdirSync(join(modules, ".bin"));
  for (const bin of ["tsc", "vite", "wrangler"])
    symlinkSync(join(root, "node_modules/.bin", bin), join(modules, ".bin", bin));
  symlinkSync("../edgewise/cli/start.js", join(modules, ".bin/edgewise"));
}

test("dev serves it: its page decides, learns what is wanted, and takes a changed spec", async () => {
  const port = await startDev();
  expect(output).toContain("my-shop@1 is live");

  const problems: string[] = [];
  const open = async (path: string) => {
    const opened = await browser.newPage();
    opened.on("pageerror", (error) => problems.push(String(error)));
    await opened.goto(`http://localhost:${port}${path}`);
    return opened;
  };
  const operators = await open("/console/");
  await operators.getByText("my-shop").first().waitFor();
  await operators.close();
  const sdk = await (await fetch(`http://localhost:${port}/sdk.js`)).text();
  expect(sdk, "the client that warns").toContain("Is one of the two wrong?");

  const page = await open("/");
  const reason = () => page.locator("#reason").textContent();
  /** Wants tea, and nothing else. */
  const answer = async (): Promise<string> => {
    // The buttons rest until the next offer is there.
    await page.locator("#yes:enabled").waitFor();
    const offer = (await page.locator("#title").getAttribute("data-offer"))!;
    await page.locator(offer === "tea" ? "#yes" : "#no").click();
    return offer;
  };
  // Until the model is here, the list's own order is the answer, and nothing is learned from it.
  await until("a decision of the model", async () => {
    if ((await reason())?.includes("my-shop@1")) return true;
    await answer();
    return null;
  });
  const offers: string[] = [];
  for (let n = 0; n < 40; n++) {
    offers.push(await answer());
  }
  await until("tea to be the likely one", async () => {
    const probability = Number(/[\d.]+$/.exec((await reason())!)![0]);
    return (await answer()) === "tea" && probability > 0.6 ? true : null;
  });
  expect(new Set(offers).size, "at first all are tried").toBe(3);

  const spec = join(project, "models/my-shop.ts");
  const text = readFileSync(spec, "utf8");
  writeFileSync(spec, text.replace('aggregate: "first"', 'aggregate: "fist"'));
  await says("aggregate");
  writeFileSync(spec, text.replace('kind: field("kind") }', 'kind: field("kind"), size: field("size") }'));
  await says("Deployed as my-shop@2");
  await until("its types", async () =>
    readFileSync(join(project, "edgewise-models.d.ts"), "utf8").includes('"size"') ? true : null,
  );
  expect(run(project, edgewise, "deploy", "--url", `http://localhost:${port}`)).toContain("Known as my-shop@2");
  // The open page follows, without a reload.
  await until("the page to decide by version 2", async () => {
    await answer();
    return (await reason())!.includes("my-shop@2") ? true : null;
  });
  expect(problems).toEqual([]);
  await page.close();
  await stopDev();
});

test("what was learned is there when it is served again", async () => {
  await startDev();
  expect(output).toContain("Known as my-shop@2");
  const second = spawnSync(edgewise, ["dev", "--port", String(await freePort())], {
    cwd: project,
    env,
    encoding: "utf8",
  });
  expect(second.status).toBe(1);
  expect(second.stderr).toContain("is in use by the server at");
  await stopDev();
});

test("Cloudflare would take it as it is", () => {
  expect(run(project, "npm", "run", "build")).toContain("Beside the page: /console/ and /sdk.js");
  for (const file of ["index.html", "console/index.html", "sdk.js"])
    expect(existsSync(join(project, "dist", file)), file).toBe(true);
  expect(readFileSync(join(project, "dist/sdk.js"), "utf8")).not.toContain("Is one of the two wrong?");
  const said = run(project, "wrangler", "deploy", "--dry-run");
  expect(said).toContain("--dry-run: exiting now.");
  expect(said).not.toMatch(/warning|error/i);
  expect(said).toContain("my-shop-artifacts");
});
