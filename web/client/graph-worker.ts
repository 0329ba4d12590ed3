import { expose } from "comlink";
import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import { fromBase64 } from "./base64.ts";
import type { GraphWorkerApi } from "./graph-messages.ts";

/** ONNX Runtime Web in a worker of its own: its start and its runs take longer than a frame. One thread: at the sizes of a decision more gain nothing. */

type Ort = typeof import("onnxruntime-web/wasm");

let loading: Promise<Ort> | undefined;
const sessions = new Map<number, OnnxSession>();
let last = 0;

const api: GraphWorkerApi = {
  async start(wasm) {
    if (!mayCompile()) return POLICY;
    const { InferenceSession } = await load(wasm);
    const session = await InferenceSession.create(fromBase64(IDENTITY));
    await session.release();
    return null;
  },

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

function load(wasm: string | null = null): Promise<Ort> {
  loading ??= import("onnxruntime-web/wasm").then((ort) => {
    ort.env.wasm.numThreads = 1;
    // By its URL, since from another origin the runtime would look for its loader beside it, which is in here.
    if (wasm !== null) ort.env.wasm.wasmPaths = { wasm };
    return ort;
  });
  return loading;
}

const POLICY =
  "the page's Content-Security-Policy does not let it compile WebAssembly: add 'wasm-unsafe-eval' to its script-src";

/** Whether a policy lets WebAssembly be compiled: that is known before its 14 MB are fetched. */
function mayCompile(): boolean {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    return true;
  } catch {
    return false;
  }
}

/** The least graph, y = x: ONNX Runtime starts with its first session, and a failed start must not be taken for a bad graph. */
const IDENTITY = "CAc6NwoQCgF4EgF5IghJZGVudGl0eRIBZ1oPCgF4EgoKCAgBEgQKAggBYg8KAXkSCgoICAESBAoCCAFCAhAM";

expose(api);
