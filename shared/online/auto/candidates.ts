/** What a candidate sees: all features, those that are no interactions, or those without the finer features of numbers. */
export type Sees = "all" | "straight" | "single" | "plain";

/** One candidate of the learner `auto`: AdaGrad with this rate, on what it sees. */
export type Candidate = {
  name: string;
  features: Sees;
  /** Null of one that needs none. */
  learningRate: number | null;
  /** What remains of a feature's sum of squared gradients after each of its examples. */
  decay: number;
};

/** Found by trying all fours of twelve on 15 streams of 350 to 15,000 examples, and confirmed on 97 others; see AutoLearner. */
export const CANDIDATES = [
  { name: "steady", features: "single", learningRate: 0.4, decay: 1 },
  { name: "agile", features: "plain", learningRate: 2, decay: 0.999 },
  { name: "steady with interactions", features: "straight", learningRate: 0.15, decay: 1 },
  { name: "agile with interactions", features: "all", learningRate: 0.6, decay: 1 },
] as const satisfies readonly Candidate[];

/** What a learner that ranks has more: BlockRidge, with the variance of weights that it begins with. Its weights soon tell another (PriorVariance). */
export const TOGETHER = [
  { name: "all weights together", features: "straight", learningRate: null, decay: 1, variance: 0.01 / 3 },
] as const satisfies readonly (Candidate & { variance: number })[];

/**
 * Sum of squared gradients that every index begins with, in units of the first such gradient when nothing is known: a feature
 * that was seen once is not believed at once. From a third to double of it made no difference on 93 streams; 0 was worse on most.
 */
export const START = 0.4;
