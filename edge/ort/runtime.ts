import type { OnnxRuntime, OnnxSessionOptions } from "../../shared/heads/onnx-runtime.ts";
import * as runtime from "./generated/ort.workerd.mjs";

/**
 * ONNX Runtime for workerd: one thread, and the WebAssembly module that was compiled when the Worker was deployed (build.ts).
 * `wasmBinary` only keeps the runtime from fetching the file; its bytes are not looked at.
 */
runtime.env.wasm.numThreads = 1;
runtime.env.wasm.wasmBinary = new ArrayBuffer(8);

export const ort = {
  InferenceSession: {
    create: (model: Uint8Array, options: OnnxSessionOptions = {}) => {
      const { executionProviders = ["wasm"] } = options;
      return runtime.InferenceSession.create(model, { executionProviders: [...executionProviders] });
    },
  },
  Tensor: runtime.Tensor,
} as OnnxRuntime;
