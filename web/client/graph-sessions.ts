import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import { fromBase64 } from "./base64.ts";
import type { GraphWorkerApi } from "./graph-messages.ts";
import { answerCalls } from "./worker-calls.ts";

/** What there is of ONNX Runtime Web in each of its builds. */
type Ort = typeof import("onnxruntime-web/wasm");

/** Runs graphs for the page that started this worker: ONNX Runtime's start and its runs take longer than a frame. @param build of the runtime. */
export function serveGraphs(build: () => Promise<Ort>): void {
  let loading: Promise<Ort> | undefined;
  const sessions = new Map<number, OnnxSession>();
  let last = 0;

  const load = (wasm: string | null = null): Promise<Ort> => {
    loading ??= build().then((ort) => {
      // At the sizes of a decision more threads gain nothing.
      ort.env.wasm.numThreads = 1;
      // By its URL, since from another origin the runtime would look for its loader beside it, which is in here.
      if (wasm !== null) ort.env.wasm.wasmPaths = { wasm };
      return ort;
    });
    return loading;
  };

  // A run on WebGPU is suspended while it waits for the device, and another must not begin on the same stack meanwhile.
  let turn: Promise<unknown> = Promise.resolve();
  const alone = <T>(act: () => Promise<T>): Promise<T> => {
    const done = turn.then(act);
    turn = done.catch(() => {});
    return done;
  };

  const api: GraphWorkerApi = {
    async start(wasm) {
      if (!mayCompile()) return POLICY;
      const { InferenceSession } = await load(wasm);
      const session = await InferenceSession.create(fromBase64(IDENTITY), { executionProviders: ["wasm"] });
      await session.release();
      return null;
    },

    async create(model, executionProviders) {
      const { InferenceSession } = await load();
      const session = (await InferenceSession.create(model, { executionProviders })) as unknown as OnnxSession;
      const id = ++last;
      sessions.set(id, session);
      const { inputNames, outputNames, inputMetadata, outputMetadata } = session;
      return { id, inputNames, outputNames, inputMetadata, outputMetadata };
    },

    async run(id, feeds) {
      const { Tensor } = await load();
      const tensors = Object.entries(feeds).map(([name, { type, data, dims }]) => [
        name,
        new Tensor(type as "float32", data as Float32Array, [...dims]) as OnnxTensor,
      ]);
      return alone(async () => {
        const session = sessions.get(id);
        if (!session) throw new Error(`there is no session ${id}: it was released`);
        const started = performance.now();
        const results = await session.run(Object.fromEntries(tensors));
        const took = performance.now() - started;
        const plain = Object.entries(results).map(([name, { type, data, dims }]) => [name, { type, data, dims }]);
        return { outputs: Object.fromEntries(plain) as Record<string, OnnxTensor>, took };
      });
    },

    release: (id) =>
      alone(async () => {
        const session = sessions.get(id);
        sessions.delete(id);
        await session?.release();
      }),
  };
  answerCalls(api);
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
