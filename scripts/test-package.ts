import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { buildPackage } from "./package/build.ts";

/** Where the package is made for tests: not where `npm run package` does. */
const cache = resolve(import.meta.dirname, "../.cache/tests");

declare module "vitest" {
  interface ProvidedContext {
    /** The package's folder, as it was made for this run, and the tarball that npm makes of it. */
    package: { folder: string; tarball: string };
  }
}

/** Vitest's global setup of the tests that use the package as npm's users do: all of a run share one. */
export default async function setup(project: TestProject): Promise<void> {
  const folder = resolve(cache, "package");
  await buildPackage(folder);
  const packed = execFileSync("npm", ["pack", "--json", "--silent", folder], { cwd: cache, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  project.provide("package", { folder, tarball: resolve(cache, filename) });
}
