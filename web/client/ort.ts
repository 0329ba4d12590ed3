import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { ChoosingSession } from "./choosing-session.ts";
import { type GraphRuntime, NeverStarts, type RuntimeBuild, startRuntime } from "./graph-runtime.ts";

let loading: Promise<OnnxRuntime> | undefined;

const wasm: RuntimeBuild = {
  own: () => new Worker(new URL("./graph-worker.ts", import.meta.url), { type: "module" }),
  script: "graph-worker.js",
  binary: "ort-wasm-simd-threaded.wasm",
  provider: "wasm",
};
const webgpu: RuntimeBuild = {
  own: () => new Worker(new URL("./webgpu-worker.ts", import.meta.url), { type: "module" }),
  script: "webgpu-worker.js",
  binary: "ort-wasm-simd-threaded.jspi.wasm",
  provider: "webgpu",
};

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
  const { Tensor, create } = await startRuntime(endpoint, wasm, () => {
    loading = undefined;
  });
  const startWebGpu = (): Promise<GraphRuntime> => startRuntime(endpoint, webgpu, () => {});
  return {
    Tensor,
    InferenceSession: {
      create: async (model, options) =>
        new ChoosingSession(await create(model, options), async (session, feeds) => {
          // Few graphs are slow: what looks for something faster is loaded then.
          const { fasterOnWebGpu } = await import("./webgpu.ts");
          return fasterOnWebGpu(startWebGpu, model, session, feeds);
        }),
    },
  };
}
