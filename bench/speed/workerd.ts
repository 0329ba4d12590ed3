import { join } from "node:path";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import type { Timed } from "../interleaved.ts";

/** The suite in workerd. The watch is held here; a request is a thousandth of what is timed. @returns The cases, and what ends it. */
export async function inWorkerd(cache: Uint8Array): Promise<{ cases: Record<string, Timed>; close(): Promise<void> }> {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, "workerd-worker.ts")],
    bundle: true,
    format: "esm",
    external: ["node:*"],
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
          compatibilityFlags: ["nodejs_compat"],
          modulesRoot: "/",
          modules: [{ type: "ESModule", path: "/worker.js", contents: bundle.outputFiles[0]!.text }],
          dataBlobBindings: { CACHE: cache },
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("bench");
  const request = async (query: string): Promise<string[]> => {
    const response = await fetch(new URL(`/?${query}`, url));
    if (response.status !== 200) throw new Error(await response.text());
    return (await response.json()) as string[];
  };
  const cases = Object.fromEntries(
    (await request("")).map((name): [string, Timed] => [
      name,
      async (n) => {
        const started = performance.now();
        await request(`name=${encodeURIComponent(name)}&n=${n}`);
        return performance.now() - started;
      },
    ]),
  );
  return { cases, close: () => miniflare.dispose() };
}
