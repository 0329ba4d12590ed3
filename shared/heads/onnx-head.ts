import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import type { OnnxRuntime, OnnxSession, OnnxSessionOptions } from "./onnx-runtime.ts";

/** Scores with an exported snapshot (onnx-export.ts) in ONNX Runtime: 32-bit, so it agrees with LinearHead within 1e-5. */
export class OnnxHead {
  readonly #ort: OnnxRuntime;
  readonly #session: OnnxSession;
  readonly #features = new FeatureBuffer();

  private constructor(ort: OnnxRuntime, session: OnnxSession) {
    this.#ort = ort;
    this.#session = session;
  }

  /**
   * @param bytes an ONNX file as exportHead writes it.
   * @throws Error when the runtime cannot load it.
   */
  static async load(ort: OnnxRuntime, bytes: Uint8Array, options?: OnnxSessionOptions): Promise<OnnxHead> {
    return new OnnxHead(ort, await ort.InferenceSession.create(bytes, options));
  }

  async score(decision: HashedDecision): Promise<Float64Array> {
    const rows = decision.count;
    const { indices, values, width } = this.#expand(decision);
    const dims = [rows, width];
    const { score } = await this.#session.run({
      indices: new this.#ort.Tensor("int64", indices, dims),
      values: new this.#ort.Tensor("float32", values, dims),
    });
    return Float64Array.from(score!.data as Float32Array);
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  /** All actions' features as one matrix; shorter rows end in index 0 with value 0. */
  #expand(decision: HashedDecision): { indices: BigInt64Array; values: Float32Array; width: number } {
    const features = this.#features;
    let width = 1;
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, features);
      width = Math.max(width, features.length);
    }
    const indices = new BigInt64Array(decision.count * width);
    const values = new Float32Array(decision.count * width);
    // The low halves of the 64-bit numbers, written without making bigints (little-endian, as WebAssembly).
    const low = new Uint32Array(indices.buffer);
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, features);
      const start = action * width;
      values.set(features.values.subarray(0, features.length), start);
      for (let i = 0; i < features.length; i++) low[2 * (start + i)] = features.indices[i]!;
    }
    return { indices, values, width };
  }
}
