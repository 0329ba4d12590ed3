import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inWorkerd } from "../workerd.ts";

/** The suite in workerd. @returns The cases, and what ends it. */
export const scoringInWorkerd = (graphBytes: Uint8Array) =>
  inWorkerd({
    worker: join(import.meta.dirname, "workerd-worker.ts"),
    data: { GRAPH: graphBytes },
    wasm: { "/ort.wasm": readFileSync(join(import.meta.dirname, "../../edge/ort/generated/ort.wasm")) },
    conditions: ["workerd", "browser"],
    external: ["*.wasm", "module", "fs", "path", "url", "worker_threads"],
  });
