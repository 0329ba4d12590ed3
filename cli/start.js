#!/usr/bin/env node
// @ts-check
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as nodeModule from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * Starts the `edgewise` command. This one file is plain JavaScript, which also an older Node runs: it needs one that strips types, and
 * starts the checkout's own where it is run by another. What it loads from here on is compiled once, and not again at every start, which takes longer
 * than to learn 50,000 examples. Where the folder cannot be written, all works without it.
 */
if (process.features.typescript) {
  nodeModule.enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/edgewise"));
  await import("./edgewise.ts");
} else {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const node = join(root, "node_modules/node/bin/node");
  if (existsSync(node)) startWith(node);
  else {
    console.error(
      `edgewise runs on Node 24, and this is ${process.version}: run npm install in ${root}, which brings it along.`,
    );
    process.exitCode = 1;
  }
}

/**
 * Runs this command in another Node, and ends as that does.
 * @param {string} node
 */
function startWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  // A terminal sends SIGINT to both: the child says how it ends. Of other signals only this process is told.
  process.on("SIGINT", () => {});
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP"])) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`${node} cannot be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
