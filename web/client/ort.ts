import { wrap } from "comlink";
import type { OnnxRuntime } from "../../shared/heads/onnx-runtime.ts";
import type { OrtWorkerApi } from "./ort-messages.ts";

let loading: Promise<OnnxRuntime> | undefined;

/**
 * ONNX Runtime Web's WASM build, in a worker. It is 14 MB, so it is loaded when the first model with a graph asks for it; until then its code is no
 * part of the page. All clients of a page share one.
 * @throws Error (as a rejection) when the worker does not start.
 */
export function loadOrt(): Promise<OnnxRuntime> {
  loading ??= start().catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(): Promise<OnnxRuntime> {
  const worker = new Worker(new URL("./ort-worker.ts", import.meta.url), { type: "module", name: "edgewise graphs" });
  const remote = wrap<OrtWorkerApi>(worker);
  // A script that does not load answers nothing: only this tells. Once it has started, what fails belongs to the call that it failed in, which rejects.
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener("error", ({ message }) => {
      loading = undefined;
      const why = message || "its script could not be loaded";
      reject(new Error(`the worker of the graphs did not start or broke: ${why}`));
    });
  });
  broken.catch(() => {});
  return {
    InferenceSession: {
      async create(model, { executionProviders } = {}) {
        const { id, ...described } = await Promise.race([remote.create(model, executionProviders), broken]);
        return { ...described, run: (feeds) => remote.run(id, feeds), release: () => remote.release(id) };
      },
    },
    Tensor: PlainTensor,
  } as OnnxRuntime;
}

/** Has nothing but what the worker is sent of it. */
class PlainTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];

  constructor(type: string, data: unknown, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}
