import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { ChoosingSession } from "./choosing-session.ts";
import { NeverStarts, startRuntime } from "./graph-runtime.ts";
import { fasterOnWebGpu } from "./webgpu.ts";

let loading: Promise<OnnxRuntime> | undefined;

/**
 * ONNX Runtime Web's WASM build, in a worker. It is 14 MB, so it is loaded when the first model with a graph asks for it; until then its code is no
 * part of the page. All clients of a page share one. Sessions that turn out to be slow go on with WebGPU, where that is faster.
 *
 * @param endpoint of an edge of this release.
 * @throws NeverStarts (as a rejection) when it cannot start in this page; Error when it does not start now.
 */
export function loadOrt(endpoint: string): Promise<OnnxRuntime> {
  loading ??= start(endpoint).catch((error) => {
    if (!(error instanceof NeverStarts)) loading = undefined;
    throw error;
  });
  return loading;
}

async function start(endpoint: string): Promise<OnnxRuntime> {
  const build = {
    own: () => new Worker(new URL("./graph-worker.ts", import.meta.url), { type: "module" }),
    script: "graph-worker.js",
    binary: "ort-wasm-simd-threaded.wasm",
    provider: "wasm",
  } as const;
  const { Tensor, create } = await startRuntime(endpoint, build, () => {
    loading = undefined;
  });
  return {
    Tensor,
    InferenceSession: {
      create: async (model, options) =>
        new ChoosingSession(await create(model, options), (wasm, feeds) =>
          fasterOnWebGpu(endpoint, model, wasm, feeds),
        ),
    },
  };
}
