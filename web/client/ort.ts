import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";

let loading: Promise<OnnxRuntime> | undefined;

/**
 * ONNX Runtime Web's WASM build. It is 14 MB, so it is loaded when the first model with a graph asks for it; until then its code is no
 * part of the page. One thread: at the sizes of a decision more gain nothing.
 */
export function loadOrt(): Promise<OnnxRuntime> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<OnnxRuntime> {
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web/wasm");
  env.wasm.numThreads = 1;
  env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
  return {
    InferenceSession: {
      create: (model, { executionProviders = ["wasm"] } = {}) =>
        InferenceSession.create(model, { executionProviders: [...executionProviders] }),
    },
    Tensor,
  } as OnnxRuntime;
}
