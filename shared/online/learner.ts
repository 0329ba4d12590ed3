import type { ByteWriter } from "../artifact/byte-writer.ts";
import type { Beside } from "../artifact/snapshot.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";

/** An online learner of a linear model over hashed features: one pass, one example at a time. */
export interface Learner {
  /** The weights as they are, one for each of 2^bits indices. Not a copy. */
  readonly weights: Float32Array;
  /** What a snapshot has beside the weights, a new copy; of a linear learner nothing. */
  readonly beside?: Beside | undefined;
  /**
   * Of a learner that knows how unsure it is: the variance of the score of `x`.
   * @param from leaves the features before this one out.
   */
  variance?(x: FeatureBuffer, from?: number): number;
  /** Of a learner that knows it: what the score of `x` may be wrong by, in units of what rewards scatter by. */
  width?: ((x: FeatureBuffer) => number) | undefined;
  /** How many examples it was given. */
  readonly examples: number;
  /** What the last `learn` predicted before it learned. */
  readonly prediction: number;
  /** The score of `x` as it is, not within any range: what bandits compare. */
  score(x: FeatureBuffer): number;
  /**
   * The score of `x`, within the range of scores that the labels seen so far allow.
   * @param base what the score starts from, such as another model's: 0 by default.
   */
  predict(x: FeatureBuffer, base?: number): number;
  /**
   * Learns one example.
   * @param label a number, as the loss takes it; logistic loss: 0 or 1.
   * @param importance how many times the example counts, 0 or more.
   * @returns the loss of the prediction that it made before learning, for importance 1 (progressive validation).
   * @throws RangeError when label or importance is out of range. Nothing was learned then.
   */
  learn(x: FeatureBuffer, label: number, importance: number, base?: number): number;
  /** All that it knows, compactly: `read` by a learner made alike continues bit for bit. */
  state(): Uint8Array;
  /** The same in parts, for who keeps it in parts: a large one is not copied. */
  written(): ByteWriter;
  /**
   * Reads what `state` gave. Whatever keeps a state is read so: of several parts none is changed before all have been read.
   * @returns what makes the learner so; nothing is changed before that is called.
   * @throws Error saying what is wrong when `state` is not such a state.
   * @example learner.read(other.state())()
   */
  read(state: Uint8Array): () => void;
}
