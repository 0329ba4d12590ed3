import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { chromium, type Page } from "playwright";
import { chromiumArgs, chromiumPath } from "../scripts/chromium.ts";

/**
 * Opens a script as a page of Chromium. It finds ONNX Runtime's `.wasm` at `/ort.wasm`, and the files that it is given by their paths.
 * @param ready name of what the script makes global when it is there.
 */
export async function inChromiumPage(
  script: string,
  ready: string,
  files: Record<string, Uint8Array> = {},
): Promise<{ page: Page; close(): Promise<void> }> {
  const bundle = await build({
    entryPoints: [script],
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "error",
  });
  const wasm = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  const served: Record<string, [type: string, body: string | Uint8Array]> = {
    "/": ["text/html", '<!doctype html><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", bundle.outputFiles[0]!.contents],
    "/ort.wasm": ["application/wasm", readFileSync(wasm)],
    ...Object.fromEntries(
      Object.entries(files).map(([path, bytes]) => [path, ["application/octet-stream", bytes] as const]),
    ),
  };
  const server = createServer((request, response) => {
    const file = served[request.url!];
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": file[0] }).end(file[1]);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumArgs });
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction((name) => name in globalThis, ready);
  return {
    page,
    async close() {
      await browser.close();
      server.close();
    },
  };
}
