import { MAX_CALL_FEATURES, MAX_FEATURES, MAX_LEARNED_FEATURES } from "../contract/limits.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { learning } from "../policies/learning.ts";
import type { FeatureCounts } from "./feature-counts.ts";
import type { CountedDecision } from "./hashed-decision.ts";

/** A call or record has more features than one may have. */
export class TooManyFeatures extends RangeError {
  override readonly name = "TooManyFeatures";
  /** Where: `actions[3]`, `actions`, `slots`, `context`, `explain`. */
  readonly place: string;
  /** What is wrong there. */
  readonly problem: string;

  constructor(place: string, problem: string) {
    super(`${place} ${problem}`);
    this.place = place;
    this.problem = problem;
  }
}

/** What of a spec says how much is looked at when it is learned. */
type LearningSpec = Pick<ModelSpec, "policy" | "reduction" | "task">;

const number = (n: number): string => n.toLocaleString("en-US");

const placeOf = ({ task }: LearningSpec, action: number): string =>
  task.type === "rank" ? `actions[${action}]` : "context";

/** @throws TooManyFeatures when an action has more than one may have. */
function countsOf(spec: LearningSpec, decision: CountedDecision, action: number): FeatureCounts {
  const counts = decision.counts(action);
  if (counts.all > MAX_FEATURES)
    throw new TooManyFeatures(
      placeOf(spec, action),
      `makes ${number(counts.all)} features with the interactions of the spec: at most ${number(MAX_FEATURES)} are possible`,
    );
  return counts;
}

/** @param features of all actions. @throws TooManyFeatures when the spec's learners look at all of them, and that is too much. */
function requireLearnableTogether(spec: LearningSpec, features: number): void {
  const { learners, looksAtAll } = learning(spec);
  if (looksAtAll && learners * features > MAX_LEARNED_FEATURES)
    throw new TooManyFeatures(
      "actions",
      `make more features than can be learned: at most ${number(MAX_LEARNED_FEATURES)} of all actions and ${learners} learners together`,
    );
}

/**
 * That an example can be learned in bounded memory and time.
 * @param chosen index of the chosen action, which is all that is looked at unless the spec's learners look at all.
 * @throws TooManyFeatures
 */
export function requireLearnable(spec: LearningSpec, decision: CountedDecision, chosen: number): void {
  countsOf(spec, decision, chosen);
  if (!learning(spec).looksAtAll) return;
  let features = 0;
  for (let a = 0; a < decision.count; a++) {
    features += countsOf(spec, decision, a).all;
    requireLearnableTogether(spec, features);
  }
}

/** What the scores of one call may look at, over all its slots. Each decision takes its part before anything of it is expanded. */
export class FeatureBudget {
  #left = MAX_CALL_FEATURES;
  readonly #explained: boolean;

  /** @param explained whether the call is to be explained. */
  constructor(explained = false) {
    this.#explained = explained;
  }

  /**
   * @param passes how often scoring looks at each feature.
   * @param contributions how many an explanation of an action has.
   * @throws TooManyFeatures when the call has no more, or the decision could not be learned.
   */
  take(
    spec: LearningSpec,
    decision: CountedDecision,
    passes: number,
    contributions: (counts: FeatureCounts) => number,
  ): void {
    let features = 0;
    for (let a = 0; a < decision.count; a++) {
      const counts = countsOf(spec, decision, a);
      features += counts.all;
      this.#left -= passes * counts.all;
      if (this.#left < 0)
        throw new TooManyFeatures(
          spec.task.type === "rank" ? "actions" : "context",
          `make more features than one call may have: at most ${number(MAX_CALL_FEATURES)} of all actions, slots and heads together`,
        );
      requireLearnableTogether(spec, features);
      if (this.#explained && contributions(counts) > MAX_FEATURES)
        throw new TooManyFeatures(
          "explain",
          `is possible for at most ${number(MAX_FEATURES)} contributions: ${placeOf(spec, a)} has ${number(contributions(counts))}`,
        );
    }
  }
}
