import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import { ChoosingSession } from "./choosing-session.ts";
import { type GraphRuntime, NeverStarts, type RuntimeBuild, startRuntime } from "./graph-runtime.ts";
import { LastingSession, type Running } from "./lasting-session.ts";

let loading: Promise<GraphRuntime> | undefined;

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
export async function loadOrt(endpoint: string): Promise<OnnxRuntime> {
  const { Tensor } = await load(endpoint);
  const startWebGpu = (): Promise<GraphRuntime> => startRuntime(endpoint, webgpu, () => {});
  return {
    Tensor,
    InferenceSession: {
      create: async (model, options) => {
        const start = async (): Promise<Running> => {
          const runtime = await load(endpoint);
          const session = new ChoosingSession(await runtime.create(model, options), async (wasm, feeds) => {
            // Few graphs are slow: what looks for something faster is loaded then.
            const { fasterOnWebGpu } = await import("./webgpu.ts");
            return fasterOnWebGpu(startWebGpu, model, wasm, feeds);
          });
          return { session, isAlive: runtime.isAlive, end: runtime.end };
        };
        return new LastingSession(await start(), start);
      },
    },
  };
}

/** The runtime that there is, or a new one where it broke or was ended. */
function load(endpoint: string): Promise<GraphRuntime> {
  if (loading) return loading;
  const forget = (): void => {
    if (loading === started) loading = undefined;
  };
  const started: Promise<GraphRuntime> = startRuntime(endpoint, wasm, forget).then(
    (runtime) => ({
      ...runtime,
      end: () => {
        forget();
        runtime.end();
      },
    }),
    (error) => {
      if (!(error instanceof NeverStarts)) forget();
      throw error;
    },
  );
  loading = started;
  return started;
}
