import { copyFile, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { BINARIES } from "../../cli/pages/site.ts";
import own from "../../package.json" with { type: "json" };

/** The scripts of the package, and those that an edge serves. */

const root = resolve(import.meta.dirname, "../..");

/** What may be imported by the package's name, by the source that it is. */
export const entries = {
  index: join(root, "web/client/client.ts"),
  development: join(root, "web/client/development/client.ts"),
  graph: join(root, "web/client/graph.ts"),
  define: join(root, "shared/contract/define.ts"),
  operators: join(root, "web/client/other-operators.ts"),
  scorers: join(root, "web/client/other-scorers.ts"),
  server: join(root, "web/client/bindings/server.ts"),
  openfeature: join(root, "web/client/bindings/openfeature.ts"),
  react: join(root, "web/client/bindings/react.ts"),
  vue: join(root, "web/client/bindings/vue.ts"),
  element: join(root, "web/client/bindings/element.ts"),
  overlay: join(root, "web/client/overlay/overlay.ts"),
  signals: join(root, "web/client/signals/signals.ts"),
  segment: join(root, "web/client/bindings/segment.ts"),
  testing: join(root, "web/client/bindings/test-client.ts"),
} as const;

/** As pages get it: the browsers that docs/package.md names. */
export const inBrowsers = {
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  legalComments: "none",
  logLevel: "error",
} as const satisfies BuildOptions;

const { define, ...pages } = entries;

/** What the pages start workers from, beside the script that does. */
const workers = {
  "graph-worker": join(root, "web/client/graph-worker.ts"),
  "webgpu-worker": join(root, "web/client/webgpu-worker.ts"),
};

/** What a page's author has anyway, if he uses the binding for it, and of which releases. */
export const peers = ["onnxruntime-web", "react", "vue", "@openfeature/core"] as const;
export const peerRanges: Record<(typeof peers)[number], string> = {
  "onnxruntime-web": `^${own.dependencies["onnxruntime-web"]}`,
  // `use` is there from 19.0 on.
  react: "^19.0.0",
  vue: "^3.4.0",
  "@openfeature/core": "^1.12.0",
};

/** What serves a project (`edgewise dev`), which that installs: it has its own releases. */
export const tools = { vite: ">=7", "@cloudflare/vite-plugin": "^1.0.0" } as const;

/**
 * ES modules, to be bundled by others: peers are theirs.
 * @returns names of the packages of which something is inside.
 */
export async function bundlePackage(out: string): Promise<string[]> {
  const options = { ...inBrowsers, sourcemap: true, outdir: out, plugins: [workerBeside], metafile: true as const };
  const built = await Promise.all([
    build({
      ...options,
      entryPoints: pages,
      splitting: true,
      external: [...peers],
      chunkNames: "chunks/[hash]",
    }),
    build({
      ...options,
      entryPoints: workers,
      external: ["onnxruntime-web"],
    }),
    // Authors run it in Node, and their tools in pages: it needs neither.
    build({ ...options, platform: "neutral", entryPoints: { define }, plugins: [englishOnly] }),
    bundleCommand(join(out, "cli")),
    bundleWorker(join(out, "worker")),
  ]);
  const sources = built.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  // The edge's copy of the runtime is made from that package (edge/ort/build.ts).
  const origins = sources.map((path) => path.replace("edge/ort/generated", "node_modules/onnxruntime-web"));
  const packages = origins.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set(packages)].sort();
}

/** The `edgewise` command, which runs in Node 24. */
function bundleCommand(out: string) {
  return build({
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node24",
    splitting: true,
    legalComments: "none",
    logLevel: "error",
    entryPoints: { edgewise: join(root, "cli/edgewise.ts") },
    external: Object.keys(tools),
    outdir: out,
    chunkNames: "[hash]",
    // Packages of the older kind call it.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: [englishOnly, noServer],
    metafile: true as const,
  });
}

/** The Worker that a project's own wrangler.toml names. Wrangler takes its WebAssembly, which must lie beside it as a file, for a module of its own. */
async function bundleWorker(out: string) {
  await mkdir(out, { recursive: true });
  await copyFile(join(root, "edge/ort/generated/ort.wasm"), join(out, "ort.wasm"));
  return build({
    bundle: true,
    format: "esm",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    target: "es2024",
    // ONNX Runtime is loaded when a model has a graph.
    splitting: true,
    legalComments: "inline",
    logLevel: "error",
    sourcemap: true,
    entryPoints: { worker: join(root, "edge/worker.ts") },
    external: ["cloudflare:*", "*.wasm"],
    outdir: out,
    chunkNames: "[hash]",
    plugins: [englishOnly],
    metafile: true as const,
  });
}

/**
 * What pages without a bundler load from an edge: `sdk.js`, where they are developed `sdk.development.js`, and by its release what models with a graph need; ONNX Runtime's binaries are put
 * beside that (`copyBinaries`, cli/pages/site.ts).
 */
export async function bundleSdk(out: string, version: string): Promise<void> {
  const options = { ...inBrowsers, minify: true, plugins: [workerBeside] };
  const folder = join(out, "sdk", version);
  const script = {
    ...options,
    format: "iife",
    globalName: "edgewise",
    entryPoints: [join(root, "web/client/script-tag.ts")],
  } satisfies BuildOptions;
  await build({ ...script, outfile: join(out, "sdk.js") });
  await build({ ...script, plugins: [...options.plugins, inDevelopment], outfile: join(out, "sdk.development.js") });
  await build({
    ...options,
    entryPoints: { graph: entries.graph },
    // What few graphs ask for is a file of its own.
    splitting: true,
    chunkNames: "[name]-[hash]",
    outdir: folder,
  });
  await build({ ...options, entryPoints: workers, outdir: folder });
}

/** ONNX Runtime's binaries, beside what `bundleSdk` makes. */
export async function copyBinaries(out: string, version: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  for (const binary of BINARIES)
    await copyFile(resolve(`onnxruntime-web/${binary}`), join(out, "sdk", version, binary));
}

/** Vite finds a worker by its source; here it lies beside the script as it was built. */
const workerBeside: Plugin = {
  name: "worker-beside",
  setup({ onLoad }) {
    onLoad({ filter: /web\/client\/ort\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = source.replaceAll(/"\.\/(\w+-worker)\.ts"/g, '"./$1.js"');
      if (contents === source) throw new Error(`${path} starts no worker`);
      return { contents, loader: "ts" };
    });
  },
};

/** A page's script has the client that warns. */
const inDevelopment: Plugin = {
  name: "in-development",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/client\.ts$/ }, ({ importer }) =>
      importer.endsWith("script-tag.ts") ? { path: entries.development } : undefined,
    );
  },
};

/** Zod brings its messages in fifty languages; ours are English. */
const englishOnly: Plugin = {
  name: "english-only",
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/** A server's state is read by the server, which is no part of the package. */
const noServer: Plugin = {
  name: "no-server",
  setup({ onLoad }) {
    onLoad({ filter: /cli\/log\/serve-state\.ts$/ }, () => ({
      contents: `import { UsageError } from "../command.ts";
export async function serveState() {
  throw new UsageError("--state-dir needs a checkout of Edgewise: start the server, and name it by --url.");
}`,
      loader: "ts",
    }));
  },
};
