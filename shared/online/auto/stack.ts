import { logistic } from "../../math/logistic.ts";

/** Beyond such log-odds the stack learns nothing more from a score. */
const MAX_LOG_ODDS = 12;
/** Least variance of a label given its score, p (1 - p). */
const LEAST_VARIANCE = 1e-4;
/** Share of its first variance that a weight gains with every example: what was true once need not stay so. */
const INFLATION = 0.0002;

/**
 * A stack (Wolpert 1992): a regression of the label on the scores of a few candidates, learned online by Kalman's filter with an inflating
 * covariance. It begins as their mean.
 */
export class Stack {
  readonly weights: Float64Array;
  readonly covariance: Float64Array;
  readonly #count: number;
  readonly #logistic: boolean;
  readonly #inflation: number;
  readonly #gain: Float64Array;
  /** The scores of the last `sum`, as far as they count. */
  readonly #scores: Float64Array;

  /**
   * @param logistic whether scores are log-odds, of labels -1 and 1.
   * @param variance of each weight at the start: how far it is from the mean of the candidates to what is best.
   */
  constructor(count: number, logistic: boolean, variance: number) {
    this.#count = count;
    this.#logistic = logistic;
    this.#inflation = INFLATION * variance;
    this.weights = new Float64Array(count).fill(1 / count);
    this.covariance = new Float64Array(count * count);
    for (let i = 0; i < count; i++) this.covariance[i * count + i] = variance;
    this.#gain = new Float64Array(count);
    this.#scores = new Float64Array(count);
  }

  /** The weighted sum of the candidates' scores, as far as they count. */
  sum(scores: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) {
      const score = this.#logistic ? Math.min(Math.max(scores[i]!, -MAX_LOG_ODDS), MAX_LOG_ODDS) : scores[i]!;
      this.#scores[i] = score;
      sum += this.weights[i]! * score;
    }
    return sum;
  }

  /**
   * One step of the filter, for the scores that were last summed.
   * @param score what `sum` made of them, and whatever that is added to.
   * @param variance of the label given its score; log-odds say it themselves.
   */
  learn(score: number, y: number, variance: number): void {
    const count = this.#count;
    const covariance = this.covariance;
    const gain = this.#gain;
    const scores = this.#scores;
    let spread = 0;
    for (let i = 0; i < count; i++) {
      let product = 0;
      for (let j = 0; j < count; j++) product += covariance[i * count + j]! * scores[j]!;
      gain[i] = product;
      spread += product * scores[i]!;
    }
    const p = this.#logistic ? logistic(score) : 0;
    const information = this.#logistic ? Math.max(p * (1 - p), LEAST_VARIANCE) : 1 / variance;
    const residual = this.#logistic ? (y > 0 ? 1 - p : -p) : (y - score) / variance;
    const damping = 1 / (1 + information * Math.max(spread, 0));
    const pull = residual * damping;
    const told = information * damping;
    if (!(damping > 0 && Number.isFinite(pull) && Number.isFinite(told * spread))) return;
    for (let i = 0; i < count; i++) {
      this.weights[i]! += gain[i]! * pull;
      for (let j = 0; j < count; j++) covariance[i * count + j]! -= gain[i]! * gain[j]! * told;
    }
    for (let i = 0; i < count; i++) {
      const at = i * count + i;
      covariance[at] = Math.max(covariance[at]!, 0) + this.#inflation;
    }
  }
}
