import type { FeatureBuffer } from "../../features/featurebuffer.ts";

/** A decision of the past with what came of it, to learn from. */
export type LoggedDecision = {
  /** Features of each action, of which the first `count` are meant: buffers are used again. */
  readonly actions: readonly FeatureBuffer[];
  readonly count: number;
  /** Which action was taken. */
  readonly chosen: number;
  /** What came of it: higher is better. */
  readonly reward: number;
  /** How probable it was that this action would be taken, above 0. */
  readonly propensity: number;
  /** How many times the decision counts. */
  readonly importance: number;
};
