import { type Estimator, type EstimatorOptions, negligible } from "./estimator.ts";
import { atLeast, atMost, ipsFromAbove, ipsFromBelow, withoutPromise } from "./ips.ts";
import type { WeightedChoice } from "./logged-choice.ts";
import { MeanInterval } from "./mean-interval.ts";

/**
 * IPS with weights clipped at a threshold (Ionides, "Truncated importance sampling", 2008; Bottou et al., JMLR 2013).
 * Estimates too little, by at most the weight clipped away. The interval is one for the policy's value all the same: what was
 * clipped may have earned anything from nothing to the highest reward, and where that is too much to leave open, the
 * interval bets on the whole weight, as that of IPS does. So the estimate may be below it: clipping took too much.
 */
export class ClippedIps implements Estimator {
  readonly interval: MeanInterval;
  readonly missing = null;
  readonly #threshold: number;
  readonly #negligible: number;
  #sum = 0;
  #count = 0;

  constructor(options: EstimatorOptions) {
    this.interval = new MeanInterval(options);
    this.#threshold = options.threshold;
    this.#negligible = negligible(options);
  }

  update(choice: WeightedChoice): void {
    const { reward, weight, largestWeight, importance } = choice;
    const threshold = this.#threshold;
    const clipped = Math.min(weight, threshold);
    this.#sum += importance * clipped * reward;
    this.#count += importance;
    const missing = clippedAway(choice, threshold);
    if (missing === null || missing > this.#negligible)
      this.interval.update(ipsFromBelow(choice), ipsFromAbove(choice), withoutPromise(choice));
    else {
      const most = Math.min(largestWeight, threshold);
      this.interval.update(
        atLeast(clipped * reward, most),
        atMost(clipped * reward + missing, most + missing),
        withoutPromise(choice),
      );
    }
  }

  get value(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

/** The expected weight that clipping removes in this context; null when the log does not say. */
function clippedAway({ actions, largestWeight }: WeightedChoice, threshold: number): number | null {
  if (largestWeight <= threshold) return 0;
  const weights = actions?.weights ?? null;
  if (actions === null || weights === null) return null;
  let missing = 0;
  for (let a = 0; a < weights.length; a++) {
    if (weights[a]! > threshold) missing += actions.targets[a]! * (1 - threshold / weights[a]!);
  }
  return missing;
}
