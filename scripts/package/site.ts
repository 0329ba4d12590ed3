import { join, resolve } from "node:path";
import { build } from "vite";
import own from "../../package.json" with { type: "json" };
import { bundleSdk } from "./bundles.ts";

const root = resolve(import.meta.dirname, "../..");

/** Builds what an edge serves beside a project's page (cli/pages/site.ts): the console, and the scripts of pages without a bundler. */
export async function buildSite(out: string): Promise<void> {
  await build({
    configFile: false,
    root: join(root, "web"),
    publicDir: false,
    logLevel: "warn",
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2023",
      assetsDir: "console/assets",
      rolldownOptions: { input: join(root, "web/console/index.html") },
    },
  });
  await bundleSdk(out, own.version);
}
