import { MtrWeights } from "../bandit/mtr-weights.ts";
import { ObservedRange } from "../bandit/observed-range.ts";
import { ObservedSpread } from "../bandit/observed-spread.ts";
import type { LearnerSpec } from "../contract/spec.ts";
import type { FeatureBuffer } from "../features/featurebuffer.ts";
import type { Learner } from "../online/learner.ts";
import { makeLearner } from "../online/learners.ts";
import { squaredLoss } from "../online/loss.ts";
import { leastCounted } from "../policies/least-counted.ts";
import type { Beliefs, Experience } from "../policies/policy.ts";
import type { Examined } from "../versions/examination.ts";
import type { Outcome } from "./log-entry.ts";

/** Learns what the chosen actions of a log earned, and predicts it of all actions. */
export class RewardModel {
  readonly #learner: Learner;
  readonly #weighted: boolean;
  readonly #range = new ObservedRange();
  /** With the learner auto, as a version's own learner has it. */
  readonly #spread: ObservedSpread | null;
  readonly #weights = new MtrWeights();
  #loss = 0;

  /** @param weighted whether 1 / propensity counts, in units of the mean number of actions (MTR); else every decision counts once. */
  constructor(spec: LearnerSpec, weighted: boolean) {
    this.#learner = makeLearner(spec, squaredLoss, { ranks: true, widths: true });
    this.#spread = spec.type === "auto" ? new ObservedSpread() : null;
    this.#weighted = weighted;
  }

  get experience(): Experience {
    const { width } = this.#range;
    return { examples: this.#weights.decisions, rewardRange: this.#spread?.width(width) ?? width };
  }

  /** Mean squared error of the chosen actions' predictions before they were learned; null before the first. */
  get squaredError(): number | null {
    return this.#weights.decisions === 0 ? null : this.#loss / this.#weights.decisions;
  }

  /** What it thinks of the first `count` actions: their expected rewards as they are scored, not clamped, and what these may be wrong by. */
  beliefs(actions: readonly FeatureBuffer[], count: number): Beliefs & { scores: Float64Array } {
    const { width } = this.#learner;
    const scores = new Float64Array(count);
    for (let i = 0; i < count; i++) scores[i] = this.#learner.score(actions[i]!);
    return { scores, ...(width && { widths: Float64Array.from(scores, (_, i) => width(actions[i]!)) }) };
  }

  /** @param examined what is learned of the reward, where that is not the reward itself. */
  learn(
    chosen: FeatureBuffer,
    count: number,
    { reward, propensity, importance }: Outcome,
    examined: Examined = { value: reward, importance: 1 },
  ): void {
    this.#range.learn(reward);
    this.#spread?.learn(reward, this.#range.width);
    const mtr = this.#weights.next(Math.max(propensity, leastCounted(count)), count);
    const weight = (this.#weighted ? mtr : 1) * importance;
    // Of what was predicted to come of it at its place, as a version's losses are.
    this.#loss += examined.importance ** 2 * this.#learner.learn(chosen, examined.value, weight * examined.importance);
  }
}
