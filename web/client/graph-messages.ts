import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";

/** What the page and the worker of its ONNX Runtime say to each other (worker-calls.ts). */

type RemoteSession = { id: number } & Pick<
  OnnxSession,
  "inputNames" | "outputNames" | "inputMetadata" | "outputMetadata"
>;

export interface GraphWorkerApi {
  /**
   * @param wasm URL of the runtime's binary; null: where the bundler put it.
   * @returns null when the runtime has started; else why it never will here: nobody need try again.
   * @throws Error when it did not start this time.
   */
  start(wasm: string | null): Promise<string | null>;
  /** @throws Error when the runtime does not take the model. */
  create(model: Uint8Array, executionProviders: readonly string[]): Promise<RemoteSession>;
  /** One run at a time. Tensors go without their methods. `took`: ms, of the run alone. */
  run(
    session: number,
    feeds: Record<string, OnnxTensor>,
  ): Promise<{ outputs: Record<string, OnnxTensor>; took: number }>;
  release(session: number): Promise<void>;
}
