import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";
import { readLogs } from "./partition-logs.ts";
import { Server } from "./server.ts";
import { until } from "./until.ts";
import type { WebGpuPage } from "./webgpu-page.ts";

/** Graphs on WebGPU, in a Chromium that imitates a graphics processor (SwiftShader): it gives what one gives, many times slower. */

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await Server.create();
  await server.start();
  const args = [...chromiumArgs, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
  browser = await chromium.launch({ executablePath: chromiumPath(), args });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

test("a thousand decisions are the same with the graph in WebAssembly and on WebGPU", async () => {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/webgpu-page.ts`],
    ...{ bundle: true, format: "esm", platform: "browser", write: false, logLevel: "error" },
  });
  const page = await empty();
  await page.addScriptTag({ type: "module", content: outputFiles[0]!.text });
  await page.waitForFunction(() => "webGpuPage" in globalThis);
  const { furthest, ...choices } = await page.evaluate(
    (binaries) => (globalThis as unknown as { webGpuPage: WebGpuPage }).webGpuPage.compare(binaries, 1000),
    `${server.url}/sdk/${packageJson.version}`,
  );
  expect(choices).toEqual({ alike: 1000, other: 0 });
  expect(furthest).toBeLessThan(1e-5);
  await page.close();
});

test("a page whose graph is slow in WebAssembly goes on with WebGPU, and the edge takes what it decides", async () => {
  const { page, workers, said } = await visit({ wasm: 5000, webgpu: 0 });
  await expect.poll(() => decide(page), POLL).toBe("webgpu");
  // Several at once.
  expect(await Promise.all([decide(page), decide(page), decide(page)])).toEqual(["webgpu", "webgpu", "webgpu"]);
  expect(workers).toEqual(["graph-worker", "webgpu-worker"]);
  await until("the edge to have what was decided by WebGPU", async () => {
    const records = (await readLogs(server.url)).flatMap(({ record }) => (record ? [JSON.parse(record)] : []));
    return records.filter(({ computedBy }) => computedBy.runtime === "webgpu").length >= 4 || null;
  });
  expect(said).toEqual([]);
  await page.close();
});

test("where WebGPU is slower still, it stays with WebAssembly, and WebGPU's worker ends", async () => {
  const { page, workers, said } = await visit({ wasm: 5000, webgpu: 9000 });
  await expect.poll(async () => [await decide(page), workers.at(-1)], POLL).toEqual(["wasm", "ended"]);
  expect([await decide(page), workers]).toEqual(["wasm", ["graph-worker", "webgpu-worker", "ended"]]);
  expect(said).toEqual([]);
  await page.close();
});

test("where a graphics processor is only imitated nothing is fetched for it", async () => {
  const { page, workers, said } = await visit({ wasm: 5000, webgpu: 0 }, true);
  for (let n = 0; n < 10; n++) await decide(page);
  expect([await decide(page), workers]).toEqual(["wasm", ["graph-worker"]]);
  expect(said).toEqual([]);
  await page.close();
});

const POLL = { timeout: 60_000 };

/** A page of the edge's own origin, without scripts. */
async function empty(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${server.url}/openapi.json`);
  return page;
}

/**
 * A page with the client that decides with the demo's graph.
 * @param delays ms that each run takes longer, as its worker's clock has it. @param imitated whether Chromium says that the graphics processor is.
 */
async function visit(
  delays: { wasm: number; webgpu: number },
  imitated = false,
): Promise<{ page: Page; workers: string[]; said: string[] }> {
  const page = await empty();
  const workers: string[] = [];
  const said: string[] = [];
  page.on("console", (message) => {
    const text = message.text();
    if (/^started|^ended/.test(text)) workers.push(/([\w-]+)\.js$/.exec(text)?.[1] ?? text);
    else if (/graph|WebGPU/.test(text)) said.push(text);
  });
  await page.evaluate(
    ({ delays, imitated }) => {
      const Real = Worker;
      globalThis.Worker = class extends Real {
        constructor(url: string | URL, options?: WorkerOptions) {
          const delay = String(url).includes("webgpu") ? delays.webgpu : delays.wasm;
          // Its clock says of each run that it took so much longer.
          const slow = `let asked = 0; const now = performance.now.bind(performance); performance.now = () => now() + ${delay} * asked++;`;
          const script = (text: string) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
          super(script(`import "${script(slow)}"; import "${url}";`), options);
          console.log(`started ${url}`);
        }
        override terminate(): void {
          console.log("ended");
          super.terminate();
        }
      };
      if (imitated) return;
      const { GPUAdapterInfo } = globalThis as unknown as { GPUAdapterInfo: { prototype: object } };
      Object.defineProperty(GPUAdapterInfo.prototype, "isFallbackAdapter", { get: () => false });
    },
    { delays, imitated },
  );
  await page.addScriptTag({ url: `${server.url}/sdk.js` });
  await page.evaluate(() => {
    const edgewise = (globalThis as unknown as { edgewise: { createClient(): object } }).edgewise;
    (globalThis as { client?: object }).client = edgewise.createClient();
  });
  await expect.poll(() => decide(page), POLL).not.toBe("native");
  return { page, workers, said };
}

/** @returns what ran the graph. */
const decide = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    type Decides = {
      rank(model: string, actions: object[], options: object): Promise<{ computedBy: { runtime: string } }>;
    };
    const { client } = globalThis as unknown as { client: Decides };
    const actions = ["a", "b", "c"].map((id, i) => ({ id, features: { item: id, content: Array(8).fill(i / 3) } }));
    return (await client.rank("home-hero", actions, { timeout: 10_000 })).computedBy.runtime;
  });
