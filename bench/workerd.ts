import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { median, type Timed } from "./interleaved.ts";

/** What runs in workerd. */
export type WorkerdSuite = {
  /**
   * The worker's file. Asked for `/`, it names its cases; asked for `/?name=…&n=…`, it does one of them n times before it answers.
   */
  worker: string;
  /** Its bindings of bytes. */
  data: Record<string, Uint8Array>;
  /** WebAssembly that it imports, by path. */
  wasm?: Record<string, Uint8Array>;
  /** Conditions and names that the bundle is made with. */
  conditions?: string[];
  external?: string[];
  compatibilityFlags?: string[];
};

/**
 * Runs a suite in workerd. Its clock stands still while it computes, so the watch is held here, and an empty request's time is subtracted.
 * @returns The cases, and what ends it.
 */
export async function inWorkerd(
  suite: WorkerdSuite,
): Promise<{ cases: Record<string, Timed>; close(): Promise<void> }> {
  const { worker, data, wasm = {}, conditions = [], external = [], compatibilityFlags = [] } = suite;
  const bundle = await build({
    entryPoints: [worker],
    bundle: true,
    format: "esm",
    conditions,
    external: ["node:*", ...external],
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
          compatibilityFlags,
          modulesRoot: "/",
          modules: [
            { type: "ESModule" as const, path: "/worker.js", contents: bundle.outputFiles[0]!.text },
            ...Object.entries(wasm).map(([path, contents]) => ({ type: "CompiledWasm" as const, path, contents })),
          ],
          dataBlobBindings: data,
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
