import { ClippedIps } from "./clipped-ips.ts";
import { DirectMethod } from "./direct-method.ts";
import { EffectiveSampleSize } from "./effective-sample-size.ts";
import type { Estimator } from "./estimator.ts";
import { Ips } from "./ips.ts";
import { type LoggedChoice, type RewardRange, weigh } from "./logged-choice.ts";
import { CHANGED, type Estimate } from "./mean-interval.ts";
import { ShrunkDr } from "./shrunk-dr.ts";
import { Snips } from "./snips.ts";
import { SwitchDr } from "./switch-dr.ts";
import { isFarFromOne } from "./weight-check.ts";
import { WeightMean } from "./weight-mean.ts";

export interface OffPolicyOptions {
  /** Every reward is within it. */
  readonly rewardRange: RewardRange;
  /** The reward of a decision that nothing came of; such rewards tell little. Default 0. */
  readonly defaultReward?: number;
  /**
   * A promise that target / propensity is never above it, for logs without `actions`: 1 / the smallest probability that the
   * logging policy gives any action, such as actions / epsilon for epsilon-greedy. A fact about that policy: not the largest
   * weight of the log, which a larger one may follow. Give it whenever it is known. Default: none is known. Then intervals
   * hold, but must reckon with weights of any size: their upper ends are those of 1 - the mean of weight * (1 - reward), so
   * they are wide where rewards are rare (of 10 actions chosen uniformly, 20 % rewards: 1.9 times the width of mean +- 1.96
   * standard errors, 2 %: 4.9 times; 1.5 times with it). A decision can say more (`LoggedChoice.mostWeight`). A promise of so much that it is of no use makes intervals hardly wider (hedged-bound.ts).
   */
  readonly maxWeight?: number;
  /**
   * Weights above it are clipped (clipped IPS), or left to the model (switch-DR). Default sqrt(horizon) (Ionides 2008), at least 10.
   */
  readonly threshold?: number;
  /** Default .95. */
  readonly confidence?: number;
  /** The number of decisions at which intervals are narrowest; they hold at every other, too. Default 10,000. */
  readonly horizon?: number;
  /** The log cannot answer below this effective sample size. Default 30. */
  readonly minEffectiveSampleSize?: number;
  /** The log cannot answer with fewer rewards that are not the default and have a weight. Default 10. */
  readonly minRewards?: number;
}

export interface Diagnostics {
  readonly decisions: number;
  readonly effectiveSampleSize: number;
  /** Of the decisions with a finite weight. */
  readonly largestWeight: number;
  /** Should be near 1; if it is not, the propensities are not those of the policy that chose, or weights are too rare. */
  readonly meanWeight: number | null;
  /** Of 95 %, by approximation. */
  readonly meanWeightInterval: { readonly low: number; readonly high: number } | null;
  /** Whether it is further from 1 than chance explains; null: it is not. */
  readonly farFromOne: "below" | "above" | null;
  /** Rewards other than the default, of actions that the target policy may choose. */
  readonly rewards: number;
  /** Decisions in which the target policy may choose an action of propensity 0. */
  readonly unsupported: number;
  /** Decisions without `actions` or `maxWeight`: if there are any, intervals are far wider than they need be. */
  readonly unbounded: number;
}

export interface Refusal {
  readonly reason:
    | "no-decisions"
    | "propensities"
    | "unsupported-actions"
    | "effective-sample-size"
    | "too-few-rewards";
  /** A sentence for the reader of the report. */
  readonly message: string;
}

/**
 * In the log's reward unit. IPS, clipped IPS and their intervals count rewards from the low end of the range, as IPS depends on where 0 is:
 * low + the mean of weight * (reward - low). That is as unbiased as the mean of weight * reward, and the same where low is 0. No estimate and no
 * interval leaves the range: one that would is at its end.
 */
export interface Estimates {
  readonly ips: Estimate;
  readonly snips: Estimate;
  readonly clippedIps: Estimate;
  readonly dm: Estimate;
  readonly dr: Estimate;
  readonly switchDr: Estimate;
  /** The one to read where there is it: of DR and what is more biased and varies less, what the log does not contradict. */
  readonly dros: Estimate;
}

/** Either estimates, or why the log cannot answer. */
export type OffPolicyReport =
  | { readonly refusal: Refusal; readonly estimates: null; readonly diagnostics: Diagnostics }
  | { readonly refusal: null; readonly estimates: Estimates; readonly diagnostics: Diagnostics };

/**
 * What a target policy would have earned on a log of another policy's choices, by seven estimators in one pass, with
 * intervals that hold at all sample sizes at once: look as often as you like and stop when you like. A decision is its
 * reward and the two probabilities of its action; give `maxWeight` with these, or `actions` in each. Each interval holds
 * by itself with the given confidence, provided that propensities are true, rewards are within the range, predictions come
 * from earlier decisions, and the target policy's value stays the same.
 */
export class OffPolicyEvaluation {
  readonly #range: RewardRange;
  readonly #defaultReward: number;
  readonly #maxWeight: number;
  readonly #minEffectiveSampleSize: number;
  readonly #minRewards: number;
  readonly #estimators: Record<keyof Estimates, Estimator>;
  readonly #weights = new EffectiveSampleSize();
  readonly #meanWeight = new WeightMean();
  #importance: number | null = null;
  #isUnequal = false;
  #bound = 0;
  #decisions = 0;
  #rewards = 0;
  #unsupported = 0;
  #unbounded = 0;

  /** @throws RangeError when an option is out of range. */
  constructor(options: OffPolicyOptions) {
    const { low, high } = options.rewardRange;
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
      throw new RangeError(`The reward range from ${low} to ${high} must be finite, its low end first`);
    }
    const interval = { confidence: options.confidence ?? 0.95, horizon: options.horizon ?? 10_000 };
    const threshold = options.threshold ?? Math.max(10, Math.sqrt(interval.horizon));
    if (!(threshold > 0)) throw new RangeError(`The threshold ${threshold} must be positive`);
    this.#maxWeight = options.maxWeight ?? Number.POSITIVE_INFINITY;
    if (!(this.#maxWeight >= 1)) throw new RangeError(`No weight above ${this.#maxWeight}: it must be at least 1`);
    this.#range = options.rewardRange;
    this.#defaultReward = options.defaultReward ?? 0;
    this.#minEffectiveSampleSize = options.minEffectiveSampleSize ?? 30;
    this.#minRewards = options.minRewards ?? 10;
    const switchDr = new SwitchDr({ ...interval, threshold });
    this.#estimators = {
      ips: new Ips(interval),
      snips: new Snips(interval),
      clippedIps: new ClippedIps({ ...interval, threshold }),
      dm: new DirectMethod(),
      dr: new SwitchDr({ ...interval, threshold: Number.POSITIVE_INFINITY }),
      switchDr,
      dros: new ShrunkDr(switchDr),
    };
  }

  /** @throws RangeError saying what is wrong with the decision; it does not count then. */
  update(choice: LoggedChoice): void {
    const weighed = weigh(choice, this.#range, this.#maxWeight);
    this.#decisions++;
    const supported =
      weighed.weight < Number.POSITIVE_INFINITY &&
      (weighed.actions?.weights == null || weighed.largestWeight < Number.POSITIVE_INFINITY);
    if (!supported) {
      this.#unsupported++;
      return;
    }
    if (weighed.largestWeight === Number.POSITIVE_INFINITY) this.#unbounded++;
    const { weight, importance } = weighed;
    this.#weights.update(weight, importance);
    this.#meanWeight.update(weight, importance);
    this.#bound = Math.max(this.#bound, weighed.largestWeight);
    this.#importance ??= importance;
    if (importance !== this.#importance) this.#isUnequal = true;
    if (weighed.weight > 0 && choice.reward !== this.#defaultReward) this.#rewards++;
    for (const estimator of Object.values(this.#estimators)) estimator.update(weighed);
  }

  get diagnostics(): Diagnostics {
    const { interval, meanSquare, count } = this.#meanWeight;
    const [largest, bound] = [this.#weights.largestWeight, this.#bound];
    return {
      decisions: this.#decisions,
      effectiveSampleSize: this.#weights.value,
      largestWeight: largest,
      meanWeight: interval?.mean ?? null,
      meanWeightInterval: interval && { low: interval.low, high: interval.high },
      farFromOne: interval && isFarFromOne({ count, mean: interval.mean, meanSquare, largest, bound }),
      rewards: this.#rewards,
      unsupported: this.#unsupported,
      unbounded: this.#unbounded,
    };
  }

  /** Takes time in proportion to the decisions so far, for the intervals. */
  report(): OffPolicyReport {
    const diagnostics = this.diagnostics;
    const refusal = this.#refuse(diagnostics);
    if (refusal !== null) return { refusal, estimates: null, diagnostics };
    const { ips, snips, clippedIps, dm, dr, switchDr, dros } = this.#estimators;
    return {
      refusal: null,
      estimates: {
        ips: this.#inRewards(ips),
        snips: this.#inRewards(snips),
        clippedIps: this.#inRewards(clippedIps),
        dm: this.#inRewards(dm),
        dr: this.#inRewards(dr),
        switchDr: this.#inRewards(switchDr),
        dros: this.#inRewards(dros),
      },
      diagnostics,
    };
  }

  #refuse(diagnostics: Diagnostics): Refusal | null {
    const { decisions, effectiveSampleSize, rewards, unsupported } = diagnostics;
    if (decisions === 0) return { reason: "no-decisions", message: "The log has no decisions." };
    if (unsupported > 0) {
      return {
        reason: "unsupported-actions",
        message: `In ${unsupported} of ${decisions} decisions the target policy may choose an action that the logging policy never chose (propensity 0), so the log cannot tell what it would earn.`,
      };
    }
    if (effectiveSampleSize < this.#minEffectiveSampleSize) {
      return {
        reason: "effective-sample-size",
        message: `The effective sample size is ${effectiveSampleSize.toFixed(1)} of ${decisions} decisions, below ${this.#minEffectiveSampleSize}: ${
          this.#isUnequal
            ? `its decisions stand for very different numbers of decisions, or the logging policy hardly ever chose as the target policy would.${this.#ownMean(diagnostics)}`
            : 2 * effectiveSampleSize > decisions
              ? "the log is too short."
              : "the logging policy hardly ever chose as the target policy would."
        }`,
      };
    }
    if (rewards < this.#minRewards) {
      return {
        reason: "too-few-rewards",
        message: `Only ${rewards} of ${decisions} decisions have a reward other than ${this.#defaultReward} and an action that the target policy may choose; at least ${this.#minRewards} are needed.`,
      };
    }
    return null;
  }

  /** What the log's decisions earned, which is no estimate, where the policy would have chosen just so. */
  #ownMean({ meanWeight, largestWeight }: Diagnostics): string {
    const { value } = this.#inRewards(this.#estimators.snips);
    const isOwn = meanWeight === 1 && largestWeight === 1;
    return isOwn && value !== null
      ? ` The mean of what is logged, so weighed, is ${Number(value.toPrecision(3))}.`
      : "";
  }

  #inRewards(estimator: Estimator): Estimate {
    const { low, high } = this.#range;
    const reward = (share: number) => low + share * (high - low);
    const { missing } = estimator;
    // Weights may make more of a log than its rewards can be, which no policy earns.
    const value = estimator.value === null ? null : Math.min(1, Math.max(0, estimator.value));
    const estimate = { value: value === null ? null : reward(value), interval: null, missing };
    if (value === null || estimator.interval === null) return estimate;
    if (this.#isUnequal) return { ...estimate, missing: UNEQUAL };
    const { low: least, high: most } = estimator.interval;
    if (least > most) return { ...estimate, missing: CHANGED };
    // The interval bets otherwise than the estimate counts. With the estimate in it, it holds at least as often.
    const interval = { low: reward(Math.min(least, value)), high: reward(Math.max(most, value)) };
    return { ...estimate, interval };
  }
}

/** Why there are no intervals. */
export const UNEQUAL =
  "Decisions stand for different numbers of decisions, and intervals are proven for those that count alike.";
