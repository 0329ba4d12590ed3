/**
 * What we use of onnxruntime-web, by structure: whoever scores passes the runtime in, because page, workerd and tests each
 * load another build of it.
 */

export interface OnnxTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}

/** A symbolic dimension is its name, or ""; `shape` is there for tensors only. */
export interface OnnxValueMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly OnnxValueMetadata[];
  readonly outputMetadata: readonly OnnxValueMetadata[];
  /** The execution provider that runs go to; `wasm` where none is said. */
  readonly runtime?: "wasm" | "webgpu";
  run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor>>;
  release(): Promise<void>;
}

export interface OnnxSessionOptions {
  /** `wasm`, `webgpu`; the first that works is taken. */
  executionProviders?: readonly string[];
}

export interface OnnxRuntime {
  readonly InferenceSession: { create(model: Uint8Array, options?: OnnxSessionOptions): Promise<OnnxSession> };
  readonly Tensor: {
    new (type: "float32", data: Float32Array, dims: readonly number[]): OnnxTensor;
    new (type: "int64", data: BigInt64Array, dims: readonly number[]): OnnxTensor;
  };
}
