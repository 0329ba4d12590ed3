import * as ort from "onnxruntime-web/wasm";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { prepare, type Suite } from "./suite.ts";

/** Runs in the page that chromium.ts opens. */
let suite: Suite;
const bench = {
  async prepare(): Promise<string[]> {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: new URL("/ort.wasm", location.href).href };
    const graph = new Uint8Array(await (await fetch("/graph")).arrayBuffer());
    suite = await prepare(ort as unknown as OnnxRuntime, graph);
    return Object.keys(suite);
  },
  async time(name: string, n: number): Promise<number> {
    const started = performance.now();
    await suite[name]!(n);
    return performance.now() - started;
  },
};
export type Bench = typeof bench;
(globalThis as unknown as { bench: Bench }).bench = bench;
