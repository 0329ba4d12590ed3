import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { V4WorkerOptions, V4WorkerOptionsShape } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";

const moduleTypes = [
  { ending: ".wasm", type: "CompiledWasm" },
  { ending: ".txt", type: "Text" },
  { ending: ".html", type: "Text" },
  { ending: ".js", type: "ESModule" },
  { ending: ".mjs", type: "ESModule" },
] as const;

/**
 * What Miniflare needs to run the built Worker, read from the configuration that `vite build` wrote beside it, so that
 * wrangler.toml stays the only place where bindings are declared.
 *
 * The static assets become a Worker of their own, bound as before. Were they left on the main Worker, every request
 * would pass Miniflare's asset router first (docs/adr/0001-local-server.md).
 * @param dist Folder that `vite build` filled.
 * @returns The Worker first, its assets second.
 * @throws Error when there is no build.
 */
export function workerOptions(dist: string): [V4WorkerOptions, V4WorkerOptions] {
  const root = join(dist, "edgewise");
  const configPath = join(root, "wrangler.json");
  if (!existsSync(configPath)) throw new Error(`There is no build in ${dist}: run "npm run build" first.`);
  const { name, main } = JSON.parse(readFileSync(configPath, "utf8")) as { name: string; main: string };
  // The rules of wrangler say which imports are modules; the build has bundled, so every file left is one.
  const {
    assets,
    modulesRules: _,
    ...options
  } = unstable_getMiniflareWorkerOptions(configPath).workerOptions as V4WorkerOptionsShape;
  if (assets?.binding === undefined)
    throw new Error('wrangler.toml must bind the assets: [assets] binding = "ASSETS".');
  const assetsName = `${name}-assets`;
  const worker = {
    ...options,
    name,
    modulesRoot: root,
    modules: modules(root, main),
    serviceBindings: { ...options.serviceBindings, [assets.binding]: { name: assetsName } },
  };
  const assetsWorker = {
    name: assetsName,
    modules: true,
    script: "export default { fetch: () => new Response(null, { status: 404 }) }",
    ...(options.compatibilityDate === undefined ? {} : { compatibilityDate: options.compatibilityDate }),
    assets: { ...assets, run_worker_first: false, routerConfig: { has_user_worker: false } },
  };
  return [worker, assetsWorker];
}

/** Every module of the build, the main one first. */
function modules(root: string, main: string) {
  const files = globSync("**/*", { cwd: root }).filter((file) => file !== main);
  return [main, ...files.sort()].flatMap((file) => {
    const type = moduleTypes.find(({ ending }) => file.endsWith(ending))?.type;
    return type === undefined ? [] : [{ type, path: join(root, file) }];
  });
}
