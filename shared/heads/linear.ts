import { FeatureBuffer } from "../features/featurebuffer.ts";
import type { HashedDecision } from "../features/hashed-decision.ts";
import { dot } from "./dot.ts";
import { type Head, type HeadKind, requireLength } from "./head.ts";

/** The linear head: a score is the sum of weight times value over an action's hashed features. */
export class LinearHead implements Head {
  readonly weights: Float32Array;
  readonly width: Head["width"];
  readonly #features = new FeatureBuffer();

  /**
   * @param weights one for each of the 2^bits indices; it is read, not copied.
   * @param width as a head has it.
   * @throws RangeError when there is another number of weights: indices would point outside.
   */
  constructor(weights: Float32Array, bits: number, width?: Head["width"]) {
    requireLength(weights, bits, 1, "weights");
    this.weights = weights;
    this.width = width;
  }

  score(decision: HashedDecision, widths?: Float64Array): Float64Array {
    const scores = new Float64Array(decision.count);
    const x = this.#features;
    for (let action = 0; action < decision.count; action++) {
      decision.expand(action, x);
      scores[action] = dot(this.weights, x);
      if (widths) widths[action] = this.width!(x);
    }
    return scores;
  }
}

/** Of every model that no other head scores. */
export const linear: HeadKind = {
  tables: () => [],
  numberFor: () => null,
  text: () => "weights alone",
  make: ({ weights, bits }) => new LinearHead(weights, bits),
};
