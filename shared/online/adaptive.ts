import { GradientDescentLearner } from "./gradient-descent.ts";
import type { Loss } from "./loss.ts";

/** What an AdaptiveLearner is made with. */
export type AdaptiveOptions = { bits: number; learningRate: number; loss: Loss };

/** Vowpal Wabbit's default update: adaptive, normalised and importance-invariant. */
export class AdaptiveLearner extends GradientDescentLearner {
  constructor({ bits, learningRate, loss }: AdaptiveOptions) {
    super({ bits, learningRate, loss });
  }
}
