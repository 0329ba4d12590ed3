import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { median, type Timed } from "../interleaved.ts";

/** The suite in workerd. @returns The cases, and what ends it. */
export async function inWorkerd(
  graphBytes: Uint8Array,
): Promise<{ cases: Record<string, Timed>; close(): Promise<void> }> {
  const ort = join(import.meta.dirname, "../../edge/ort/generated/ort.wasm");
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, "workerd-worker.ts")],
    bundle: true,
    format: "esm",
    conditions: ["workerd", "browser"],
    external: ["*.wasm", "node:*", "module", "fs", "path", "url", "worker_threads"],
    write: false,
    logLevel: "error",
  });
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      logRequests: false,
      workers: [
        {
          name: "bench",
          compatibilityDate: "2026-10-01",
          modulesRoot: "/",
          modules: [
            { type: "ESModule", path: "/worker.js", contents: bundle.outputFiles[0]!.text },
            { type: "CompiledWasm", path: "/ort.wasm", contents: readFileSync(ort) },
          ],
          dataBlobBindings: { GRAPH: graphBytes },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("bench");
  const request = async (query: string): Promise<[names: string[], ms: number]> => {
    const started = performance.now();
    const response = await fetch(new URL(`/?${query}`, url));
    if (response.status !== 200) throw new Error(await response.text());
    const names = (await response.json()) as string[];
    return [names, performance.now() - started];
  };
  const [names] = await request("");
  const empty: number[] = [];
  for (let i = 0; i < 50; i++) empty.push((await request(""))[1]);
  const trip = median(empty);
  const cases = Object.fromEntries(
    names.map((name): [string, Timed] => [
      name,
      async (n) => Math.max(0, (await request(`name=${encodeURIComponent(name)}&n=${n}`))[1] - trip),
    ]),
  );
  return { cases, close: () => miniflare.dispose() };
}
