import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { type Browser, chromium, type Frame, type Page } from "playwright";
import { rollup } from "rollup";
import { build as vite, createServer as viteServer } from "vite";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import webpack from "webpack";
import { chromiumArgs, chromiumPath } from "../../scripts/chromium.ts";
import { sumsGraph } from "../../web/client/testing/models.ts";
import { Server } from "../server.ts";

/** The package as npm's users have it: from its tarball, in a project of their own, with their bundler, in a page of another origin than the edge's. */

const root = resolve(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "edgewise-package-"));
const project = join(folder, "project");
let server: Server;
let browser: Browser;
let site: HttpServer;
/** What the site serves. */
let served = "";
/** Its Content-Security-Policy. */
let policy: string | undefined;
/** What else it says of its pages and scripts. */
let more: Record<string, string> = {};

const npm = (cwd: string, ...args: string[]) => run(cwd, "npm", ...args);
function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? error}: ${stdout}${stderr}`);
  return stdout;
}

/** A page's script: decides with a model that has a graph, and says with what. */
const script = (url: string) => `
import { createClient } from "edgewise";
const client = createClient({ endpoint: "${url}", graphs: () => import("edgewise/graph") });
const actions = [{ id: "a", features: { content: [1, 2] } }, { id: "b", features: { content: [2, 2] } }];
window.decide = async () => {
  const { chosen, computedBy } = await client.rank("graphed", actions);
  await client.flush();
  return { chosen, runtime: computedBy.runtime };
};
`;

const spec = `
import { defineModel, epsilonGreedy, rank, vector } from "edgewise/define";
export default defineModel({
  name: "graphed",
  task: rank(),
  features: { action: { content: vector("content", 2) } },
  reward: { wait: "1m", default: null, aggregate: "first" },
  policy: epsilonGreedy({ epsilon: 0.1 }),
  graph: "./sums.onnx",
});
`;

beforeAll(async () => {
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "site", private: true, type: "module" }));
  npm(project, "install", "--offline", "--no-audit", "--no-fund", "--omit=peer", inject("package").tarball);
  symlinkSync(join(root, "node_modules/onnxruntime-web"), join(project, "node_modules/onnxruntime-web"), "dir");
  server = await Server.create();
  await server.start();
  writeFileSync(join(project, "main.js"), script(server.url));
  writeFileSync(join(project, "index.html"), '<!doctype html><script type="module" src="./main.js"></script>');
  writeFileSync(join(project, "spec.ts"), spec);
  writeFileSync(join(project, "sums.onnx"), sumsGraph());
  browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
  const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
  site = createServer((request, response) => {
    const path = join(served, request.url === "/" ? "index.html" : request.url!.split("?")[0]!);
    let body: Buffer;
    try {
      body = readFileSync(path);
    } catch {
      return void response.writeHead(404).end();
    }
    const headers = { "content-type": types[extname(path)] ?? "application/octet-stream" };
    response.writeHead(200, { ...headers, ...(policy && { "content-security-policy": policy }), ...more }).end(body);
  }).listen(0);
  await once(site, "listening");
});
afterEach(() => {
  policy = undefined;
  more = {};
});
afterAll(async () => {
  await browser?.close();
  site?.close();
  await server?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const origin = () => `http://localhost:${(site.address() as AddressInfo).port}`;

/** Opens what was built into a folder. */
async function open(dist: string): Promise<{ page: Page; said: string[] }> {
  served = dist;
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(`${origin()}/`);
  await page.waitForFunction(() => "decide" in globalThis);
  return { page, said };
}

type Decided = { chosen: string; runtime: string };
const decide = (page: Page | Frame) =>
  page.evaluate(() => (globalThis as unknown as { decide(): Promise<Decided> }).decide());

const edgewise = (...args: string[]) => run(project, process.execPath, "node_modules/edgewise/cli/start.js", ...args);

test("the tarball has what a page needs, and nothing else", () => {
  const inside = join(project, "node_modules/edgewise");
  const files = readdirSync(inside, { recursive: true, encoding: "utf8" }).sort();
  expect(files).toEqual(
    expect.arrayContaining(["LICENSE", "README.md", "THIRD-PARTY-LICENSES.txt", "index.js", "index.d.ts"]),
  );
  const ours = /test|bench|demo|\.ts$/;
  // `edgewise/testing` is for the tests of others, and what `edgewise init` writes is theirs.
  const theirs = /^testing\.js(\.map)?$|\.d\.ts$|^cli\/template\//;
  expect(files.filter((file) => ours.test(file) && !theirs.test(file))).toEqual([]);
  expect(readdirSync(join(project, "node_modules")).sort()).toEqual([
    ".bin",
    ".package-lock.json",
    "edgewise",
    "onnxruntime-web",
  ]);
});

test("publint and attw find nothing wrong", () => {
  const inside = inject("package").folder;
  const bin = (name: string) => join(root, "node_modules/.bin", name);
  expect(run(inside, bin("publint"), "--strict")).toContain("All good!");
  run(inside, bin("attw"), "--pack", ".", "--profile", "esm-only");
});

test("whoever imports it on a server is told what to do, by any Node that is in use", () => {
  const code =
    "import('edgewise').then(({ createClient }) => createClient()).catch((error) => console.log(error.message))";
  expect(run(project, process.execPath, "-e", code)).toContain("there is no page here");
});

test("the types need nothing else, and say what is wrong", () => {
  writeFileSync(
    join(project, "typed.ts"),
    `import { createClient, type Decision } from "edgewise";
const client = createClient({ graphs: () => import("edgewise/graph") });
const decision: Decision = await client.rank("home", [{ id: "a", features: { n: 1, of: ["x"] } }]);
decision.chosen satisfies string;
// @ts-expect-error
await client.rank("home", [{ name: "a" }]);
// @ts-expect-error
createClient({ endpont: "/" });
`,
  );
  const options = ["--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"];
  run(
    project,
    join(root, "node_modules/.bin/tsc"),
    ...options,
    "--skipLibCheck",
    "false",
    "--types",
    "node",
    "--typeRoots",
    join(root, "node_modules/@types"),
    "typed.ts",
    "spec.ts",
  );
});

test("bindings are typed, and can be imported where there is no page", () => {
  const linked = [
    "react",
    "vue",
    "@openfeature/core",
    "@openfeature/web-sdk",
    "@openfeature/server-sdk",
    "@types/react",
  ];
  for (const name of linked) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name), "dir");
  }
  writeFileSync(
    join(project, "bindings.ts"),
    `import { createClient } from "edgewise";
import { defineRankElement } from "edgewise/element";
import { EdgewiseServerProvider, EdgewiseWebProvider } from "edgewise/openfeature";
import { EdgewiseProvider, useRank } from "edgewise/react";
import "edgewise/operators";
import "edgewise/scorers";
import { segmentPlugin } from "edgewise/segment";
import { createServerClient } from "edgewise/server";
import { createTestClient } from "edgewise/testing";
import { edgewise, useRank as useVueRank } from "edgewise/vue";
import { OpenFeature as Server } from "@openfeature/server-sdk";
import { OpenFeature as Web } from "@openfeature/web-sdk";
const films = [{ id: "a", title: "A", features: { n: 1 } }];
export async function all() {
  const server = createServerClient({ endpoint: "https://learn.example.com" });
  const decision = await server.rank("home", films, { unit: "u", deferred: true });
  const client = createClient({ decisions: [decision], models: await server.startingModels(["home"]) });
  Web.setProvider(new EdgewiseWebProvider(client, { feedback: { bought: { flags: ["home"] } } }));
  Server.setProvider(new EdgewiseServerProvider(server));
  segmentPlugin(createTestClient({ choices: { home: "a" } }), { events: { Viewed: { type: "view" } } });
  defineRankElement(client);
  edgewise(client);
  EdgewiseProvider({ client });
  useVueRank("home", films).chosen.value.title satisfies string;
  // @ts-expect-error
  useVueRank("home", [{ title: "A" }]);
  return useRank("home", films).chosen.title satisfies string;
}
`,
  );
  const options = ["--strict", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"];
  const tsc = join(root, "node_modules/.bin/tsc");
  run(project, tsc, ...options, "--noEmit", "--skipLibCheck", "--lib", "es2024,dom", "--types", "react", "bindings.ts");
  const names = [
    "development",
    "overlay",
    "operators",
    "scorers",
    "server",
    "openfeature",
    "react",
    "vue",
    "element",
    "segment",
    "testing",
  ];
  const code = `await Promise.all(${JSON.stringify(names)}.map((name) => import("edgewise/" + name)));
    const { createTestClient } = await import("edgewise/testing");
    console.log(createTestClient().rankSync("home", [{ id: "a" }]).chosen);`;
  expect(run(project, process.execPath, "--input-type=module", "-e", code).trim()).toBe("a");
});

test("the command deploys a spec that is written with the package", () => {
  expect(edgewise("--help")).toContain("edgewise COMMAND");
  expect(edgewise("deploy", "spec.ts", "--url", server.url, "--wait", "--timeout", "30s")).toContain(
    "graphed@1 is live",
  );
});

test("a Worker of one's own is the package's, with nothing to say of it", () => {
  writeFileSync(
    join(project, "worker.ts"),
    'export { default } from "edgewise/worker";\nexport * from "edgewise/worker";\n',
  );
  const config = readFileSync(join(root, "wrangler.toml"), "utf8")
    .replace('main = "edge/worker.ts"', 'main = "worker.ts"')
    .replace('directory = "dist/client"', 'directory = "assets"');
  writeFileSync(join(project, "wrangler.toml"), config);
  mkdirSync(join(project, "assets"));
  writeFileSync(join(project, "assets/index.html"), "<!doctype html>");
  const out = join(folder, "worker");
  const said = run(project, join(root, "node_modules/.bin/wrangler"), "deploy", "--dry-run", "--outdir", out);
  expect(said).toContain("--dry-run: exiting now.");
  expect(said).not.toMatch(/warning|error/i);
  for (const name of ["ArchiveReader", "Channel", "Observer", "Partition", "Registry", "Trainer"])
    expect(said).toContain(`(${name})`);
  // ONNX Runtime's WebAssembly is a module of the Worker, and not bytes, which workerd does not compile.
  expect(readdirSync(out).filter((file) => file.endsWith("-ort.wasm"))).toHaveLength(1);
  const types = readFileSync(join(project, "node_modules/edgewise/worker/worker.d.ts"), "utf8");
  const declared = [...types.matchAll(/export declare class (\w+)/g)].map(([, name]) => name);
  const bound = [...config.matchAll(/class_name = "(\w+)"/g)].map(([, name]) => name);
  expect(declared.sort()).toEqual(bound.sort());
});

/** How a page is built with a bundler's defaults, into `dist`. */
const bundlers: Record<string, (dist: string) => Promise<unknown>> = {
  Vite: async (dist) => {
    // Vitest says "test", which would be a build for development.
    vi.stubEnv("NODE_ENV", "production");
    await vite({ root: project, configFile: false, logLevel: "error", build: { outDir: dist, target: "es2022" } });
    vi.unstubAllEnvs();
  },
  webpack: (dist) =>
    new Promise<void>((done, failed) => {
      webpack(
        { mode: "production", context: project, entry: "./main.js", output: { path: dist, filename: "main.js" } },
        (error, stats) => {
          const problems = stats?.toJson({ all: false, errors: true, warnings: true });
          const found = [...(problems?.errors ?? []), ...(problems?.warnings ?? [])].filter(
            ({ message }) => !message.includes("size limit") && !message.includes("performance recommendations"),
          );
          if (error || found.length > 0) failed(error ?? new Error(found.map(({ message }) => message).join("\n")));
          else done();
        },
      );
    }).then(() => withIndex(dist)),
  esbuild: async (dist) => {
    await esbuild({
      absWorkingDir: project,
      entryPoints: ["main.js"],
      bundle: true,
      format: "esm",
      outdir: dist,
      logLevel: "error",
    });
    withIndex(dist);
  },
  Rollup: async (dist) => {
    const bundle = await rollup({ input: join(project, "main.js"), plugins: [nodeResolve({ browser: true })] });
    await bundle.write({ dir: dist, format: "es" });
    withIndex(dist);
  },
};
const withIndex = (dist: string) => cpSync(join(project, "index.html"), join(dist, "index.html"));

test.each(Object.keys(bundlers))("a page built with %s decides, with its graph when that is loaded", async (name) => {
  const dist = join(folder, name);
  await bundlers[name]!(dist);
  const { page, said } = await open(dist);
  expect(await decide(page)).toMatchObject({ chosen: expect.stringMatching(/^[ab]$/) });
  await expect.poll(async () => (await decide(page)).runtime, { timeout: 30_000 }).toBe("wasm");
  expect(said.filter((text) => text.includes("edgewise"))).toEqual([]);
  await page.close();
});

/** The same page with `/sdk.js` in place of the package. @returns where it is. */
function withoutBundler(name: string, module: string): string {
  const dist = join(folder, name);
  mkdirSync(dist);
  const code = module.replace(/import .*\n/, "").replace(/createClient\(.*\)/, "edgewise.createClient()");
  writeFileSync(
    join(dist, "index.html"),
    `<!doctype html><script src="${server.url}/sdk.js"></script><script>${code}</script>`,
  );
  return dist;
}

test("a page without a bundler has one file to load", async () => {
  const { page, said } = await open(withoutBundler("plain", script(server.url)));
  await expect.poll(async () => (await decide(page)).runtime, { timeout: 30_000 }).toBe("wasm");
  expect(said).toEqual([]);
  await page.close();
});

/** A page that gives its actions another name than the model has. */
const mistaken = (url: string) => script(url).replaceAll("content:", "contnet:");
const told =
  'edgewise: graphed: no feature reads "contnet" of actions; feature "content" reads "content" of actions, which no call gave. Is one of the two wrong?';

/** A page on a busy machine is told when it decides by the model, which may not be at its first call. */
const decideUntil = (page: Page, told: () => boolean) =>
  expect.poll(() => decide(page).then(told), { timeout: 30_000 }).toBe(true);

test("a page that is developed is told of its mistakes, by every bundler's own word for that, and visitors load nothing of it", async () => {
  writeFileSync(join(project, "mistaken.js"), mistaken(server.url));
  const dist = join(folder, "mistaken");
  await esbuild({
    absWorkingDir: project,
    entryPoints: ["mistaken.js"],
    bundle: true,
    format: "esm",
    conditions: ["development"],
    outfile: join(dist, "main.js"),
    logLevel: "error",
  });
  withIndex(dist);
  const { page, said } = await open(dist);
  await decideUntil(page, () => said.includes(told));
  expect(said.filter((text) => text.startsWith("edgewise"))).toEqual([told]);
  await page.close();
  const pack = (mode: "development" | "production") =>
    new Promise<string>((done) => {
      const output = { path: join(folder, mode), filename: "main.js" };
      webpack({ mode, devtool: false, context: project, entry: "./main.js", output }, () =>
        done(readFileSync(join(output.path, "main.js"), "utf8")),
      );
    });
  const development = "Is one of the two wrong?";
  expect((await pack("development")).includes(development)).toBe(true);
  expect((await pack("production")).includes(development)).toBe(false);
  const assets = readdirSync(join(folder, "Vite/assets"));
  const warning = assets.filter((name) =>
    readFileSync(join(folder, "Vite/assets", name), "latin1").includes(development),
  );
  expect(warning).toEqual([]);
});

test("pages of this machine get an SDK that tells them of their mistakes, and all others the one without", async () => {
  const { page, said } = await open(withoutBundler("plain-mistaken", mistaken(server.url)));
  await decideUntil(page, () => said.includes(told));
  await page.close();
  const sdk = async (referer?: string) => {
    const response = await fetch(`${server.url}/sdk.js`, { headers: { ...(referer && { referer }) } });
    return {
      cache: response.headers.get("cache-control"),
      warns: (await response.text()).includes("Is one of the two"),
    };
  };
  const ofVisitors = { cache: "public, max-age=600", warns: false };
  expect(await sdk()).toEqual(ofVisitors);
  expect(await sdk("https://shop.example/")).toEqual(ofVisitors);
  expect(await sdk("http://localhost.shop.example/")).toEqual(ofVisitors);
  expect(await sdk("http://127.0.0.1:5173/films")).toEqual({ cache: "no-cache", warns: true });
});

test("where a policy forbids WebAssembly, the page decides without the graph, says so once, and fetches nothing of it", async () => {
  const dist = join(folder, "Vite");
  policy = `script-src 'self'; connect-src 'self' ${server.url} ${server.url.replace("http", "ws")}`;
  const { page, said } = await open(dist);
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(request.url()));
  await decide(page);
  await expect
    .poll(() => said.filter((text) => text.includes("'wasm-unsafe-eval'")), { timeout: 30_000 })
    .toHaveLength(1);
  expect((await decide(page)).runtime).toBe("native");
  expect(fetched.filter((url) => url.endsWith(".wasm"))).toEqual([]);
  await page.close();
  policy = `script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${server.url} ${server.url.replace("http", "ws")}`;
  const allowed = await open(dist);
  await expect.poll(async () => (await decide(allowed.page)).runtime, { timeout: 30_000 }).toBe("wasm");
  await allowed.page.close();
});

/** Where a page may find itself: how it gets there, and by what it decides there in the end. */
type Environment = {
  policy?: () => string;
  headers?: Record<string, string>;
  at?: () => Promise<string>;
  runtime: "wasm" | "native";
};

/** The page, with scripts from another origin than its own, as from a CDN. */
async function fromCdn(): Promise<string> {
  const base = origin().replace("localhost", "127.0.0.1");
  const dist = join(folder, "cdn");
  await vite({
    root: project,
    base: `${base}/`,
    configFile: false,
    logLevel: "error",
    build: { outDir: dist, target: "es2022" },
  });
  return dist;
}
const all = { "access-control-allow-origin": "*" };
const connect = () => `connect-src 'self' ${server.url} ${server.url.replace("http", "ws")}`;
const environments: Record<string, Environment> = {
  "Trusted Types that let its policy be": {
    policy: () =>
      `require-trusted-types-for 'script'; trusted-types edgewise; script-src 'self' 'wasm-unsafe-eval' blob: ${server.url}; ${connect()}`,
    runtime: "wasm",
  },
  "Trusted Types that allow no policy": {
    policy: () =>
      `require-trusted-types-for 'script'; trusted-types 'none'; script-src 'self' 'wasm-unsafe-eval'; ${connect()}`,
    runtime: "native",
  },
  "scripts from another origin": { headers: all, at: fromCdn, runtime: "wasm" },
  "an isolated page (COOP, COEP)": {
    headers: { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" },
    runtime: "wasm",
  },
};

test.each(Object.entries(environments))("%s: it decides, by a graph where that may run", async (_, environment) => {
  served = (await environment.at?.()) ?? join(folder, "Vite");
  policy = environment.policy?.();
  more = environment.headers ?? {};
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(origin());
  await page.waitForFunction(() => "decide" in globalThis);
  expect(await decide(page)).toMatchObject({ chosen: expect.stringMatching(/^[ab]$/) });
  if (environment.runtime === "wasm")
    await expect.poll(async () => (await decide(page)).runtime, { timeout: 30_000 }).toBe("wasm");
  else expect((await decide(page)).runtime).toBe("native");
  expect(said).toEqual([]);
  await page.close();
});

test("a sandboxed frame is nobody's origin, which no edge lets in: that is all it says, and nothing of what the browser refuses it", async () => {
  served = join(folder, "Vite");
  writeFileSync(join(served, "frame.html"), '<!doctype html><iframe sandbox="allow-scripts" src="/"></iframe>');
  [policy, more] = [undefined, all];
  const page = await browser.newPage();
  const said: string[] = [];
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(`${origin()}/frame.html`);
  const frame = page.frames()[1]!;
  await frame.waitForFunction(() => "decide" in globalThis);
  // It decides, and what it sends cannot arrive.
  await expect(decide(frame)).rejects.toThrow(/the edge at .* cannot be reached/);
  expect(said).toEqual([]);
  await page.close();
});

test("Vite's own server needs no configuration", async () => {
  const dev = await viteServer({
    root: project,
    configFile: false,
    logLevel: "error",
    server: { host: "localhost", port: 0 },
  });
  await dev.listen();
  const page = await browser.newPage();
  await page.goto(dev.resolvedUrls!.local[0]!);
  // It may load the page anew when it has found what it consists of.
  await expect.poll(async () => (await decide(page).catch(() => null))?.runtime, { timeout: 60_000 }).toBe("wasm");
  await page.close();
  await dev.close();
});
