import { expectedReward, NO_PREDICTIONS } from "./direct-method.ts";
import { EffectiveSampleSize } from "./effective-sample-size.ts";
import { atLeast } from "./ips.ts";
import { type LoggedChoice, type RewardRange, type WeightedChoice, weigh } from "./logged-choice.ts";
import { CHANGED, type Estimate, MeanInterval } from "./mean-interval.ts";

export interface SlotOptions {
  /** Every slot's reward is within it. */
  readonly rewardRange: RewardRange;
  /** No list has more slots. */
  readonly mostSlots: number;
  readonly confidence: number;
  /** The number of lists at which intervals are narrowest. */
  readonly horizon: number;
}

/**
 * What the lists of a target policy would have earned: the sum of the rewards of a list's slots, in the log's unit. Each slot's choice is among the actions that those above left, and its probabilities are those given the
 * slots above.
 */
export interface SlotEstimates {
  /**
   * Each slot by its own weight (Li et al., "Offline evaluation of ranking policies with click models", KDD 2018). Right where neither what a slot earns nor what it may choose from depends on
   * the others.
   */
  readonly independentIps: Estimate;
  /**
   * Reward-interaction IPS: each slot by the product of the weights down to it (McInerney et al., "Counterfactual evaluation of slate recommendations with sequential reward interactions", KDD 2020). Right where it does not
   * depend on what is below.
   */
  readonly rips: Estimate;
  /** The same, with a model of what each action earns in its slot (Kiyohara et al., "Doubly robust off-policy evaluation for ranking policies under the cascade behavior model", WSDM 2022). */
  readonly cascadeDr: Estimate;
}

export interface SlotReport {
  readonly lists: number;
  /** Of the weights of whole lists. */
  readonly effectiveSampleSize: number;
  readonly estimates: SlotEstimates;
}

/** Below it the weights of whole lists tell nothing. */
const FEWEST = 30;

/** Evaluates a policy on lists that another has filled, in one pass. Intervals are confidence sequences, right under the same condition as their estimate. */
export class SlotEvaluation {
  readonly #range: RewardRange;
  readonly #most: number;
  readonly #alone: MeanInterval;
  readonly #together: MeanInterval;
  readonly #weights = new EffectiveSampleSize();
  #lists = 0;
  #slots = 0;
  #shortest = Number.POSITIVE_INFINITY;
  #longest = 0;
  #unsupported = 0;
  #isUnequal = false;
  #importance: number | null = null;
  #counted = 0;
  #sumAlone = 0;
  #sumTogether = 0;
  #sumCascade = 0;
  #complete = true;

  constructor({ rewardRange, mostSlots, confidence, horizon }: SlotOptions) {
    if (!(Number.isInteger(mostSlots) && mostSlots >= 1)) throw new RangeError(`${mostSlots} is no number of slots`);
    this.#range = rewardRange;
    this.#most = mostSlots;
    this.#alone = new MeanInterval({ confidence, horizon });
    this.#together = new MeanInterval({ confidence, horizon });
  }

  /**
   * @param choices of the slots, from the top.
   * @throws RangeError saying what is wrong with a slot; the list does not count then.
   */
  update(choices: readonly LoggedChoice[]): void {
    if (choices.length === 0 || choices.length > this.#most)
      throw new RangeError(`A list has ${choices.length} slots: there must be 1 to ${this.#most}`);
    const slots = choices.map((choice) => weigh(choice, this.#range, Number.POSITIVE_INFINITY));
    this.#lists++;
    if (slots.some(isUnsupported)) {
      this.#unsupported++;
      return;
    }
    const { importance } = slots[0]!;
    this.#importance ??= importance;
    if (slots.some((slot) => slot.importance !== this.#importance)) this.#isUnequal = true;
    this.#shortest = Math.min(this.#shortest, slots.length);
    this.#longest = Math.max(this.#longest, slots.length);
    const alone = { earned: 0, missed: 0 };
    const together = { earned: 0, missed: 0 };
    let cascade = 0;
    let above = 1;
    for (const { weight, reward, actions } of slots) {
      const product = above * weight;
      alone.earned += weight * reward;
      alone.missed += weight * (1 - reward);
      together.earned += product * reward;
      together.missed += product * (1 - reward);
      if (actions === null || actions.predictions === null) this.#complete = false;
      else {
        const { targets, predictions, chosen } = actions;
        cascade += above * expectedReward(targets, predictions) + product * (reward - predictions[chosen]!);
      }
      above = product;
    }
    this.#counted += importance;
    this.#slots += importance * slots.length;
    this.#sumAlone += importance * alone.earned;
    this.#sumTogether += importance * together.earned;
    this.#sumCascade += importance * cascade;
    this.#weights.update(above, importance);
    // Of slots that a list does not have nothing is earned.
    const without = this.#most - slots.length;
    for (const [interval, { earned, missed }] of [
      [this.#alone, alone],
      [this.#together, together],
    ] as const)
      interval.update(
        atLeast(earned / this.#most, Number.POSITIVE_INFINITY),
        atLeast((missed + without) / this.#most, Number.POSITIVE_INFINITY),
      );
  }

  /** Takes time in proportion to the lists so far. */
  report(): SlotReport {
    const effectiveSampleSize = this.#weights.value;
    const few =
      effectiveSampleSize < FEWEST
        ? `The effective sample size of whole lists is ${effectiveSampleSize.toFixed(1)} of ${this.#lists}, below ${FEWEST}: the log hardly ever has a list as the policy would fill it.`
        : null;
    const refusal = this.#refusal;
    const cascade = refusal ?? few ?? (this.#complete ? null : NO_PREDICTIONS);
    return {
      lists: this.#lists,
      effectiveSampleSize,
      estimates: {
        independentIps: this.#estimate(this.#sumAlone, this.#alone, refusal),
        rips: this.#estimate(this.#sumTogether, this.#together, refusal ?? few),
        cascadeDr: this.#estimate(this.#sumCascade, this.#together, cascade),
      },
    };
  }

  get #refusal(): string | null {
    if (this.#lists === 0) return "The log has no whole lists.";
    if (this.#unsupported === 0) return null;
    return `In ${this.#unsupported} of ${this.#lists} lists the target policy may choose an action that the logging policy never chose (propensity 0), so the log cannot tell what it would earn.`;
  }

  #estimate(sum: number, interval: MeanInterval, refused: string | null): Estimate {
    if (refused !== null) return { value: null, interval: null, missing: refused };
    const { low, high } = this.#range;
    const least = (low * this.#slots) / this.#counted;
    // Weights may make more of a log than its rewards can be, which no policy earns.
    const value = least + (high - low) * Math.min(this.#most, Math.max(0, sum / this.#counted));
    const missing = this.#missing;
    if (missing !== null) return { value, interval: null, missing };
    const at = (share: number) => least + (high - low) * this.#most * share;
    if (interval.low > interval.high) return { value, interval: null, missing: CHANGED };
    return {
      value,
      interval: { low: Math.min(value, at(interval.low)), high: Math.max(value, at(interval.high)) },
      missing: null,
    };
  }

  /** Why there are no intervals; null: there are. */
  get #missing(): string | null {
    if (this.#isUnequal)
      return "Lists stand for different numbers of lists, and intervals are proven for those that count alike.";
    return this.#range.low !== 0 && this.#shortest !== this.#longest
      ? "Lists have different numbers of slots, and a slot that is not there earns 0, which is not the lowest reward: there is no interval for that."
      : null;
  }
}

const isUnsupported = ({ weight, largestWeight, actions }: WeightedChoice): boolean =>
  weight === Number.POSITIVE_INFINITY || (actions?.weights != null && largestWeight === Number.POSITIVE_INFINITY);
