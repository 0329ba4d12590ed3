import { exp } from "../../math/exp.ts";
import { log } from "../../math/log.ts";

/**
 * The horizons that the bets are sized for, as multiples of the caller's, with the share of the starting capital each
 * gets. Most goes to the caller's horizon, where the bound is then nearly as tight as a fixed-size one.
 */
const STRATEGIES = [
  { horizon: 1 / 100, share: 0.04 },
  { horizon: 1 / 10, share: 0.06 },
  { horizon: 1, share: 0.8 },
  { horizon: 10, share: 0.06 },
  { horizon: 100, share: 0.04 },
] as const;

/** The largest part of the capital that one bet may lose. */
const LARGEST_LOSS = 0.9;
/** What the variance is taken for before there are values: that of the widest spread within [0, 1]. */
const PRIOR_VARIANCE = +(process.env.PV ?? 0.25);
const SKEW = +(process.env.SKEW ?? 2 / 3);

/**
 * One value to bet on, `numerator - mean * denominator`, whose expectation is 0 for the true mean. The two `most`
 * numbers may depend on the context but not on what was drawn: they bound what could have happened.
 */
export interface Wager {
  numerator: number;
  /** 0 or more, with expectation 1; 1 for a plain mean. */
  denominator: number;
  /** 0 or more: the numerator is never below `-mostNegative`. */
  mostNegative: number;
  mostPositive: number;
  /** The denominator is never above it; 1 or more. */
  mostDenominator: number;
}

/**
 * A lower confidence sequence for a mean in [0, 1]: with probability `1 - alpha` the bound is below the mean at every
 * sample size at once, however the size to stop at was chosen. The values need not be bounded above.
 *
 * For each candidate mean a gambler bets that the true mean is larger; a fair game hardly ever multiplies its stake
 * by 1 / alpha (Ville's inequality), so candidates against which it does are ruled out. Waudby-Smith & Ramdas,
 * "Estimating means of bounded random variables by betting" (JRSS B 2023); for logged bandits Waudby-Smith, Wu,
 * Ramdas, Karampatziakis & Mineiro, "Anytime-valid off-policy inference for contextual bandits" (arXiv:2210.10768) and
 * Karampatziakis, Mineiro & Ramdas, "Off-policy confidence sequences" (ICML 2021). Stakes are the plug-in ones for a
 * known sample size, mixed over several sizes.
 *
 * Keeps 5 numbers a value; an update is O(1), reading the bound O(values).
 */
export class BettingLowerBound {
  #alpha: number;
  #bets: { scale: number; share: number }[];
  #numerators = new Column();
  #denominators = new Column();
  /** Of each value: 1 / the standard deviation estimated before it, and the bounds known before it. */
  #inverseDeviations = new Column();
  #lossSizes = new Column();
  #tops = new Column();
  #mostNegatives = new Column();
  #mostDenominators = new Column();
  #mostNegative = 0;
  #mostDenominator = 1;
  #numeratorSum = 0;
  #denominatorSum = 0;
  #squares = 0;
  /** Sums of squares and cubes of what fell below the mean: how large the losses are. */
  #losses = 0;

  /**
   * @param alpha the probability that the bound is ever wrong, in (0, 1).
   * @param horizon the sample size at which the bound is tightest; it is valid at every other one, too.
   */
  constructor(alpha: number, horizon: number) {
    this.#alpha = alpha;
    this.#bets = STRATEGIES.map((s) => ({
      scale: Math.sqrt((-2 * log(alpha * s.share)) / (horizon * s.horizon)),
      share: s.share,
    }));
  }

  get count(): number {
    return this.#numerators.length;
  }

  update(wager: Wager): void {
    const count = this.count;
    // A value that may be further out than any before it was not reckoned with when the stake was chosen: it is taken
    // for the least that its expectation can be. Whether it is depends on its context only, so the game stays fair.
    const reckoned = wager.mostNegative <= this.#mostNegative && wager.mostDenominator <= this.#mostDenominator;
    const numerator = reckoned ? wager.numerator : 0;
    const denominator = reckoned ? wager.denominator : 1;
    this.#numerators.push(numerator);
    this.#denominators.push(denominator);
    const top = wager.mostPositive;
    const K = this.#mostNegative;
    const jump = Math.max(1 + K, top === Infinity ? 1 : top);
    const a = PRIOR_VARIANCE;
    const prior = a * jump * jump;
    const weight = this.#denominatorSum + a;
    let variance = (this.#squares + prior) / (count + a);
    variance /= (this.#numeratorSum + K * this.#denominatorSum + a * jump) / weight;
    if (top !== Infinity) variance /= (top * this.#denominatorSum - this.#numeratorSum + a * jump) / weight;
    this.#tops.push(top);
    this.#inverseDeviations.push(Math.sqrt(variance));
    this.#lossSizes.push((this.#losses + prior * jump) / (this.#squares + prior));
    this.#mostNegatives.push(this.#mostNegative);
    this.#mostDenominators.push(this.#mostDenominator);
    const mean = (this.#numeratorSum + 0.5) / (this.#denominatorSum + 1);
    const residual = numerator - Math.min(1, Math.max(0, mean)) * denominator;
    this.#squares += residual * residual;
    if (residual < 0) this.#losses -= residual * residual * residual;
    this.#numeratorSum += numerator;
    this.#denominatorSum += denominator;
    this.#mostNegative = Math.max(this.#mostNegative, wager.mostNegative);
    this.#mostDenominator = Math.max(this.#mostDenominator, wager.mostDenominator);
  }

  /** Whether the values rule out that the mean is `mean` or less. */
  excludes(mean: number): boolean {
    return this.#evidence(mean) >= 0;
  }

  /** The bound, in [0, 1]: 0 while nothing is ruled out. */
  get bound(): number {
    let low = 0;
    let lowEvidence = this.#evidence(low);
    if (lowEvidence < 0) return 0;
    let high = 1;
    let highEvidence = this.#evidence(high);
    if (highEvidence >= 0) return 1;
    // The evidence falls with the mean. Regula falsi with the Illinois rule; `low` stays ruled out, so the bound holds.
    for (let step = 0, side = 0; step < 100 && high - low > 1e-9 + 1e-4 * low; step++) {
      const slope = lowEvidence / (lowEvidence - highEvidence);
      const middle = step % 3 === 2 ? (low + high) / 2 : low + slope * (high - low);
      const evidence = this.#evidence(middle);
      if (evidence >= 0) {
        low = middle;
        lowEvidence = evidence;
        if (side === 1) highEvidence /= 2;
        side = 1;
      } else {
        high = middle;
        highEvidence = evidence;
        if (side === -1) lowEvidence /= 2;
        side = -1;
      }
    }
    return low;
  }

  /** ln(capital * alpha) after betting against `mean`. */
  #evidence(mean: number): number {
    const logs = this.#bets.map((bet) => log(bet.share) + this.#logCapital(mean, bet.scale));
    const largest = Math.max(...logs);
    let sum = 0;
    for (const value of logs) sum += exp(value - largest);
    return largest + log(sum) + log(this.#alpha);
  }

  #logCapital(mean: number, scale: number): number {
    const numerators = this.#numerators.values;
    const denominators = this.#denominators.values;
    const inverseDeviations = this.#inverseDeviations.values;
    const mostNegatives = this.#mostNegatives.values;
    const tops=this.#tops.values;
    const lossSizes = this.#lossSizes.values;
    const mostDenominators = this.#mostDenominators.values;
    let logarithm = 0;
    let capital = 1;
    for (let i = 0; i < this.count; i++) {
      const worst = mostNegatives[i]! + mean * mostDenominators[i]!;
      const top=tops[i]!; const dev = inverseDeviations[i]! * Math.sqrt(Math.max(0, (mean + mostNegatives[i]!) * (top === Infinity ? 1 : top - mean)));
let stake = dev===0&&SKEW===0?Infinity:1/(dev/scale + SKEW*lossSizes[i]!);
      if (stake * worst > LARGEST_LOSS) stake = LARGEST_LOSS / worst;
      capital *= 1 + stake * (numerators[i]! - mean * denominators[i]!);
      // One logarithm in a while, instead of one a value.
      if (capital > 1e100 || capital < 1e-100) {
        logarithm += log(capital);
        capital = 1;
      }
    }
    return logarithm + log(capital);
  }
}

/** Numbers that grow at the end. */
class Column {
  values = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Float64Array(2 * this.length);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }
}
