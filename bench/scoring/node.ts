import * as ort from "onnxruntime-web/wasm";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import type { Timed } from "../interleaved.ts";
import { prepare } from "./suite.ts";

/** The suite in this Node process. */
export async function inNode(graphBytes: Uint8Array): Promise<Record<string, Timed>> {
  ort.env.wasm.numThreads = 1;
  const suite = await prepare(ort as unknown as OnnxRuntime, graphBytes);
  return Object.fromEntries(
    Object.entries(suite).map(([name, run]) => [
      name,
      async (n: number) => {
        const started = performance.now();
        await run(n);
        return performance.now() - started;
      },
    ]),
  );
}
