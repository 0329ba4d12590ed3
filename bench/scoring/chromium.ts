import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright";
import { chromiumArgs, chromiumPath } from "../../scripts/chromium.ts";
import type { Timed } from "../interleaved.ts";
import type { Bench } from "./chromium-page.ts";

/** The suite in a page of Chromium. @returns The cases, and what ends it. */
export async function inChromium(
  graphBytes: Uint8Array,
): Promise<{ cases: Record<string, Timed>; close(): Promise<void> }> {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, "chromium-page.ts")],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const files: Record<string, [type: string, body: string | Uint8Array]> = {
    "/": ["text/html", '<!doctype html><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", bundle.outputFiles[0]!.contents],
    "/ort.wasm": [
      "application/wasm",
      readFileSync(createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm")),
    ],
    "/graph": ["application/octet-stream", graphBytes],
  };
  const server = createServer((request, response) => {
    const file = files[request.url!];
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": file[0] }).end(file[1]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => "bench" in globalThis);
  const names = await page.evaluate(() => (globalThis as unknown as { bench: Bench }).bench.prepare());
  const cases = Object.fromEntries(
    names.map((name): [string, Timed] => [
      name,
      (n) =>
        page.evaluate(([name, n]) => (globalThis as unknown as { bench: Bench }).bench.time(name, n), [
          name,
          n,
        ] as const),
    ]),
  );
  return {
    cases,
    async close() {
      await browser.close();
      server.close();
    },
  };
}
