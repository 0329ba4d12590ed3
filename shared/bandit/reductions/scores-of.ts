import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { Learner } from "../../online/learner.ts";

/** What a learner says of the first `count` actions. */
export function scoresOf(learner: Learner, actions: readonly FeatureBuffer[], count: number): Float64Array {
  const scores = new Float64Array(count);
  for (let i = 0; i < count; i++) scores[i] = learner.score(actions[i]!);
  return scores;
}
