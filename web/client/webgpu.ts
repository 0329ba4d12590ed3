import type { OnnxTensor } from "../../shared/heads/onnx-runtime.ts";
import { faster } from "./faster-session.ts";
import type { GraphRuntime, TimedSession } from "./graph-runtime.ts";

/**
 * A session of the same graph on WebGPU, where there is a graphics processor and it is faster there. What it needs is 17 MB, and fetched only where all else is given.
 * @param start starts the runtime's build with WebGPU. @param feeds of a run, by which the two are compared. @returns null where there is none.
 * @throws Error when it does not start, or does not take the graph.
 */
export async function fasterOnWebGpu(
  start: () => Promise<GraphRuntime>,
  model: Uint8Array,
  wasm: TimedSession,
  feeds: Record<string, OnnxTensor>,
): Promise<TimedSession | null> {
  if (!(await hasWebGpu())) return null;
  // A worker for each graph, so that all of it goes with the session: few pages have two that are slow.
  const { create, end } = await start();
  try {
    const session = await create(model);
    if (await faster(session, wasm, feeds)) return { ...session, release: async () => end() };
  } catch (error) {
    end();
    throw error;
  }
  end();
  return null;
}

/** Whether there is a graphics processor that this browser lets be used, not one that is imitated, and the visitor does not save data. */
async function hasWebGpu(): Promise<boolean> {
  const { gpu, connection } = navigator as {
    gpu?: { requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean } } | null> };
    connection?: { saveData?: boolean };
  };
  if (!gpu || !("Suspending" in WebAssembly) || connection?.saveData) return false;
  const adapter = await gpu.requestAdapter();
  return adapter !== null && !adapter.info?.isFallbackAdapter;
}
