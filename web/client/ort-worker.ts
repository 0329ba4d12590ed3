import { expose } from "comlink";
import wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import type { OrtWorkerApi } from "./ort-messages.ts";

/** ONNX Runtime Web in a worker of its own: its start and its runs take longer than a frame. One thread: at the sizes of a decision more gain nothing. */

type Ort = typeof import("onnxruntime-web/wasm");

let loading: Promise<Ort> | undefined;
const sessions = new Map<number, OnnxSession>();
let last = 0;

const api: OrtWorkerApi = {
  async create(model, executionProviders = ["wasm"]) {
    const { InferenceSession } = await load();
    const session = (await InferenceSession.create(model, { executionProviders })) as unknown as OnnxSession;
    const id = ++last;
    sessions.set(id, session);
    const { inputNames, outputNames, inputMetadata, outputMetadata } = session;
    return { id, inputNames, outputNames, inputMetadata, outputMetadata };
  },

  async run(id, feeds) {
    const { Tensor } = await load();
    const session = sessions.get(id);
    if (!session) throw new Error(`there is no session ${id}: it was released`);
    const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
      name,
      new Tensor(type as "float32", data as Float32Array, [...dims]) as OnnxTensor,
    ]);
    const results = await session.run(Object.fromEntries(tensors));
    const plain = Object.entries(results).map(([name, { type, data, dims }]) => [name, { type, data, dims }]);
    return Object.fromEntries(plain) as Record<string, OnnxTensor>;
  },

  async release(id) {
    const session = sessions.get(id);
    sessions.delete(id);
    await session?.release();
  },
};

function load(): Promise<Ort> {
  loading ??= import("onnxruntime-web/wasm").then((ort) => {
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { wasm: new URL(wasm, import.meta.url).href };
    return ort;
  });
  return loading;
}

expose(api);
