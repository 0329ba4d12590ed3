import { FeatureBudget } from "../../shared/features/feature-limit.ts";
import type { CountedDecision } from "../../shared/features/hashed-decision.ts";
import { BATCH_FEATURES } from "./limits.ts";

/** A decision would be checked at another time: this batch has no more features for it. */
export class NoFeaturesLeft extends Error {
  override readonly name = "NoFeaturesLeft";
}

/**
 * What the scores of all decisions of a batch may look at together. Each may have what a call may have, which takes a fifth of a second, and 15 of such fit into a batch. The first
 * is never put off, so a batch that comes again and again is through at last.
 */
export class BatchFeatures extends FeatureBudget {
  #left = BATCH_FEATURES;

  /** @throws TooManyFeatures as of a call; NoFeaturesLeft. */
  override take(...[spec, decision, passes, contributions]: Parameters<FeatureBudget["take"]>): void {
    let features = 0;
    const counted: CountedDecision = {
      count: decision.count,
      expand: (action, into) => decision.expand(action, into),
      counts: (action) => {
        const counts = decision.counts(action);
        features += passes * counts.all;
        return counts;
      },
    };
    new FeatureBudget().take(spec, counted, passes, contributions);
    if (features > this.#left) throw new NoFeaturesLeft(`${features} features, of ${this.#left} that are left`);
    this.#left -= features;
  }
}
