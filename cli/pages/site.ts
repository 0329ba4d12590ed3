import { existsSync, readdirSync } from "node:fs";
import module from "node:module";
import { join, relative, resolve, sep } from "node:path";
import own from "../../package.json" with { type: "json" };

/** Of ONNX Runtime, which whoever has models with a graph installs. */
export const BINARIES = ["ort-wasm-simd-threaded.wasm", "ort-wasm-simd-threaded.jspi.wasm"];

/**
 * What an edge serves beside a project's page, by its path (`/console/index.html`): the console, and the scripts of pages without a bundler, with ONNX Runtime's binaries where the project has installed
 * that.
 * @returns null outside of the package, which alone has them built.
 */
export function siteFiles(): Map<string, string> | null {
  const folder = join(import.meta.dirname, "site");
  if (!existsSync(folder)) return null;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const site = new Map(files.map((file) => [`/${relative(folder, file).split(sep).join("/")}`, file]));
  const { resolve: find } = module.createRequire(resolve("package.json"));
  for (const binary of BINARIES)
    try {
      site.set(`/sdk/${own.version}/${binary}`, find(`onnxruntime-web/${binary}`));
    } catch {
      // Not installed: models here have no graph, or their pages' bundler brings it.
    }
  return site;
}
