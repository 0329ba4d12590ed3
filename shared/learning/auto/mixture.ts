import type { ByteReader } from "../../artifact/byte-reader.ts";
import type { ByteWriter } from "../../artifact/byte-writer.ts";
import { exp } from "../../math/exp.ts";
import { logistic, softplus } from "../../math/logistic.ts";

/** Learning rate of the shares: 1 is Bayes' rule for log loss. */
const SHARPNESS = 1;
/** Of each share, so much goes back to the start after every example: who was bad once can come back. */
const RETURN = 0.001;
/** Share of the stack at the start. */
const STACK = 0.5;
/** Variance of each weight of the stack at the start, and what is added to it with every example. */
const VARIANCE = 0.05;
const INFLATION = 0.0002 * VARIANCE;
/** Beyond such log-odds the stack learns nothing more from a score. */
const MAX_LOG_ODDS = 12;
/** Least variance of a label given its score, p (1 - p). */
const LEAST_VARIANCE = 1e-4;
/** Least mean squared error that others are held against: nothing may be divided by 0 while all labels were foreseen. */
const LEAST_ERROR = 1e-280;
/** Share of the newest example in what is called recent. */
const RECENT = 1 / 500;

/**
 * Weighs the scores of a few candidates, example by example, so that their weighted sum does about as well as the best of them, and
 * often better.
 *
 * Two methods in one. Shares by recent loss: exponential weights with a fixed share (Herbster & Warmuth 1998, "Tracking the best
 * expert"); quick and safe when there are few examples. And a stack (Wolpert 1992), a regression of the label on the
 * candidates' scores, learned online by Kalman's filter with an inflating covariance; better than any candidate once it
 * knows enough. The stack is one more expert among which the shares are divided. Nothing is ever switched, so nothing flaps.
 *
 * The sum is linear in the candidates' scores. So if these are linear heads it is a linear head, and a page needs one.
 */
export class Mixture {
  /** Weight of each candidate's score in the sum. */
  readonly weights: Float64Array;
  /** Decayed mean loss of each candidate, and of the sum last. */
  readonly recentLosses: Float64Array;
  readonly #count: number;
  readonly #logistic: boolean;
  /** Of each candidate, and of the stack last; they sum to 1. */
  readonly #shares: Float64Array;
  readonly #stack: Float64Array;
  readonly #covariance: Float64Array;
  readonly #gain: Float64Array;
  readonly #losses: Float64Array;
  /** Sum of RECENT (1 - RECENT)^n, and mean squared error of the sum: the unit of squared losses. */
  #seen = 0;

  /** @param log whether scores are log-odds, of labels -1 and 1; otherwise loss is squared. */
  constructor(count: number, log: boolean) {
    this.#count = count;
    this.#logistic = log;
    this.#shares = new Float64Array(count + 1).fill((1 - STACK) / count);
    this.#shares[count] = STACK;
    this.#stack = new Float64Array(count).fill(1 / count);
    this.#covariance = new Float64Array(count * count);
    for (let i = 0; i < count; i++) this.#covariance[i * count + i] = VARIANCE;
    this.#gain = new Float64Array(count);
    this.#losses = new Float64Array(count + 1);
    this.recentLosses = new Float64Array(count + 1);
    this.weights = new Float64Array(count);
    this.#weigh();
  }

  /** The weighted sum of the candidates' scores. */
  sum(scores: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < this.#count; i++) sum += this.weights[i]! * scores[i]!;
    return sum;
  }

  /**
   * @param scores what the candidates said before they learned the example.
   * @param y the label.
   * @param importance above 0.
   */
  learn(scores: Float64Array, y: number, importance: number): void {
    const count = this.#count;
    const sum = this.sum(scores);
    let stacked = 0;
    for (let i = 0; i < count; i++) stacked += this.#stack[i]! * this.#score(scores[i]!);
    for (let i = 0; i < count; i++) this.#losses[i] = this.#loss(scores[i]!, y);
    this.#losses[count] = this.#loss(stacked, y);
    const step = RECENT / (this.#seen * (1 - RECENT) + RECENT);
    this.#seen += RECENT * (1 - this.#seen);
    for (let i = 0; i < count; i++) this.recentLosses[i]! += step * (this.#losses[i]! - this.recentLosses[i]!);
    this.recentLosses[count]! += step * (this.#loss(sum, y) - this.recentLosses[count]!);
    const variance = Math.max(this.recentLosses[count]!, LEAST_ERROR);
    this.#share(this.#logistic ? importance : importance / (2 * variance));
    this.#regress(scores, stacked, y, variance, importance);
    this.#weigh();
  }

  #share(scale: number): void {
    const count = this.#count;
    const losses = this.#losses;
    let least = losses[0]!;
    for (let i = 1; i <= count; i++) if (losses[i]! < least) least = losses[i]!;
    let total = 0;
    for (let i = 0; i <= count; i++) {
      this.#shares[i]! *= exp(-Math.min(SHARPNESS * scale * (losses[i]! - least), 700));
      total += this.#shares[i]!;
    }
    for (let i = 0; i <= count; i++)
      this.#shares[i] = (this.#shares[i]! / total) * (1 - RETURN) + RETURN * (i < count ? (1 - STACK) / count : STACK);
  }

  /** One step of Kalman's filter on the stack's weights. */
  #regress(scores: Float64Array, stacked: number, y: number, variance: number, importance: number): void {
    const count = this.#count;
    const covariance = this.#covariance;
    const gain = this.#gain;
    let spread = 0;
    for (let i = 0; i < count; i++) {
      let product = 0;
      for (let j = 0; j < count; j++) product += covariance[i * count + j]! * this.#score(scores[j]!);
      gain[i] = product;
      spread += product * this.#score(scores[i]!);
    }
    const p = logistic(stacked);
    const information = importance * (this.#logistic ? Math.max(p * (1 - p), LEAST_VARIANCE) : 1 / variance);
    const residual = importance * (this.#logistic ? (y > 0 ? 1 - p : -p) : (y - stacked) / variance);
    const damping = 1 / (1 + information * Math.max(spread, 0));
    const pull = residual * damping;
    const told = information * damping;
    if (!(damping > 0 && Number.isFinite(pull) && Number.isFinite(told * spread))) return;
    for (let i = 0; i < count; i++) {
      this.#stack[i]! += gain[i]! * pull;
      for (let j = 0; j < count; j++) covariance[i * count + j]! -= gain[i]! * gain[j]! * told;
    }
    for (let i = 0; i < count; i++) {
      const at = i * count + i;
      covariance[at] = Math.max(covariance[at]!, 0) + INFLATION;
    }
  }

  #weigh(): void {
    const stack = this.#shares[this.#count]!;
    for (let i = 0; i < this.#count; i++) this.weights[i] = this.#shares[i]! + stack * this.#stack[i]!;
  }

  #loss(score: number, y: number): number {
    return this.#logistic ? softplus(-y * score) : (score - y) * (score - y);
  }

  #score(score: number): number {
    return this.#logistic ? Math.min(Math.max(score, -MAX_LOG_ODDS), MAX_LOG_ODDS) : score;
  }

  write(writer: ByteWriter): void {
    writer.float64(this.#seen);
    for (const array of this.#arrays()) for (const value of array) writer.float64(value);
  }

  /** Reads what `write` wrote. @returns what makes it so; nothing is changed before that is called. @throws Error when it is not valid. */
  read(reader: ByteReader): () => void {
    const seen = reader.finite("weight of recent examples");
    if (!(seen >= 0 && seen <= 1)) throw reader.error("its weight of recent examples is out of range");
    const read = this.#arrays().map((array) => array.map(() => reader.finite("mixture")));
    const shares = read[0]!;
    if (!shares.every((share) => share >= 0 && share <= 1) || Math.abs(shares.reduce((a, b) => a + b) - 1) > 1e-6)
      throw reader.error("its shares do not sum to 1");
    if (!read[1]!.every((weight) => Math.abs(weight) <= MAX_WEIGHT)) throw reader.error("its stack is out of range");
    return () => {
      this.#seen = seen;
      this.#arrays().forEach((array, i) => {
        array.set(read[i]!);
      });
      this.#weigh();
    };
  }

  #arrays(): Float64Array[] {
    return [this.#shares, this.#stack, this.#covariance, this.recentLosses];
  }
}

/** No stack that was learned comes near it. */
const MAX_WEIGHT = 1e6;
