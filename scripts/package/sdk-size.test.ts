import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundleSdk } from "./bundles.ts";

/** What a page without a bundler loads from an edge: gzipped bytes, exactly; lower them with what gets smaller. */
const BUDGETS = {
  /** All of the client: the offline part, other policies, heads and operators are in it. */
  "sdk.js": 39_686,
  /** What a model with a graph adds, besides ONNX Runtime's worker. The aim is 3,000. */
  "graph.js": 3_671,
  /** What looks for WebGPU, where a graph is slow. */
  "webgpu.js": 618,
};

test("the scripts that an edge serves stay within their budgets", async () => {
  const out = mkdtempSync(join(tmpdir(), "edgewise-sdk-"));
  try {
    await bundleSdk(out, "0.0.0");
    const sizes = Object.fromEntries(
      readdirSync(out, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".js"))
        .map((path) => [
          path
            .split("/")
            .at(-1)!
            .replace(/-[0-9A-Z]{8}\.js$/, ".js"),
          gzipSync(readFileSync(join(out, path)), { level: 9 }).length,
        ]),
    );
    for (const [name, budget] of Object.entries(BUDGETS)) expect(sizes[name], name).toBeLessThanOrEqual(budget);
  } finally {
    rmSync(out, { recursive: true });
  }
});
