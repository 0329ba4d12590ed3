import type { Sees } from "./candidates.ts";

/** What an AutoLearner made of its candidates, and why. */
export type AutoReport = {
  /** Decayed mean loss, over about the last 500 examples, of the mixture; null before the first example. */
  recentLoss: number | null;
  candidates: {
    name: string;
    features: Sees;
    /** Null of one that needs none: ridge regression. */
    learningRate: number | null;
    /** Share of the sum of squared gradients that an example lets a feature forget. */
    forgetting: number;
    /** Decayed mean loss of this candidate alone. */
    recentLoss: number | null;
    /** Weight of its score in the mixture; the weights need not sum to 1. */
    weight: number;
  }[];
};
