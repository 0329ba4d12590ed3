import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { TestProject } from "vitest/node";

/** Where pages and Worker are built for tests: not where `npm start` builds, whose server may be running. */

const root = resolve(import.meta.dirname, "..");
export const testDist = resolve(root, ".cache/tests/dist");

declare module "vitest" {
  interface ProvidedContext {
    /** The folder that `vite build` filled for this run. */
    dist: string;
  }
}

/** Vitest loads this file once for each of its projects; all of a run share one build. */
const run = globalThis as { edgewiseTestBuild?: Promise<void> };

/** Vitest's global setup of the projects whose tests need the build. */
export default async function setup(project: TestProject): Promise<void> {
  run.edgewiseTestBuild ??= buildForTests();
  await run.edgewiseTestBuild;
  project.provide("dist", testDist);
}

/** Builds as `npm start` does first. What `npm run generate` makes is there already. @throws Error with what Vite printed. */
export async function buildForTests(): Promise<void> {
  const child = spawn(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], {
    cwd: root,
    // Vitest says "test", which would be a build for development.
    env: { ...process.env, NODE_ENV: "production", DIST: testDist },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the build for the tests ended with ${code}:\n${output}`);
}
