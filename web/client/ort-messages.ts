import type { OnnxSession, OnnxTensor } from "../../shared/heads/onnx-runtime.ts";

/** What the page and the worker of its ONNX Runtime say to each other, through comlink. */

type RemoteSession = { id: number } & Pick<
  OnnxSession,
  "inputNames" | "outputNames" | "inputMetadata" | "outputMetadata"
>;

export interface OrtWorkerApi {
  /** @throws Error when the runtime cannot start, or does not take the model. */
  create(model: Uint8Array, executionProviders?: readonly string[]): Promise<RemoteSession>;
  /** Tensors go without their methods. */
  run(session: number, feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
  release(session: number): Promise<void>;
}
