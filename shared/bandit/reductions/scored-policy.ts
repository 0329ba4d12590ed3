import type { FeatureBuffer } from "../../features/featurebuffer.ts";
import type { BanditLearner } from "./bandit-learner.ts";
import type { Explorer } from "./explorer.ts";
import type { LoggedDecision } from "./logged-decision.ts";

/**
 * A distribution over actions from their scores.
 * @param examples how many decisions were learned.
 */
export type ScorePolicy = (scores: Float64Array, examples: number) => Float64Array;

/** Exploration by the scores of one learner: epsilon-greedy, softmax, SquareCB, tau-first. */
export class ScoredPolicy implements Explorer {
  readonly #learner: BanditLearner;
  readonly #policy: ScorePolicy;
  #examples = 0;

  constructor(learner: BanditLearner, policy: ScorePolicy) {
    this.#learner = learner;
    this.#policy = policy;
  }

  distribution(actions: readonly FeatureBuffer[], count: number): Float64Array {
    return this.#policy(scoresOf(this.#learner, actions, count), this.#examples);
  }

  learn(decision: LoggedDecision): void {
    this.#examples++;
    this.#learner.learn(decision);
  }
}

/** The scores of the first `count` actions. */
export function scoresOf(
  learner: Pick<BanditLearner, "score">,
  actions: readonly FeatureBuffer[],
  count: number,
): Float64Array {
  const scores = new Float64Array(count);
  for (let i = 0; i < count; i++) scores[i] = learner.score(actions[i]!);
  return scores;
}
