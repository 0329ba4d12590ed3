import { exp } from "../../math/exp.ts";
import { log } from "../../math/log.ts";

/**
 * The sample sizes that the stakes are meant for, as multiples of the caller's horizon, with the share of the starting
 * capital each gets. Most goes to the horizon itself, where the bound is then nearly as tight as a fixed-size one.
 */
const STRATEGIES = [
  { horizon: 1 / 100, share: 0.02 },
  { horizon: 1 / 10, share: 0.04 },
  { horizon: 1, share: 0.88 },
  { horizon: 10, share: 0.04 },
  { horizon: 100, share: 0.02 },
] as const;

/** The largest part of its capital that a strategy may lose on one value. */
const LARGEST_LOSS = 0.8;
/** How much large losses lower the stake: the third-order term of the growth-optimal stake for a Poisson variable. */
const SKEWNESS = 0.25;
/** How many values the guess of variance that stakes start from counts for. */
const PRIOR_COUNT = 1;

/**
 * What to bet on: `numerator - mean * denominator` has expectation 0, given all that came before, for the true mean (or
 * more: then the bound is still below the mean). The bounds may depend on the context, but not on what was drawn in it.
 */
export interface Wager {
  readonly numerator: number;
  /** 0 or more, with expectation 1; always 1 for a plain mean. */
  readonly denominator: number;
  /** The numerator cannot be below `-mostNegative`. 0 or more; infinite if unknown: such a value is not bet on. */
  readonly mostNegative: number;
  /** The denominator cannot be above it. 1 or more; infinite if unknown: such a value is not bet on. */
  readonly mostDenominator: number;
  /** The numerator cannot be above `mostRatio * denominator`. May be infinite. */
  readonly mostRatio: number;
}

/** What no value from `start` up to the next stretch was reckoned to exceed. */
interface Stretch extends Omit<Wager, "numerator" | "denominator"> {
  readonly start: number;
}

/**
 * A lower confidence sequence for a mean in [0, 1]: with probability `1 - alpha` the bound is below the mean at every
 * sample size at once, however the size to stop at was chosen. Values are bounded below, not necessarily above; neither
 * independence nor one policy for all decisions is needed, only that the mean stays the same.
 *
 * For each candidate, a gambler bets that the true mean is larger. A fair game multiplies a capital by 1 / alpha with
 * probability alpha at most (Ville's inequality), so the candidates are ruled out against which it happens.
 * Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting" (JRSS B 2023); for logged bandits,
 * Karampatziakis, Mineiro & Ramdas, "Off-policy confidence sequences" (ICML 2021) and Waudby-Smith, Wu, Ramdas,
 * Karampatziakis & Mineiro, "Anytime-valid off-policy inference for contextual bandits" (arXiv:2210.10768). The stakes
 * are plug-in ones for a fixed sample size, mixed over several sizes; the variance is that at the candidate mean, as
 * if it were proportional to the distance from the ends of the range, which matters when rewards are rare. Where losses are
 * rare and large, but far from the ends (DR), it is raised to what it would be where the bound is about to end.
 *
 * Keeps 24 bytes for each value. An update takes constant time, reading the bound about 15 passes over the values.
 */
export class BettingLowerBound {
  readonly #logAlpha: number;
  readonly #strategies: readonly { readonly scale: number; readonly logShare: number }[];
  /** ln(1 / alpha) over the horizon: the bound ends near mean - sqrt(2 reach variance) there. */
  readonly #reach: number;
  readonly #numerators = new Column(new Float64Array(64));
  readonly #denominators = new Column(new Float64Array(64));
  // What was known before each value: stakes may depend on nothing else. They need no more than single precision.
  readonly #variances = new Column(new Float32Array(64));
  readonly #lossSizes = new Column(new Float32Array(64));
  readonly #stretches: Stretch[] = [{ start: 0, mostNegative: 0, mostDenominator: 1, mostRatio: 1 }];

  #numeratorSum = 0;
  #denominatorSum = 0;
  #squares = 0;
  #cubes = 0;
  #cubedLosses = 0;

  /**
   * @param alpha the probability that the bound is ever above the mean.
   * @param horizon the sample size at which the bound is tightest; it holds at all others, too.
   * @throws RangeError unless 0 < alpha < 1 and horizon is positive and finite.
   */
  constructor(alpha: number, horizon: number) {
    if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha is ${alpha}: it must be between 0 and 1`);
    if (!(horizon > 0 && horizon < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`The horizon is ${horizon}: it must be positive and finite`);
    }
    this.#logAlpha = log(alpha);
    this.#strategies = STRATEGIES.map((strategy) => ({
      scale: Math.sqrt((-2 * log(alpha * strategy.share)) / (horizon * strategy.horizon)),
      logShare: log(strategy.share),
    }));
    this.#reach = -log(alpha) / horizon;
  }

  get count(): number {
    return this.#numerators.length;
  }

  update(wager: Wager): void {
    const stretch = this.#stretches[this.#stretches.length - 1]!;
    // A value that could be further out than any before was not reckoned with when its stake was chosen. It is taken for
    // 0, which its expectation cannot be below. Only its context decides this, so the game stays fair.
    const reckoned =
      wager.mostNegative <= stretch.mostNegative &&
      wager.mostDenominator <= stretch.mostDenominator &&
      wager.mostRatio <= stretch.mostRatio;
    this.#remember(reckoned ? wager.numerator : 0, reckoned ? wager.denominator : 1, stretch);
    const known = wager.mostNegative < Number.POSITIVE_INFINITY && wager.mostDenominator < Number.POSITIVE_INFINITY;
    if (reckoned || !known) return;
    this.#stretches.push({
      start: this.count,
      mostNegative: Math.max(stretch.mostNegative, wager.mostNegative),
      mostDenominator: Math.max(stretch.mostDenominator, wager.mostDenominator),
      mostRatio: Math.max(stretch.mostRatio, wager.mostRatio),
    });
  }

  /** The bound, in [0, 1]: 0 while nothing is ruled out. */
  get bound(): number {
    return leastNotRuledOut((mean) => this.evidence(mean));
  }

  /** The first sample size at which the bound was above `mean`; null if it never was. */
  firstAbove(mean: number): number | null {
    let i = 0;
    for (const capital of this.capitals(mean)) {
      i++;
      if (capital >= 1) return i;
    }
    return null;
  }

  /** After each value, capital * alpha after betting against `mean`: it was ruled out where this is 1 or more. */
  *capitals(mean: number): Generator<number, void> {
    const capitals = this.#strategies.map((strategy) => exp(strategy.logShare + this.#logAlpha));
    for (const [s, stretch] of this.#stretches.entries())
      for (let i = stretch.start; i < this.#end(s); i++) {
        let sum = 0;
        for (let k = 0; k < capitals.length; k++) {
          capitals[k]! *= this.#factor(i, mean, this.#strategies[k]!.scale, stretch);
          sum += capitals[k]!;
        }
        yield sum;
      }
  }

  #end(stretch: number): number {
    return stretch + 1 < this.#stretches.length ? this.#stretches[stretch + 1]!.start : this.count;
  }

  #remember(numerator: number, denominator: number, { mostNegative, mostDenominator, mostRatio }: Stretch): void {
    const bounded = mostRatio < Number.POSITIVE_INFINITY;
    // How far values typically jump: at first as far as they may, then as far as they did.
    const largest = Math.max(mostNegative + mostDenominator, bounded ? mostRatio : 1);
    const jump = (this.#cubes + PRIOR_COUNT * largest * largest) / (this.#squares + PRIOR_COUNT * largest);
    const priorSquares = PRIOR_COUNT * jump * jump;
    const priorCount = PRIOR_COUNT * mostDenominator;
    const weight = this.#denominatorSum + priorCount;
    const variance = (this.#squares + priorSquares) / (this.count + priorCount);
    // One over the distances of the mean from the ends of its range.
    const fromBottom = weight / (this.#numeratorSum + mostNegative * this.#denominatorSum + PRIOR_COUNT * jump);
    const fromTop = bounded ? weight / (mostRatio * this.#denominatorSum - this.#numeratorSum + PRIOR_COUNT * jump) : 0;
    // How fast the variance rises as the mean falls (the third cumulant over it, for a tilted distribution), and how much of that
    // the distances do not say.
    const fall = (2 * this.#cubedLosses - this.#cubes + priorSquares * jump) / (this.#squares + priorSquares);
    const unsaid = Math.max(0, fall / variance + fromBottom - fromTop);
    // The bound will end so far below the mean that distance^2 = 2 reach (variance + fall * distance).
    const span = this.#reach * fall;
    const distance = span + Math.sqrt(span * span + 2 * this.#reach * variance);
    this.#variances.push(variance * (1 + unsaid * distance) * fromBottom * (bounded ? fromTop : 1));
    this.#lossSizes.push((this.#cubedLosses + priorSquares * jump) / (this.#squares + priorSquares));
    this.#numerators.push(numerator);
    this.#denominators.push(denominator);

    const mean = (this.#numeratorSum + 0.5 * PRIOR_COUNT) / (this.#denominatorSum + PRIOR_COUNT);
    const residual = numerator - Math.min(1, Math.max(0, mean)) * denominator;
    const square = residual * residual;
    this.#squares += square;
    this.#cubes += square * Math.abs(residual);
    if (residual < 0) this.#cubedLosses -= square * residual;
    this.#numeratorSum += numerator;
    this.#denominatorSum += denominator;
  }

  /** ln(capital * alpha) after betting against `mean`: it is ruled out when this is 0 or more. */
  evidence(mean: number): number {
    const logs = this.#strategies.map(({ scale, logShare }) => logShare + this.#logCapital(mean, scale));
    const largest = Math.max(...logs);
    let sum = 0;
    for (const value of logs) sum += exp(value - largest);
    return largest + log(sum) + this.#logAlpha;
  }

  #logCapital(mean: number, scale: number): number {
    let logarithm = 0;
    let capital = 1;
    for (const [s, stretch] of this.#stretches.entries()) {
      const end = this.#end(s);
      for (let i = stretch.start; i < end; i++) {
        capital *= this.#factor(i, mean, scale, stretch);
        // One logarithm in a while, instead of one a value.
        if (capital > 1e100 || capital < 1e-100) {
          logarithm += log(capital);
          capital = 1;
        }
      }
    }
    return logarithm + log(capital);
  }

  /** What value `i` multiplies the capital by. Falls as `mean` rises; at least `1 - LARGEST_LOSS`. */
  #factor(i: number, mean: number, scale: number, { mostNegative, mostDenominator, mostRatio }: Stretch): number {
    const room = mostRatio < Number.POSITIVE_INFINITY ? Math.max(0, mostRatio - mean) : 1;
    const deviation = Math.sqrt(this.#variances.at(i) * (mean + mostNegative) * room);
    const worst = mostNegative + mean * mostDenominator;
    let stake = 1 / (deviation / scale + SKEWNESS * this.#lossSizes.at(i));
    if (stake * worst > LARGEST_LOSS) stake = LARGEST_LOSS / worst;
    return 1 + stake * (this.#numerators.at(i) - mean * this.#denominators.at(i));
  }
}

/**
 * The least mean that is not ruled out, in [0, 1]. Within 1e-4 of the exact one, and never above it.
 * @param evidenceOf ln(capital * alpha) after betting against a mean; it falls as the mean rises.
 */
export function leastNotRuledOut(evidenceOf: (mean: number) => number): number {
  let low = 0;
  let lowEvidence = evidenceOf(low);
  if (lowEvidence < 0) return 0;
  let high = 1;
  let highEvidence = evidenceOf(high);
  if (highEvidence >= 0) return 1;
  // The evidence falls as the mean rises. Regula falsi (Illinois), with a halving now and then; `low` stays ruled out.
  for (let step = 0, side = 0; high - low > 1e-9 + 1e-4 * Math.min(low, 1 - low); step++) {
    const share = step % 3 === 2 ? 0.5 : lowEvidence / (lowEvidence - highEvidence);
    // At least a thousandth from either end, so that rounding cannot hold it there.
    const middle = low + Math.min(0.999, Math.max(0.001, share)) * (high - low);
    const evidence = evidenceOf(middle);
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

/** Numbers that grow at the end. */
class Column<T extends Float64Array | Float32Array> {
  length = 0;
  #values: T;

  constructor(empty: T) {
    this.#values = empty;
  }

  at(index: number): number {
    return this.#values[index]!;
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const grown = new (this.#values.constructor as new (length: number) => T)(2 * this.length);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.length++] = value;
  }
}
