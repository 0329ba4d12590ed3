#!/usr/bin/env node
// @ts-check
import * as nodeModule from "node:module";
import { join } from "node:path";

/*
 * Starts the `edgewise` command. This one file is plain JavaScript: what it loads from here on is stripped of its types and compiled once, and not again
 * at every start, which takes longer than to learn 50,000 examples. Where the folder cannot be written, all works without it.
 */
if (!process.features.typescript) {
  console.error(
    `edgewise runs on Node 24, and this is ${process.version}: start it as npx edgewise, which takes the checkout's own.`,
  );
  process.exit(1);
}
nodeModule.enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/edgewise"));
await import("./edgewise.ts");
